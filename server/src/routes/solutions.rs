//! Exercises: their solutions, beginning one again, and skipping to one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use drydock_lesson::{ExerciseSpec, Solutions};
use drydock_protocol::api::{Problem, Replay, Restarted, Solution};
use drydock_protocol::grade::GradingState;
use drydock_protocol::page::{Check, Task};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::live::draws::lesson_of;
use crate::live::lesson::recalled;
use crate::live::lesson::{Asked, set_up};
use crate::live::replay;
use crate::problem::{ApiError, Kind, Path, Query};
use crate::routes::exercises::{Address, find, more_tries};
use crate::routes::progress::standing;
use crate::session::Learner;
use crate::state::{App, LessonKey, owner};
use crate::store::{LearnerId, Row};

/// Of what a setup printed, so many letters are told, from its end.
const OUTPUT_MAX: usize = 2_000;

/// Whether the learner agrees.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Agreed {
    /// That the exercise brings no more points than it has brought.
    #[serde(default)]
    give_up: bool,
}

/// Shows the solution, if it is due. Before the exercise is passed, that ends what it can still bring, and wants `give_up`.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/solution", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path), Agreed),
    responses((status = 200, body = Solution), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn show(
    State(app): State<App>,
    Learner(learner): Learner,
    Path(at): Path<Address>,
    Query(agreed): Query<Agreed>,
) -> Result<Json<Solution>, ApiError> {
    let (lesson, exercise) = find(&app, Some(&learner), &at).await?;
    if exercise.task == Task::Quiz {
        let why = "A question has no solution but its answer. Its hints, and what is said of wrong answers, lead there.";
        return Err(ApiError::new(Kind::Conflict, why));
    }
    let key = lesson.exercise(&exercise.id);
    if !is_open(&app, &learner, &lesson, exercise).await? {
        return Err(ApiError::new(
            Kind::SolutionNotDue,
            "This exercise is graded once. Its solution is shown when it has been.",
        ));
    }
    let row = app.store.meet(&learner, &key, exercise.points).await?;
    let memory = crate::live::lesson::memory(&app, &learner, &lesson, &exercise.id).await;
    let fails = row.fails.saturating_add(memory.tries);
    if let Some(wait) = not_due(solutions(&app, &lesson)?, &row, fails) {
        return Err(ApiError::new(Kind::SolutionNotDue, wait));
    }
    if !(row.passed || row.is_given_up() || agreed.give_up) {
        return Err(ApiError::new(
            Kind::GivesUp,
            "You have not passed this exercise yet. You still can, but once you have seen its solution it brings no more points than it has brought.",
        ));
    }
    let row = app.store.show_solution(&learner, &key, exercise.points).await?;
    Ok(Json(Solution {
        console: drydock_lesson::console(&exercise.solution),
        progress: standing(&app, &learner, &key, &row, Some(exercise)),
    }))
}

/// Whether an exercise's solution gives nothing away: that of one that is graded once does, until it has been.
async fn is_open(
    app: &App,
    learner: &LearnerId,
    lesson: &LessonKey,
    exercise: &ExerciseSpec,
) -> Result<bool, ApiError> {
    if exercise.check != Check::Submit {
        return Ok(true);
    }
    let sealed = app
        .store
        .sealed_by(learner, &lesson.exercise(&exercise.id))
        .await?;
    Ok(sealed.is_some_and(|sealed| sealed.state == GradingState::Graded))
}

/// When the lesson's solutions are shown.
fn solutions(app: &App, lesson: &LessonKey) -> Result<Solutions, ApiError> {
    let lesson = app.lesson(&lesson.course, &lesson.lesson)?;
    Ok(lesson.solutions.unwrap_or_default())
}

/// Why a solution is not shown, if it is not.
fn not_due(when: Solutions, row: &Row, fails: u32) -> Option<String> {
    match when {
        Solutions::Never => Some("The solutions of this lesson are not shown.".into()),
        Solutions::Always => None,
        // Who has seen it once may see it again.
        _ if row.passed || row.is_given_up() => None,
        Solutions::AfterPassing => {
            Some("The solution is shown once you have passed this exercise. Its hints lead there.".into())
        }
        Solutions::AfterFails(wanted) => {
            let left = wanted.saturating_sub(fails);
            (left > 0).then(|| {
                format!(
                    "The solution can be shown after {}, or once you have passed.",
                    more_tries(left)
                )
            })
        }
    }
}

/// Begins an exercise again: its setup is run once more, and what held before does not count any more. Points are kept.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/reset", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Restarted), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn reset(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(at): Path<Address>,
) -> Result<Json<Restarted>, ApiError> {
    let (lesson, exercise) = find(&app, learner.as_ref().map(|Learner(id)| id), &at).await?;
    if exercise.check == Check::Submit {
        return Err(ApiError::new(
            Kind::Conflict,
            "This exercise is graded once. To begin afresh before you submit it, reset the sandbox.",
        ));
    }
    let Some(setup) = &exercise.setup else {
        return Err(ApiError::new(
            Kind::Conflict,
            "This exercise has nothing to set up again. To begin afresh, reset the sandbox.",
        ));
    };
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let Learner(learner) = learner.ok_or_else(ApiError::no_sandbox)?;
    app.sandboxes.touch(&owner(&learner));
    let result = set_up(setup, &sandbox).await?;
    let asked = Asked {
        lesson: &lesson,
        exercise,
        restart: true,
        given: None,
    };
    let verdict = match recalled(&app, Some(&learner), &lesson, exercise).await {
        Some(verdict) => verdict,
        None => app.rooms.check(&app, &learner, asked, &sandbox).await?,
    };
    Ok(Json(Restarted {
        exit_code: result.exit_code,
        output: end_of(&[result.stdout, result.stderr].concat()),
        verdict,
    }))
}

