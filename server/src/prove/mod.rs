//! `drydock lesson test`: lessons that prove themselves.
//!
//! Each exercise is put to *trials*, each in a fresh sandbox: the untouched sandbox must fail, the solution, typed line by line
//! into a real terminal, must pass and go on passing without a change to the engine, and each pitfall must fail at the field
//! that it names. All of it more than once, as what holds once may hold by luck.

mod trial;
mod typing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use drydock_lesson::{ExerciseSpec, Lesson};
use drydock_sandbox::{Owner, Sandbox, Sandboxes};
use tokio::time::timeout;

use crate::classroom::Classroom;
use crate::live::lesson::needs;
use crate::state::LessonKey;
use crate::store::LearnerId;

pub use trial::Fault;

/// From asking for a sandbox to having it: others may be before us.
const SANDBOX_DEADLINE: Duration = Duration::from_secs(300);

/// One thing that is tried with an exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// The solution, after a look at the untouched sandbox.
    Solution,
    /// The pitfall of this number, from 0.
    Pitfall(usize),
}

/// A trial of an exercise of a lesson.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The lesson's place.
    pub key: LessonKey,
    /// The lesson.
    pub lesson: &'a Lesson,
    /// The exercise.
    pub exercise: &'a ExerciseSpec,
    /// What is tried.
    pub trial: Trial,
    /// Which time, from 1.
    pub round: u32,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// From asking for a sandbox to the end.
    pub took: Duration,
    /// What is wrong; None: nothing.
    pub fault: Option<Fault>,
}

/// All trials of an exercise, so many times.
pub fn cases<'a>(
    key: &LessonKey,
    lesson: &'a Lesson,
    exercise: &'a ExerciseSpec,
    rounds: u32,
) -> Vec<Case<'a>> {
    let trials = || {
        let pitfalls = (0..exercise.pitfalls.len()).map(Trial::Pitfall);
        std::iter::once(Trial::Solution).chain(pitfalls)
    };
    (1..=rounds)
        .flat_map(|round| trials().map(move |trial| (round, trial)))
        .map(|(round, trial)| Case {
            key: key.clone(),
            lesson,
            exercise,
            trial,
            round,
        })
        .collect()
}

/// Tries one, in a fresh sandbox that is gone afterwards. An error is the machine's fault, not the lesson's.
pub async fn run(sandboxes: &Sandboxes, classroom: &Classroom, case: &Case<'_>) -> anyhow::Result<Report> {
    let begun = Instant::now();
    // A learner of its own, so that nothing is shared with another trial: not the sandbox, not what was pushed.
    let learner = LearnerId::passing();
    let owner = Owner::new(learner.as_str());
    let fault = async {
        let sandbox = fresh(sandboxes, &owner, case.lesson).await?;
        trial::run(sandbox, classroom.pushes(&learner), case).await
    }
    .await;
    sandboxes.stop(&owner, drydock_protocol::api::StopReason::Asked);
    classroom.forget(&learner).await;
    Ok(Report {
        fault: fault?,
        took: begun.elapsed(),
    })
}

async fn fresh(sandboxes: &Sandboxes, owner: &Owner, lesson: &Lesson) -> anyhow::Result<Arc<Sandbox>> {
    use drydock_protocol::api::SandboxState;
    sandboxes.claim(owner, &needs(lesson));
    let mut views = sandboxes.watch(owner);
    let settled = views.wait_for(|view| {
        view.as_ref()
            .is_some_and(|view| matches!(view.state, SandboxState::Ready | SandboxState::Failed { .. }))
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
