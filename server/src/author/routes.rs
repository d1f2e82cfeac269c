//! The addresses of author mode: the pane's own files, what it shows, and what it can be told to do.

use std::convert::Infallible;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use drydock_lesson::{Place, Problem};
use futures::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::run::{self, Outcome};
use super::{Author, News};
use crate::live::draws::lesson_of;
use crate::problem::{ApiError, Kind, Path};
use crate::session::Learner;
use crate::state::App;

pub(super) fn router(author: Author) -> Router<App> {
    Router::new()
        .route("/author/pane.js", get(script))
        .route("/author/pane.css", get(style))
        .route("/author/news", get(news))
        .route("/author/courses/{course}/lessons/{lesson}", get(lesson))
        .route(
            "/author/courses/{course}/lessons/{lesson}/exercises/{id}/run",
            post(try_out),
        )
        .layer(Extension(author))
}

async fn script() -> impl IntoResponse {
    let kind = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (kind, include_str!("pane.js"))
}

async fn style() -> impl IntoResponse {
    let kind = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (kind, include_str!("pane.css"))
}

/// What is wrong with a file, for the pane.
#[derive(Serialize)]
struct Wrong {
    place: String,
    severity: &'static str,
    message: String,
    excerpt: Option<String>,
    help: Option<String>,
}

impl From<&Problem> for Wrong {
    fn from(problem: &Problem) -> Self {
        let place = match problem.line {
            0 => problem.file.clone(),
            line => format!("{}:{line}:{}", problem.file, problem.column),
        };
        Self {
            place,
            severity: problem.severity.name(),
            message: problem.message.clone(),
            excerpt: problem.excerpt.as_ref().map(|excerpt| excerpt.text.clone()),
            help: problem.help.clone(),
        }
    }
}

/// The news now, and whenever there are new ones.
async fn news(Extension(author): Extension<Author>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stop = author.stop.clone();
    let told = stream::unfold((author.news.subscribe(), true), |(mut news, first)| async move {
        if !first && news.changed().await.is_err() {
            return None;
        }
        let event = event(&news.borrow_and_update());
        Some((Ok(event), (news, false)))
    });
    Sse::new(told.take_until(stop.cancelled_owned())).keep_alive(KeepAlive::default())
}

fn event(news: &News) -> Event {
    let problems: Vec<Wrong> = news.problems.iter().map(Wrong::from).collect();
    let text = serde_json::json!({ "version": news.version, "problems": problems });
    Event::default().data(text.to_string())
}

/// An exercise, with what learners do not see of it.
#[derive(Serialize)]
struct Shown {
    id: String,
    line: u32,
    labels: Vec<String>,
    solution: String,
    setup: Option<String>,
    pitfalls: Vec<ShownPitfall>,
}

#[derive(Serialize)]
struct ShownPitfall {
    run: String,
    fails: String,
}

async fn lesson(
    State(app): State<App>,
    Path((course, lesson)): Path<(String, String)>,
) -> Result<Json<Vec<Shown>>, ApiError> {
    let lesson = app.lesson(&course, &lesson)?;
    let shown = lesson.exercises.iter().map(|exercise| Shown {
        id: exercise.id.clone(),
        line: lesson.place(&exercise.id).map_or(0, Place::line),
        labels: exercise
            .expect
            .iter()
            .map(drydock_lesson::expect::Expectation::label)
            .collect(),
        solution: exercise.solution.clone(),
        setup: exercise.setup.clone(),
        pitfalls: exercise
            .pitfalls
            .iter()
            .map(|pitfall| ShownPitfall {
                run: pitfall.run.clone(),
                fails: pitfall.fails.clone(),
            })
            .collect(),
    });
    Ok(Json(shown.collect()))
}

/// What the author wants to have done.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub(super) enum Wanted {
    /// The solution, typed.
    Solution,
    /// A pitfall, typed; from 1.
    Pitfall {
        /// Which.
        number: usize,
    },
    /// The lesson's files and the exercise's `setup`, as at the beginning.
    Setup,
}

async fn try_out(
    State(app): State<App>,
    learner: Option<Learner>,
    Path((course, lesson, id)): Path<(String, String, String)>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Outcome>, ApiError> {
    let key = app.lesson_key(&course, &lesson)?;
    // With the values that stand on the author's own page.
    let lesson = lesson_of(&app, learner.as_ref().map(|Learner(id)| id), &key).await?;
    let exercise = lesson
        .exercise(&id)
        .ok_or_else(|| ApiError::not_found(format!("exercise `{id}` in this lesson")))?;
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let Learner(learner) = learner.ok_or_else(ApiError::no_sandbox)?;
    let pushes = app.classroom.pushes(&learner);
    let done = match wanted {
        Wanted::Setup => run::setup(lesson, exercise, &sandbox).await,
        Wanted::Solution => run::typed(&sandbox, exercise, None, pushes).await,
        Wanted::Pitfall { number } => {
            let pitfall = number
                .checked_sub(1)
                .and_then(|number| exercise.pitfalls.get(number));
            let pitfall =
                pitfall.ok_or_else(|| ApiError::not_found(format!("pitfall {number} of `{id}`")))?;
            run::typed(&sandbox, exercise, Some(pitfall), pushes).await
        }
    };
    done.map(Json)
        .map_err(|error| ApiError::new(Kind::Engine, format!("It could not be run: {error:#}")))
}
