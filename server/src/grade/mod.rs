//! Grading without a browser: what somebody handed in is replayed in a fresh sandbox, and what that led to is looked at.
//!
//! The commands are a stranger's, and while they run the sandbox is theirs, its engine included. So nothing that it says then counts.
//! When they have run, the machine is ended, and another is made around its disks in which no process of theirs has ever run
//! ([`drydock_sandbox::Sandboxes::examine`]); the containers that ran are started again there, if none of them could take the engine's
//! place ([`harmless`]); and only then is it evaluated. Commands may be divided by exercise ([`script`]): then each is looked at when
//! its own have run.
//!
//! * [`script`]: commands cut into pieces that can be typed, by exercise;
//! * [`replay`]: files and commands into a sandbox;
//! * [`examine`]: the look at what they led to;
//! * [`harmless`]: which containers may run meanwhile;
//! * [`artefacts`]: what a learner's sandbox holds, copied out to be handed in;
//! * [`desk`]: what was handed in to the server, one after the other.

pub mod artefacts;
pub mod desk;
mod examine;
mod harmless;
mod replay;
mod script;
mod typing;

use std::time::Duration;

use drydock_lesson::{ExerciseSpec, Lesson};
use drydock_protocol::UnixSeconds;
use drydock_protocol::api::StopReason;
use drydock_protocol::grade::{Evidence, Grade, GradeState, GradedExercise};
use drydock_sandbox::{Owner, Sandboxes};
use drydock_submission::{Refusal, Submission};

use crate::classroom::Classroom;
use crate::prove;
use crate::state::LessonKey;
use crate::store::{LearnerId, now};

/// The most characters of a remark.
const REMARK_MAX: usize = 600;

/// What is to be graded, and how.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// The lesson's place.
    pub key: &'a LessonKey,
    /// The lesson.
    pub lesson: &'a Lesson,
    /// Only this exercise of it counts.
    pub only: Option<&'a str>,
    /// Whose it is.
    pub student: &'a str,
    /// When it was handed in.
    pub handed_in: UnixSeconds,
    /// How long its commands may run, all together.
    pub time: Duration,
}

impl Task<'_> {
    /// The exercises that count. Questions do not: a submission carries no answers.
    pub(crate) fn exercises(&self) -> impl Iterator<Item = &ExerciseSpec> {
        let asked = |exercise: &&ExerciseSpec| self.only.is_none_or(|only| exercise.id == only);
        let all = self.lesson.exercises.iter();
        all.filter(asked).filter(|exercise| !exercise.is_answered_only())
    }
}

/// Why a submission got no further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Halt {
    /// It cannot be taken.
    #[error("{0}")]
    Refused(String),
    /// It left something that cannot be looked at.
    #[error("{0}")]
    Failed(String),
    /// The grader's machine could not do it.
    #[error("{0}")]
    Lost(String),
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.to_string())
    }
}

/// What is known of a submission so far.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The best that was found of each exercise.
    pub(crate) exercises: Vec<GradedExercise>,
    /// What is worth knowing.
    pub(crate) remarks: Vec<String>,
}

impl Found {
    /// Nothing yet.
    fn new(task: &Task<'_>) -> Self {
        let exercises = task
            .exercises()
            .map(|exercise| GradedExercise::unseen(&exercise.id, exercise.points))
            .collect();
        Self {
            exercises,
            remarks: Vec::new(),
        }
    }

    /// Keeps what was found of an exercise, if it is better than what there is.
    pub(crate) fn keep(&mut self, found: GradedExercise) {
        if let Some(known) = self.exercises.iter_mut().find(|known| known.id == found.id)
            && (known.outcomes.is_empty() || found.points > known.points || (found.passed && !known.passed))
        {
            *known = found;
        }
    }

    /// Whether there is nothing to win any more with an exercise.
    pub(crate) fn is_passed(&self, id: &str) -> bool {
        self.exercises
            .iter()
            .any(|exercise| exercise.id == id && exercise.passed)
    }

