//! The routes that need no more than a few lines: status, commands, the journal, the engine.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::response::{IntoResponse, Response};
use drydock_protocol::agent::{ENGINE_UPGRADE, EngineStatus, JournalPage, Status};
use drydock_protocol::api::{ExecRequest, ExecResult};
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::error::Error;
use crate::{Agent, usage};

/// `?since=N`
#[derive(Debug, Deserialize)]
pub(super) struct Since {
    /// Entries with a greater number are wanted.
    pub(super) since: Option<u64>,
}

/// `GET /status`
pub(super) async fn status(State(agent): State<Arc<Agent>>) -> Json<Status> {
    Json(Status {
        engine: agent.engine.status(),
        usage: usage::measure(&agent.config.engine_data, &agent.config.home),
        idle_s: agent.activity.idle_s(),
    })
}

/// `POST /exec`
pub(super) async fn exec(
    State(agent): State<Arc<Agent>>,
    Json(request): Json<ExecRequest>,
) -> Result<Json<ExecResult>, Error> {
    agent.activity.note();
    let result = agent.runner.run(&request).await?;
    agent.activity.note();
    Ok(Json(result))
}

/// `GET /journal?since=N`
pub(super) async fn journal(
    State(agent): State<Arc<Agent>>,
    Query(query): Query<Since>,
) -> Json<JournalPage> {
    Json(JournalPage {
        entries: agent.journal.since(query.since.unwrap_or(0)),
    })
}

/// `POST /engine/start`: how the engine is, a moment after it was asked to start.
pub(super) async fn start_engine(State(agent): State<Arc<Agent>>) -> Json<EngineStatus> {
    agent.engine.start();
    Json(agent.engine.status())
}

/// `GET /engine`: from the answer on, the connection is the engine's.
pub(super) async fn tunnel(State(agent): State<Arc<Agent>>, request: Request) -> Result<Response, Error> {
    if !wants_engine(request.headers()) {
        return Err(Error::BadRequest(
            format!("this needs the header Upgrade: {ENGINE_UPGRADE}").into(),
        ));
    }
    let tunnel = agent.engine.connect().await?;
    tokio::spawn(tunnel.carry(hyper::upgrade::on(request)));
    let headers = [(CONNECTION, "upgrade"), (UPGRADE, ENGINE_UPGRADE)];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response())
}

fn wants_engine(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(ENGINE_UPGRADE.as_bytes()))
}
