//! Courses and lessons.

use axum::Json;
use axum::extract::State;
use drydock_protocol::api::Problem;
use drydock_protocol::page::{CourseSummary, LessonPage};

use crate::live::draws::lesson_of;
use crate::problem::{ApiError, Path};
use crate::session::Learner;
use crate::state::App;

/// All courses with their lessons.
#[utoipa::path(get, path = "/courses", tag = "courses", responses((status = 200, body = Vec<CourseSummary>)))]
pub async fn list(State(app): State<App>) -> Json<Vec<CourseSummary>> {
    Json(app.courses())
}

/// One lesson as blocks: text, commands, files and exercises, without solutions, hints and answers. Where a lesson has variables, it has
/// the learner's own values.
#[utoipa::path(get, path = "/courses/{course}/lessons/{lesson}", tag = "courses",
    params(("course" = String, Path), ("lesson" = String, Path)),
    responses((status = 200, body = LessonPage), (status = 404, body = Problem)))]
pub async fn lesson(
    State(app): State<App>,
    learner: Option<Learner>,
    Path((course, lesson)): Path<(String, String)>,
) -> Result<Json<LessonPage>, ApiError> {
    let key = app.lesson_key(&course, &lesson)?;
    let lesson = lesson_of(&app, learner.as_ref().map(|Learner(id)| id), &key).await?;
    Ok(Json(lesson.page.clone()))
}
