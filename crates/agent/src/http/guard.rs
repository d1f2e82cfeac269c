//! Who may ask: those who carry the token.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::AUTHORIZATION;

use crate::Agent;
use crate::error::Error;

/// Lets a request through if it carries this agent's token.
pub(super) async fn check_token(
    State(agent): State<Arc<Agent>>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let offered = request
        .headers()
        .get(AUTHORIZATION)
        .map(http::HeaderValue::as_bytes);
    match offered.and_then(|value| value.strip_prefix(b"Bearer ")) {
        Some(token) if agent.config.token.matches(token) => Ok(next.run(request).await),
        _ => Err(Error::Unauthorized),
    }
}
