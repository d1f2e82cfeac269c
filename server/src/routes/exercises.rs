//! Exercises: a check on request, answers to questions, and hints.

use axum::Json;
use axum::extract::State;
use drydock_grader::facts::{self, Journal};
use drydock_grader::{Exercise, answer};
use drydock_lesson::{ExerciseSpec, HintWhen};
use drydock_protocol::api::{AnswerRequest, Hint, Problem};
use drydock_protocol::page::Check;
use drydock_protocol::verdict::{Given, Outcome, Verdict};

use crate::live::draws::lesson_of;
use crate::live::lesson::{Asked, recalled};
use crate::problem::{ApiError, Body, Kind, Path};
use crate::routes::progress::standing;
use crate::session::Learner;
use crate::state::{App, LessonKey, owner};
use crate::store::{LearnerId, now};

pub(super) type Address = (String, String, String);

/// The exercise at an address as this learner has it, and the lesson that it is in.
pub(super) async fn find<'a>(
    app: &'a App,
    learner: Option<&LearnerId>,
    (course, lesson, id): &Address,
) -> Result<(LessonKey, &'a ExerciseSpec), ApiError> {
    let key = app.lesson_key(course, lesson)?;
    let exercise = lesson_of(app, learner, &key)
        .await?
        .exercise(id)
        .ok_or_else(|| ApiError::not_found(format!("exercise `{id}` in this lesson")))?;
    Ok((key, exercise))
}

/// Evaluates an exercise now. A quiz is as it was when it was last answered.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/check", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Verdict), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn check(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(at): Path<Address>,
) -> Result<Json<Verdict>, ApiError> {
    let known = learner.as_ref().map(|Learner(id)| id);
    let (lesson, exercise) = find(&app, known, &at).await?;
    if exercise.check == Check::Submit {
        return Err(ApiError::new(
            Kind::Conflict,
            "This exercise is graded once: submit it when you are sure.",
        ));
    }
    if exercise.is_answered_only()
        && let Some(verdict) = recalled(&app, known, &lesson, exercise).await
    {
        return Ok(Json(verdict));
    }
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let Learner(learner) = learner.ok_or_else(ApiError::no_sandbox)?;
    app.sandboxes.touch(&owner(&learner));
    let verdict = app
        .rooms
        .check(
            &app,
            &learner,
            Asked {
                lesson: &lesson,
                exercise,
                restart: false,
                given: None,
            },
            &sandbox,
        )
        .await?;
    if !verdict.passed {
        app.store
            .count_fail(&learner, &lesson.exercise(&exercise.id), exercise.points)
            .await?;
    }
    Ok(Json(verdict))
}