    /// Notes something, cut to a length that a table can bear.
    pub(crate) fn remark(&mut self, text: impl Into<String>) {
        let text: String = text.into().chars().take(REMARK_MAX).collect();
        if !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }
}

/// Grades a submission. It always comes to something: what went wrong is part of it.
pub async fn grade(
    sandboxes: &Sandboxes,
    classroom: &Classroom,
    task: &Task<'_>,
    submission: Result<Submission, Refusal>,
) -> Grade {
    let mut found = Found::new(task);
    let halted = match submission {
        Ok(submission) => in_a_sandbox(sandboxes, classroom, task, &submission, &mut found)
            .await
            .err(),
        Err(refusal) => Some(refusal.into()),
    };
    let state = match &halted {
        None => GradeState::Graded,
        Some(Halt::Refused(_)) => GradeState::Refused,
        Some(Halt::Failed(_)) => GradeState::Failed,
        Some(Halt::Lost(_)) => GradeState::Lost,
    };
    if let Some(halt) = halted {
        found.remark(halt.to_string());
    }
    Grade {
        assignment: format!("{}/{}", task.key.course, task.key.lesson),
        student_id: task.student.to_owned(),
        state,
        remarks: found.remarks,
        score: found.exercises.iter().map(|exercise| exercise.points).sum(),
        max_score: found.exercises.iter().map(|exercise| exercise.points_max).sum(),
        timestamp: task.handed_in,
        graded_at: now(),
        evidence: Evidence::Replayed,
        lesson_hash: task.lesson.hash.to_string(),
        exercises: found.exercises,
    }
}

/// In a sandbox of its own, which is gone afterwards.
async fn in_a_sandbox(
    sandboxes: &Sandboxes,
    classroom: &Classroom,
    task: &Task<'_>,
    submission: &Submission,
    found: &mut Found,
) -> Result<(), Halt> {
    // A learner of its own, so that nothing is shared with another: not the sandbox, not what was pushed.
    let learner = LearnerId::passing();
    let owner = Owner::new(learner.as_str());
    let guard = Leaving {
        sandboxes,
        owner: &owner,
    };
    let _attached = sandboxes.attach(&owner);
    let outcome = match prove::fresh(sandboxes, &owner, task.lesson).await {
        Ok(sandbox) => {
            let place = replay::Place {
                sandboxes,
                classroom,
                learner: &learner,
                owner: &owner,
                task,
            };
            replay::run(&place, sandbox, submission, found).await
        }
        Err(error) => Err(Halt::Lost(format!("it could not be graded: {error:#}"))),
    };
    drop(guard);
    classroom.forget(&learner).await;
    outcome
}

/// Ends the sandbox when it is dropped, also where nobody waits for the grade any more.
struct Leaving<'a> {
    sandboxes: &'a Sandboxes,
    owner: &'a Owner,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.sandboxes.stop(self.owner, StopReason::Asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(points: u32, passed: bool) -> GradedExercise {
        GradedExercise {
            points,
            passed,
            outcomes: vec![drydock_protocol::verdict::Outcome {
                state: drydock_protocol::verdict::OutcomeState::Unmet,
                label: String::new(),
                field: None,
                message: Some(format!("{points}")),
                expected: None,
                actual: None,
                answered: None,
            }],
            ..GradedExercise::unseen("tag", 3)
        }
    }

    #[test]
    fn the_best_look_counts_and_the_first_message_stays() {
        let mut found = Found {
            exercises: vec![GradedExercise::unseen("tag", 3)],
            remarks: Vec::new(),
        };
        for (points, known) in [(0, 0), (2, 2), (1, 2), (3, 3), (0, 3)] {
            found.keep(exercise(points, points == 3));
            assert_eq!(found.exercises[0].points, known);
        }
        assert!(found.is_passed("tag") && !found.is_passed("other"));
    }

    #[test]
    fn a_remark_is_made_once_and_is_short() {
        let mut found = Found::default();
        found.remark("x".repeat(10_000));
        found.remark("x".repeat(10_000));
        assert_eq!(found.remarks.len(), 1);
        assert_eq!(found.remarks[0].len(), REMARK_MAX);
    }
}
