//! `drydock lesson test`: lessons that prove themselves.
//!
//! A lesson is put to *trials*, each in a fresh sandbox. Of each exercise: the untouched sandbox must fail, the solution, typed
//! line by line into a real terminal, must pass and go on passing without a change to the engine, and each pitfall must fail at
//! the field that it names. Of the page: all of its commands do what it says, in its order ([`walk`]). All of it more than once,
//! as what holds once may hold by luck.

mod answers;
pub(crate) mod asking;
mod shape;
mod terminal;
pub(crate) mod trial;
pub(crate) mod typing;
mod walk;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use drydock_lesson::expect::{Expectation, Matcher};
use drydock_lesson::{ExerciseSpec, Lesson, Pitfall, Place};
use drydock_sandbox::{Owner, Sandbox, Sandboxes};
use tokio::time::timeout;

use crate::classroom::Classroom;
use crate::live::lesson::needs;
use crate::state::LessonKey;
use crate::store::LearnerId;

pub use trial::Fault;
pub(crate) use trial::solve;

/// From asking for a sandbox to having it: others may be before us.
const SANDBOX_DEADLINE: Duration = Duration::from_secs(300);

/// One thing that is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trial<'a> {
    /// All that the page says to do, in its order.
    Walk,
    /// The solution of an exercise, after a look at the untouched sandbox.
    Solution(&'a ExerciseSpec),
    /// A pitfall of an exercise, and its number, from 1.
    Pitfall(&'a ExerciseSpec, &'a Pitfall, usize),
}

impl<'a> Trial<'a> {
    /// The exercise that it is about.
    pub fn exercise(&self) -> Option<&'a ExerciseSpec> {
        match self {
            Self::Walk => None,
            Self::Solution(exercise) | Self::Pitfall(exercise, ..) => Some(exercise),
        }
    }
}

/// Its name in lists.
impl fmt::Display for Trial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Walk => f.pad("walk"),
            Self::Solution(_) => f.pad("solution"),
            Self::Pitfall(_, _, number) => f.pad(&format!("pitfall {number}")),
        }
    }
}

/// A trial of a lesson.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The lesson's place.
    pub key: LessonKey,
    /// The lesson.
    pub lesson: &'a Lesson,
    /// What is tried.
    pub trial: Trial<'a>,
    /// Which time, from 1.
    pub round: u32,
}

impl Case<'_> {
    /// `course/lesson`, or `course/lesson/exercise`.
    pub fn name(&self) -> String {
        let lesson = format!("{}/{}", self.key.course, self.key.lesson);
        match self.trial.exercise() {
            Some(exercise) => format!("{lesson}/{}", exercise.id),
            None => lesson,
        }
    }

    /// `round 2`, with the values that the lesson's variables have in it.
    pub fn occasion(&self) -> String {
        let draw = self.lesson.draw.iter();
        let values: Vec<String> = draw.map(|(name, value)| format!("{name}={value}")).collect();
        if values.is_empty() {
            format!("round {}", self.round)
        } else {
            format!("round {} ({})", self.round, values.join(", "))
        }
    }

    /// The line at which what is tried stands.
    fn line(&self) -> u32 {
        let Some(exercise) = self.trial.exercise() else {
            return 1;
        };
        match (self.lesson.place(&exercise.id), self.trial) {
            (Some(Place::Exercise { pitfalls, line, .. }), Trial::Pitfall(_, _, number)) => {
                pitfalls.get(number - 1).copied().unwrap_or(*line)
            }
            (Some(place), _) => place.line(),
            (None, _) => 1,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// From asking for a sandbox to having it.
    pub waited: Duration,
    /// From then on, to the end.
    pub took: Duration,
    /// What is wrong; empty: nothing.
    pub found: Vec<Found>,
    /// What a walk did and what came of it, to be read.
    pub transcript: Option<String>,
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The line of the lesson's file.
    pub line: u32,
    /// What is wrong, in one line or more.
    pub said: String,
}

impl Found {
    pub(crate) fn at(line: u32, said: String) -> Self {
        Self { line, said }
    }
}

/// All trials of an exercise. A quiz whose answers stand in the lesson has none: reading the lesson has looked at all that there
/// is to it.
pub fn trials(exercise: &ExerciseSpec) -> Vec<Trial<'_>> {
    let pitfalls = exercise.pitfalls.iter().zip(1..);
    let pitfalls = pitfalls.map(|(pitfall, number)| Trial::Pitfall(exercise, pitfall, number));
    let reads = |expectation: &Expectation| match &expectation.matcher {
        Matcher::Answer(answer) => answer.reads().is_some(),
        _ => true,
    };
    let solution = exercise
        .expect
        .iter()
        .any(reads)
        .then_some(Trial::Solution(exercise));
    solution.into_iter().chain(pitfalls).collect()
}

