//! A learner's sandbox.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use drydock_protocol::api::{ExecRequest, ExecResult, Problem, SandboxState, SandboxView, StopReason};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{ApiError, Body, Kind};
use crate::session::Learner;
use crate::state::{App, owner};

/// The lesson that the sandbox is wanted for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    course: Option<String>,
    lesson: Option<String>,
}

/// Starts a sandbox, or fetches the one that there is. It answers at once; the events socket, or asking again, tells how
/// it goes on. Where every seat is taken, the learner is in the queue from now on and is let in by themselves.
#[utoipa::path(post, path = "/sandbox", tag = "sandbox", request_body = Wanted,
    responses(
        (status = 201, body = SandboxView, description = "Being made, or ready"),
        (status = 200, body = SandboxView, description = "It was there"),
        (status = 202, body = SandboxView, description = "Every seat is taken: `queue` says where the learner stands")))]
pub async fn start(
    State(app): State<App>,
    Learner(learner): Learner,
    Body(wanted): Body<Wanted>,
) -> Result<Response, ApiError> {
    let needs = match (&wanted.course, &wanted.lesson) {
        (Some(course), Some(lesson)) => crate::live::lesson::needs(app.lesson(course, lesson)?),
        _ => drydock_sandbox::Needs::default(),
    };
    let owner = owner(&learner);
    let had_one = app
        .sandboxes
        .view(&owner)
        .is_some_and(|view| is_alive(&view.state));
    let view = app.sandboxes.claim(&owner, &needs);
    let status = match view.state {
        SandboxState::Queued { .. } => StatusCode::ACCEPTED,
        _ if had_one => StatusCode::OK,
        _ => StatusCode::CREATED,
    };
    Ok((status, Json(view)).into_response())
}

fn is_alive(state: &SandboxState) -> bool {
    matches!(state, SandboxState::Starting { .. } | SandboxState::Ready)
}

/// The learner's sandbox as it is now.
#[utoipa::path(get, path = "/sandbox", tag = "sandbox", responses((status = 200, body = SandboxView), (status = 404, body = Problem)))]
pub async fn show(State(app): State<App>, learner: Option<Learner>) -> Result<Json<SandboxView>, ApiError> {
    learner
        .and_then(|Learner(id)| app.sandboxes.view(&owner(&id)))
        .map(Json)
        .ok_or_else(|| ApiError::not_found("sandbox of yours"))
}

/// Stops the sandbox, or leaves the queue. What was in it is gone; progress is kept.
#[utoipa::path(delete, path = "/sandbox", tag = "sandbox", responses((status = 204), (status = 409, body = Problem)))]
pub async fn stop(State(app): State<App>, learner: Option<Learner>) -> Result<StatusCode, ApiError> {
    let Learner(id) = learner.ok_or_else(ApiError::no_sandbox)?;
    app.sandboxes.stop(&owner(&id), StopReason::Asked);
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the sandbox more time.
#[utoipa::path(post, path = "/sandbox/extend", tag = "sandbox",
    responses((status = 200, body = SandboxView), (status = 409, body = Problem)))]
pub async fn extend(State(app): State<App>, learner: Option<Learner>) -> Result<Json<SandboxView>, ApiError> {
    let Learner(id) = learner.ok_or_else(ApiError::no_sandbox)?;
    Ok(Json(app.sandboxes.extend(&owner(&id))?))
}

/// Throws the sandbox away and makes a fresh one. Progress is kept.
#[utoipa::path(post, path = "/sandbox/reset", tag = "sandbox",
    responses((status = 200, body = SandboxView), (status = 409, body = Problem)))]
pub async fn reset(State(app): State<App>, learner: Option<Learner>) -> Result<Json<SandboxView>, ApiError> {
    let Learner(id) = learner.ok_or_else(ApiError::no_sandbox)?;
    Ok(Json(app.sandboxes.reset(&owner(&id))?))
}

/// Runs a line of bash as the learner, in the workspace.
#[utoipa::path(post, path = "/sandbox/exec", tag = "sandbox", request_body = ExecRequest,
    responses((status = 200, body = ExecResult), (status = 409, body = Problem)))]
pub async fn exec(
    State(app): State<App>,
    learner: Option<Learner>,
    Body(request): Body<ExecRequest>,
) -> Result<Json<ExecResult>, ApiError> {
    if !(1..=600).contains(&request.timeout_s) {
        return Err(ApiError::new(
            Kind::BadRequest,
            "`timeout_s` is between 1 and 600.",
        ));
    }
    if request.command.len() > 64 * 1024 {
        return Err(ApiError::new(
            Kind::TooLarge,
            "A command has at most 64 KiB; write longer ones into a file.",
        ));
    }
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    app.touch(learner.as_ref());
    Ok(Json(sandbox.agent().exec(&request).await?))
}
