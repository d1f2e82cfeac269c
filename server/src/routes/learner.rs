//! The learner, as what is kept of them.

use axum::extract::State;
use axum::http::StatusCode;
use tower_sessions::Session;

use crate::learners;
use crate::problem::ApiError;
use crate::session::Learner;
use crate::state::App;

/// Forgets the learner: the sandbox is stopped, and progress, recovery code and everything pushed to the registry are
/// removed for good. Whoever comes next with this browser is somebody new.
#[utoipa::path(delete, path = "/learner", tag = "progress", responses((status = 204)))]
pub async fn forget(
    State(app): State<App>,
    session: Session,
    learner: Option<Learner>,
) -> Result<StatusCode, ApiError> {
    if let Some(Learner(id)) = learner {
        learners::forget(&app, &id).await?;
    }
    session.flush().await?;
    Ok(StatusCode::NO_CONTENT)
}
