//! Exercises that are graded once: what the learner's sandbox holds is copied out and handed in.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use drydock_protocol::api::Problem;
use drydock_protocol::grade::{GradingState, SubmissionView};
use drydock_protocol::page::Check;

use crate::grade::{artefacts, desk};
use crate::problem::{ApiError, Kind, Path};
use crate::routes::exercises::{Address, find};
use crate::routes::grade::{full, request_name};
use crate::session::Learner;
use crate::state::{App, owner};
use crate::store::{Grading, HandedIn, Taken};

/// Hands in what the learner has done for an exercise with `check: submit`: the files of their home folder and the commands of their
/// terminals. They are replayed in a fresh sandbox and graded there, once; the events socket tells how far it is, and `progress` holds
/// the result. The same request again (by its `Idempotency-Key`) gives what there is. One that could not be graded can be submitted again:
/// what was handed in first is graded then.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/submit", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path), ("idempotency-key" = String, Header)),
    responses((status = 202, body = SubmissionView), (status = 200, body = SubmissionView, description = "It was handed in before"),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 413, body = Problem), (status = 503, body = Problem)))]
pub async fn submit(
    State(app): State<App>,
    learner: Option<Learner>,
    headers: HeaderMap,
    Path(at): Path<Address>,
) -> Result<Response, ApiError> {
    let known = learner.as_ref().map(|Learner(id)| id);
    let (lesson, exercise) = find(&app, known, &at).await?;
    if exercise.check != Check::Submit {
        return Err(ApiError::new(
            Kind::Conflict,
            "This exercise is checked as often as you like. There is nothing to submit.",
        ));
    }
    let request = request_name(&headers)?.ok_or_else(|| {
        ApiError::new(
            Kind::BadRequest,
            "Name the request with an `Idempotency-Key`, so that sending it again submits nothing twice.",
        )
    })?;
    let Learner(learner) = learner.ok_or_else(ApiError::no_sandbox)?;
    let key = lesson.exercise(&exercise.id);
    if let Some(known) = app.store.sealed_by(&learner, &key).await? {
        return again(&app, known, &request).await;
    }
    let sandbox = app
        .sandboxes
        .get(&owner(&learner))
        .ok_or_else(ApiError::no_sandbox)?;
    app.sandboxes.touch(&owner(&learner));
    let archive = artefacts::collect(sandbox.agent()).await?.pack();
    let new = HandedIn {
        learner: Some(&learner),
        student: learner.as_str(),
        key: &key,
        request: &request,
        archive: &archive,
    };
    match app.store.hand_in(&new, app.settings.grading.queue).await? {
        Taken::New(grading) => {
            app.desk.ring();
            let view = desk::view(&app, &grading).await?;
            Ok((StatusCode::ACCEPTED, Json(view)).into_response())
        }
        // A second click was a moment faster.
        Taken::Known(known) => again(&app, known, &request).await,
        Taken::Full => Err(full()),
    }
}

/// What is answered where something has been handed in before.
async fn again(app: &App, known: Grading, request: &str) -> Result<Response, ApiError> {
    if known.state == GradingState::Failed {
        app.store.grade_again(&known.id).await?;
        app.desk.ring();
        let waiting = Grading {
            state: GradingState::Queued,
            reason: None,
            ..known
        };
        let view = desk::view(app, &waiting).await?;
        return Ok((StatusCode::ACCEPTED, Json(view)).into_response());
    }
    if known.request != request {
        return Err(ApiError::new(
            Kind::Conflict,
            "This exercise has been submitted, and that is done once.",
        ));
    }
    Ok(Json(desk::view(app, &known).await?).into_response())
}
