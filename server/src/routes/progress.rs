//! What a learner has achieved.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use drydock_grader::Exercise;
use drydock_lesson::{ExerciseSpec, Lesson};
use drydock_protocol::api::{ExerciseProgress, Progress};

use crate::grade::desk;
use crate::live::draws::lesson_of;
use crate::live::lesson::remembered;
use crate::problem::ApiError;
use crate::session::Learner;
use crate::state::{App, LessonKey};
use crate::store::{ExerciseKey, LearnerId, Row, now};

/// Everything that the learner has tried. Empty for somebody who has not done anything yet.
#[utoipa::path(get, path = "/progress", tag = "progress", responses((status = 200, body = Progress)))]
pub async fn show(State(app): State<App>, learner: Option<Learner>) -> Result<Json<Progress>, ApiError> {
    Ok(Json(of(&app, learner.as_ref().map(|Learner(id)| id)).await?))
}

/// The same for the pages.
pub async fn of(app: &App, learner: Option<&LearnerId>) -> Result<Progress, ApiError> {
    let Some(learner) = learner else {
        return Ok(Progress::default());
    };
    let mut lessons: BTreeMap<String, BTreeMap<String, ExerciseProgress>> = BTreeMap::new();
    // Rows come lesson by lesson.
    let mut lesson: Option<(LessonKey, Option<&Lesson>)> = None;
    for (key, row) in app.store.progress(learner).await? {
        let place = key.lesson();
        if lesson.as_ref().is_none_or(|(known, _)| *known != place) {
            // A lesson that is no more has no texts, and what was won in it is kept.
            let found = lesson_of(app, Some(learner), &place).await.ok();
            lesson = Some((place, found));
        }
        let exercise = lesson
            .as_ref()
            .and_then(|(_, lesson)| lesson.as_ref()?.exercise(&key.exercise));
        let standing = standing(app, learner, &key, &row, exercise);
        lessons
            .entry(format!("{}/{}", key.course, key.lesson))
            .or_default()
            .insert(key.exercise, standing);
    }
    for grading in app.store.gradings_of(learner).await? {
        let submission = desk::view(app, &grading).await?;
        let standing = lessons
            .entry(format!("{}/{}", grading.key.course, grading.key.lesson))
            .or_default()
            .entry(grading.key.exercise)
            .or_default();
        standing.submission = Some(Box::new(submission));
    }
    Ok(Progress { lessons })
}

/// A learner's standing with one exercise: what is stored, the hints that were shown, and the newest verdict. That of a quiz is
/// made of what is stored: it stays without a sandbox, and after the page is closed. The exercise is as this learner has it.
pub fn standing(
    app: &App,
    learner: &LearnerId,
    key: &ExerciseKey,
    row: &Row,
    exercise: Option<&ExerciseSpec>,
) -> ExerciseProgress {
    let recalled = exercise
        .filter(|exercise| exercise.is_answered_only())
        .and_then(|exercise| {
            let mut memory = remembered(&row.memory);
            drydock_grader::recall(&Exercise::from(exercise), &mut memory, now())
        });
    let hints = exercise
        .map(|exercise| {
            exercise
                .hints
                .iter()
                .take(row.hints as usize)
                .map(|hint| hint.text.clone())
                .collect()
        })
        .unwrap_or_default();
    ExerciseProgress {
        passed: row.passed,
        points: row.net_points(),
        points_max: row.points_max,
        hints,
        given_up: row.is_given_up(),
        verdict: recalled.or_else(|| app.rooms.newest_verdict(learner, key)),
        submission: None,
    }
}