fn end_of(output: &str) -> String {
    let letters = output.chars().count();
    output.chars().skip(letters.saturating_sub(OUTPUT_MAX)).collect()
}

/// Skips to an exercise: the solutions of those before it are typed into a fresh sandbox, which takes the place of the one
/// that there is. Those that were not passed are given up: they bring no more points than they have brought. The events
/// socket, or asking again, tells how it goes on.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/skip", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path)),
    responses((status = 202, body = Replay), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn skip(
    State(app): State<App>,
    Learner(learner): Learner,
    Path(at): Path<Address>,
) -> Result<(StatusCode, Json<Replay>), ApiError> {
    let (lesson, exercise) = find(&app, Some(&learner), &at).await?;
    if solutions(&app, &lesson)? == Solutions::Never {
        let why = "The solutions of this lesson are not shown, so its exercises cannot be skipped.";
        return Err(ApiError::new(Kind::Conflict, why));
    }
    let exercises = &lesson_of(&app, Some(&learner), &lesson).await?.exercises;
    let place = exercises.iter().position(|other| other.id == exercise.id);
    let Some(place) = place.filter(|place| *place > 0) else {
        let why = "There is no exercise before this one. To begin afresh, reset the sandbox.";
        return Err(ApiError::new(Kind::Conflict, why));
    };
    for before in exercises.iter().take(place) {
        if !is_open(&app, &learner, &lesson, before).await? {
            let why = format!(
                "`{}` comes before this one and is graded once, so its solution is not typed before it has been.",
                before.id
            );
            return Err(ApiError::new(Kind::Conflict, why));
        }
    }
    let replay = replay::begin(&app, &learner, lesson, exercises, place)?;
    Ok((StatusCode::ACCEPTED, Json(replay)))
}

/// How skipping to this exercise goes on, or how it ended, for a few minutes.
#[utoipa::path(get, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/skip", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Replay), (status = 404, body = Problem)))]
pub async fn skipped(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(at): Path<Address>,
) -> Result<Json<Replay>, ApiError> {
    let (lesson, exercise) = find(&app, learner.as_ref().map(|Learner(id)| id), &at).await?;
    learner
        .and_then(|Learner(id)| app.replays.of(&id))
        .filter(|replay| {
            replay.to == exercise.id && replay.course == lesson.course && replay.lesson == lesson.lesson
        })
        .map(Json)
        .ok_or_else(|| ApiError::not_found("skipping under way"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(passed: bool, points_cap: Option<u32>) -> Row {
        Row {
            passed,
            points: 1,
            points_max: 3,
            hints: 0,
            hint_cost: 0,
            fails: 0,
            first_at: 0,
            solutions: 0,
            points_cap,
            memory: String::new(),
        }
    }

    #[test]
    fn a_solution_is_shown_when_it_is_due_and_not_before() {
        let (new, passed, given_up) = (row(false, None), row(true, None), row(false, Some(1)));
        let is_due = |when, row, fails| not_due(when, row, fails).is_none();
        assert!(is_due(Solutions::Always, &new, 0));
        assert!(!is_due(Solutions::AfterPassing, &new, 99));
        assert!(is_due(Solutions::AfterPassing, &passed, 0));
        assert!(
            is_due(Solutions::AfterPassing, &given_up, 0),
            "it was seen already"
        );
        assert!(!is_due(Solutions::AfterFails(3), &new, 2) && is_due(Solutions::AfterFails(3), &new, 3));
        assert!(is_due(Solutions::AfterFails(3), &passed, 0));
        for row in [&new, &passed, &given_up] {
            assert!(!is_due(Solutions::Never, row, 99));
        }
        let said = not_due(Solutions::AfterFails(3), &new, 2).unwrap();
        assert!(said.contains("after 1 more try that does not succeed"), "{said}");
    }

    #[test]
    fn of_a_long_output_the_end_is_told() {
        let told = end_of(&format!("{}end", "ü".repeat(OUTPUT_MAX)));
        assert!(told.ends_with("end") && told.chars().count() == OUTPUT_MAX);
    }
}
