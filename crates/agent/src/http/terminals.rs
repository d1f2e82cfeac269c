//! `/terminals`

use std::sync::Arc;

use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use drydock_protocol::live::TERMINAL_FRAME_MAX;
use http::StatusCode;
use serde::Deserialize;

use crate::Agent;
use crate::error::Error;
use crate::terminal::{self, Size};

/// Bytes that are read from a client's socket at a time. What is typed is short.
const READ_BYTES: usize = 4 * 1024;

/// `?cols=…&rows=…`, the size in which a shell is started if there is none.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    cols: Option<u16>,
    rows: Option<u16>,
}

/// `GET /terminals`
pub(super) async fn list(State(agent): State<Arc<Agent>>) -> Json<Vec<String>> {
    Json(agent.terminals.names())
}

/// `GET /terminals/{name}`: a WebSocket, as `drydock_protocol::live` says.
pub(super) async fn open(
    State(agent): State<Arc<Agent>>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Error> {
    let size = wanted
        .cols
        .zip(wanted.rows)
        .map(|(cols, rows)| Size::clamped(cols, rows));
    let attached = agent.terminals.attach(&name, size).await?;
    let response = upgrade
        .max_message_size(TERMINAL_FRAME_MAX)
        .max_frame_size(TERMINAL_FRAME_MAX)
        .read_buffer_size(READ_BYTES)
        // Every frame leaves as it is made: a keystroke's echo waits for nothing.
        .write_buffer_size(0)
        .on_upgrade(async move |socket| terminal::serve(socket, attached, &agent.activity).await);
    Ok(response)
}

/// `DELETE /terminals/{name}`
pub(super) async fn end(
    State(agent): State<Arc<Agent>>,
    Path(name): Path<String>,
) -> Result<StatusCode, Error> {
    agent.terminals.end(&name).await?;
    Ok(StatusCode::NO_CONTENT)
}
