//! For whoever runs Drydock: alive, ready, metrics.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::state::App;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// What `/readyz` says.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// `ok`, or what is wrong and what to do.
    database: String,
    /// `ok`, or what is wrong and what to do.
    engine: String,
    /// The same. Without the registry sandboxes start all the same, so it does not count for `ready`.
    registry: String,
}

/// `GET /readyz`: whether sandboxes can be started and progress can be kept; 503 where not, with the reason.
pub async fn ready(State(app): State<App>) -> Response {
    let said = |result: Result<(), String>| result.err().unwrap_or_else(|| "ok".into());
    let database = said(app.store.ping().await.map_err(|error| error.to_string()));
    let health = app.sandboxes.health();
    let engine = said(if health.ready {
        Ok(())
    } else {
        Err(health
            .last_error
            .unwrap_or_else(|| "sandboxes are not ready yet".into()))
    });
    let registry = said(app.classroom.health());
    let ready = database == "ok" && engine == "ok";
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(Readiness {
            ready,
            database,
            engine,
            registry,
        }),
    )
        .into_response()
}

/// `GET /metrics`, in the text format of Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    app.measure();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics.render(),
    )
        .into_response()
}