/// Tries one, in a fresh sandbox that is gone afterwards. An error is the machine's fault, not the lesson's.
pub async fn run(sandboxes: &Sandboxes, classroom: &Classroom, case: &Case<'_>) -> anyhow::Result<Report> {
    // A learner of its own, so that nothing is shared with another trial: not the sandbox, not what was pushed.
    let learner = LearnerId::passing();
    let owner = Owner::new(learner.as_str());
    let report = async {
        let asked = Instant::now();
        let sandbox = fresh(sandboxes, &owner, case.lesson).await?;
        let waited = asked.elapsed();
        let begun = Instant::now();
        let pushes = classroom.pushes(&learner);
        let (found, transcript) = match case.trial {
            Trial::Walk => {
                let (found, transcript) = walk::run(sandbox, pushes, case).await?;
                (found, Some(transcript))
            }
            Trial::Solution(exercise) => (
                one(case, trial::run(sandbox, pushes, case, exercise, None).await?),
                None,
            ),
            Trial::Pitfall(exercise, pitfall, _) => (
                one(
                    case,
                    trial::run(sandbox, pushes, case, exercise, Some(pitfall)).await?,
                ),
                None,
            ),
        };
        anyhow::Ok(Report {
            waited,
            took: begun.elapsed(),
            found,
            transcript,
        })
    }
    .await;
    sandboxes.stop(&owner, drydock_protocol::api::StopReason::Asked);
    classroom.forget(&learner).await;
    report
}

fn one(case: &Case<'_>, fault: Option<Fault>) -> Vec<Found> {
    let found = fault.map(|fault| Found::at(case.line(), fault.to_string()));
    found.into_iter().collect()
}

/// A sandbox that is ready for a lesson's needs, for an owner who has none.
pub(crate) async fn fresh(
    sandboxes: &Sandboxes,
    owner: &Owner,
    lesson: &Lesson,
) -> anyhow::Result<Arc<Sandbox>> {
    sandboxes.claim(owner, &needs(lesson));
    ready(sandboxes, owner, None).await
}

/// Waits for the owner's sandbox: another one than that, if one is named.
pub(crate) async fn ready(
    sandboxes: &Sandboxes,
    owner: &Owner,
    other_than: Option<&str>,
) -> anyhow::Result<Arc<Sandbox>> {
    use drydock_protocol::api::SandboxState;
    let mut views = sandboxes.watch(owner);
    let settled = views.wait_for(|view| {
        view.as_ref().is_some_and(|view| {
            other_than != Some(&*view.id)
                && matches!(view.state, SandboxState::Ready | SandboxState::Failed { .. })
        })
    });
    let view = timeout(SANDBOX_DEADLINE, settled)
        .await
        .with_context(|| {
            format!(
                "there was no sandbox within {} s: {}",
                SANDBOX_DEADLINE.as_secs(),
                sandboxes.health().last_error.unwrap_or_default()
            )
        })??
        .clone();
    if let Some(SandboxState::Failed { reason }) = view.map(|view| view.state) {
        bail!("a sandbox could not be had: {reason}");
    }
    sandboxes.get(owner).context("the sandbox ended at once")
}
