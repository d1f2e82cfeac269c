//! The way in: every route of the agent, and the guards before them.

mod archive;
mod connections;
mod events;
mod files;
mod guard;
mod simple;
mod terminals;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use self::connections::serve;

use crate::Agent;

/// The largest body of a request that is not a file, in bytes.
const BODY_MAX: usize = 256 * 1024;

/// All routes, behind the token.
pub(crate) fn routes(agent: Arc<Agent>) -> Router {
    Router::new()
        .route("/status", get(simple::status))
        .route("/exec", post(simple::exec))
        .route("/archive", get(archive::read))
        .route("/journal", get(simple::journal))
        .route("/engine/start", post(simple::start_engine))
        .route("/engine", get(simple::tunnel))
        .route("/events", get(events::open))
        .route("/terminals", get(terminals::list))
        .route("/terminals/{name}", get(terminals::open).delete(terminals::end))
        .route(
            "/files",
            get(files::read)
                .put(files::write)
                .post(files::rename)
                .delete(files::remove),
        )
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&agent),
            guard::check_token,
        ))
        .with_state(agent)
}
