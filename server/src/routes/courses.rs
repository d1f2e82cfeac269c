//! Courses and lessons.

use axum::Json;
use axum::extract::State;
use drydock_protocol::api::Problem;
use drydock_protocol::page::{CourseSummary, LessonPage};

use crate::problem::{ApiError, Path};
use crate::state::App;

/// All courses with their lessons.
#[utoipa::path(get, path = "/courses", tag = "courses", responses((status = 200, body = Vec<CourseSummary>)))]
pub async fn list(State(app): State<App>) -> Json<Vec<CourseSummary>> {
    Json(app.courses())
}

/// One lesson as blocks: text, commands, files and exercises, without solutions and hints.
#[utoipa::path(get, path = "/courses/{course}/lessons/{lesson}", tag = "courses",
    params(("course" = String, Path), ("lesson" = String, Path)),
    responses((status = 200, body = LessonPage), (status = 404, body = Problem)))]
pub async fn lesson(
    State(app): State<App>,
    Path((course, lesson)): Path<(String, String)>,
) -> Result<Json<LessonPage>, ApiError> {
    Ok(Json(app.lesson(&course, &lesson)?.page.clone()))
}