/// Answers a question: a quiz, or one among an exercise's conditions. What is right once stays so; a further answer changes nothing.
///
/// A question about the learner's own engine needs a sandbox. An answer that cannot be judged (nothing was chosen, it is no
/// number, what is asked about is not there) is refused and does not count as a wrong one.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/answer", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path)), request_body = AnswerRequest,
    responses((status = 200, body = Verdict), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn answer(
    State(app): State<App>,
    Learner(learner): Learner,
    Path(at): Path<Address>,
    Body(request): Body<AnswerRequest>,
) -> Result<Json<Verdict>, ApiError> {
    let (lesson, exercise) = find(&app, Some(&learner), &at).await?;
    let AnswerRequest {
        expectation,
        choices,
        text,
    } = request;
    let expectation = expectation as usize;
    let given = Given { choices, text };
    let asked = Exercise::from(exercise);
    app.touch(Some(&Learner(learner.clone())));
    let sandbox = || app.ready_sandbox(Some(&Learner(learner.clone())));
    let (verdict, is_wrong) = if exercise.is_answered_only() {
        let judged = if let Some(judged) = answer::judge_alone(&asked, expectation, &given)? {
            judged
        } else {
            let sandbox = sandbox()?;
            let (journal, pushes) = (Journal::default(), app.classroom.pushes(&learner));
            let facts = facts::Live::new(&*sandbox, &journal, pushes.as_deref());
            answer::judge(&asked, expectation, &given, &facts).await?
        };
        app.rooms
            .answer(&app, &learner, &lesson, exercise, judged)
            .await?
    } else {
        let asked = Asked {
            lesson: &lesson,
            exercise,
            restart: false,
            given: Some((expectation, given)),
        };
        let verdict = app.rooms.check(&app, &learner, asked, &sandbox()?).await?;
        let counts = |outcome: &Outcome| outcome.state.counts();
        let is_wrong = !verdict.outcomes.get(expectation).is_some_and(counts);
        (verdict, is_wrong)
    };
    if is_wrong {
        app.store
            .count_fail(&learner, &lesson.exercise(&exercise.id), exercise.points)
            .await?;
    }
    Ok(Json(verdict))
}

/// Shows the next hint, if it is due. Its cost comes off the exercise's points.
#[utoipa::path(post, path = "/courses/{course}/lessons/{lesson}/exercises/{id}/hint", tag = "progress",
    params(("course" = String, Path), ("lesson" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = Hint), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn hint(
    State(app): State<App>,
    Learner(learner): Learner,
    Path(at): Path<Address>,
) -> Result<Json<Hint>, ApiError> {
    let (lesson, exercise) = find(&app, Some(&learner), &at).await?;
    let key = lesson.exercise(&exercise.id);
    let row = app.store.meet(&learner, &key, exercise.points).await?;
    let hint = exercise
        .hints
        .get(row.hints as usize)
        .ok_or_else(|| ApiError::new(Kind::NotFound, "All hints of this exercise have been shown."))?;
    let memory = crate::live::lesson::memory(&app, &learner, &lesson, &exercise.id).await;
    let waited_s = now() - memory.begun_at.unwrap_or(row.first_at);
    if let Some(wait) = not_due(&hint.when, waited_s, row.fails.saturating_add(memory.tries)) {
        return Err(ApiError::new(Kind::HintNotDue, wait));
    }
    let row = app
        .store
        .show_hint(&learner, &key, row.hints, hint.cost, exercise.points)
        .await?;
    Ok(Json(Hint {
        text: hint.text.clone(),
        cost: hint.cost,
        progress: standing(&app, &learner, &key, &row, Some(exercise)),
    }))
}

/// Why a hint is not due yet, if it is not.
fn not_due(when: &HintWhen, waited_s: i64, fails: u32) -> Option<String> {
    match when {
        HintWhen::Ask => None,
        HintWhen::After(time) => {
            let left = i64::try_from(time.as_secs())
                .unwrap_or(i64::MAX)
                .saturating_sub(waited_s);
            (left > 0).then(|| format!("Try for another {}; then it can be shown.", in_words(left)))
        }
        HintWhen::AfterFails(wanted) => {
            let left = wanted.saturating_sub(fails);
            (left > 0).then(|| format!("It can be shown after {}.", more_tries(left)))
        }
    }
}

/// A time that is waited for, in words: it is said once and not counted down, so it is not said to the second.
fn in_words(seconds: i64) -> String {
    match seconds {
        ..45 => "half a minute".to_owned(),
        45..90 => "minute".to_owned(),
        _ => format!("{} minutes", (seconds + 30) / 60),
    }
}

/// So many tries, in words.
pub(super) fn more_tries(left: u32) -> String {
    if left == 1 {
        "1 more try that does not succeed".to_owned()
    } else {
        format!("{left} more tries that do not succeed")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn hints_come_when_they_are_due() {
        let after = HintWhen::After(Duration::from_secs(90));
        assert!(not_due(&after, 89, 0).is_some_and(|text| text.contains("half a minute")));
        assert_eq!(not_due(&after, 90, 0), None);
        let fails = HintWhen::AfterFails(2);
        assert!(not_due(&fails, 9999, 1).is_some());
        assert_eq!(not_due(&fails, 0, 2), None);
        assert_eq!(not_due(&HintWhen::Ask, 0, 0), None);
    }
}
