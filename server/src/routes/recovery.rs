//! The code that brings a learner's progress back on another device.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use drydock_protocol::api::{Problem, RecoveryCode};
use tower_sessions::Session;

use crate::problem::{ApiError, Body, Kind};
use crate::session::{Learner, become_learner};
use crate::state::App;
use crate::store::RecoveryHash;

/// Makes a new code; one made before is of no use from then on. The code is shown once and kept only as a digest.
#[utoipa::path(post, path = "/recovery", tag = "progress", responses((status = 200, body = RecoveryCode)))]
pub async fn make(State(app): State<App>, Learner(learner): Learner) -> Result<Json<RecoveryCode>, ApiError> {
    Ok(Json(RecoveryCode {
        code: app.store.new_recovery(&learner).await?,
    }))
}

/// Makes this browser's session the one of the learner whose code it is.
#[utoipa::path(post, path = "/recovery/redeem", tag = "progress", request_body = RecoveryCode,
    responses((status = 204), (status = 404, body = Problem)))]
pub async fn redeem(
    State(app): State<App>,
    session: Session,
    Body(RecoveryCode { code }): Body<RecoveryCode>,
) -> Result<StatusCode, ApiError> {
    let found = app.store.learner_by_recovery(&RecoveryHash::of(&code)).await?;
    let learner = found.ok_or_else(|| {
        ApiError::new(Kind::NotFound, "No learner has this code. It has four groups of five letters and digits, and only the newest one counts.")
    })?;
    become_learner(&session, &learner).await?;
    tracing::info!(%learner, "learner.recovered");
    Ok(StatusCode::NO_CONTENT)
}
