//! What a learner has achieved.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use drydock_protocol::api::{ExerciseProgress, Progress};

use crate::grade::desk;
use crate::problem::ApiError;
use crate::session::Learner;
use crate::state::App;
use crate::store::{ExerciseKey, LearnerId, Row};

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
    for (key, row) in app.store.progress(learner).await? {
        let standing = standing(app, learner, &key, &row);
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

/// A learner's standing with one exercise: what is stored, the hints that were shown, and the newest verdict.
pub fn standing(app: &App, learner: &LearnerId, key: &ExerciseKey, row: &Row) -> ExerciseProgress {
    let hints = app
        .exercise(key)
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
        verdict: app.rooms.newest_verdict(learner, key),
        submission: None,
    }
}
