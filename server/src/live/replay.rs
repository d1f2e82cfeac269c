//! Skipping: the exercises before one are done for a learner, in a fresh sandbox, by typing their solutions.
//!
//! It goes on whether a page is open or not. Each exercise that the learner has not passed is given up first, as if its
//! solution had been asked for: it brings no more points than it has brought.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use drydock_lesson::ExerciseSpec;
use drydock_lesson::expect::{Expectation, Matcher};
use drydock_protocol::api::{Replay, ReplayStep};
use drydock_protocol::live::Event;
use drydock_protocol::page::Check;
use drydock_protocol::verdict::Verdict;
use drydock_sandbox::Sandbox;
use tokio::time::sleep;

use super::lesson::{Asked, needs};
use crate::problem::{ApiError, Kind};
use crate::prove::{self, Fault};
use crate::state::{App, LessonKey, owner};
use crate::store::LearnerId;

/// From a sandbox that is ready to one that is ready for the lesson: all setups run first.
const PREPARED_DEADLINE: Duration = Duration::from_secs(300);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long it can be asked how a replay ended.
const REMEMBERED: Duration = Duration::from_secs(600);

/// The replays of all learners, at most one each.
#[derive(Debug, Default)]
pub struct Replays(Mutex<HashMap<LearnerId, (Replay, Instant)>>);

impl Replays {
    /// What is being done, or was done last.
    pub fn of(&self, learner: &LearnerId) -> Option<Replay> {
        self.lock().get(learner).map(|(replay, _)| replay.clone())
    }

    // What panicked while it held the lock left a map that is whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<LearnerId, (Replay, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// False if one is under way.
    fn begin(&self, learner: &LearnerId, replay: &Replay) -> bool {
        let mut replays = self.lock();
        replays.retain(|_, (replay, at)| !replay.step.is_over() || at.elapsed() < REMEMBERED);
        if replays
            .get(learner)
            .is_some_and(|(replay, _)| !replay.step.is_over())
        {
            return false;
        }
        replays.insert(learner.clone(), (replay.clone(), Instant::now()));
        true
    }
}

/// Begins to do what comes before the exercise of that number for the learner, and says so.
pub fn begin(
    app: &App,
    learner: &LearnerId,
    lesson: LessonKey,
    exercises: &[ExerciseSpec],
    to: usize,
) -> Result<Replay, ApiError> {
    let earlier: Vec<ExerciseSpec> = exercises.iter().take(to).cloned().collect();
    let replay = Replay {
        course: lesson.course.clone(),
        lesson: lesson.lesson.clone(),
        to: exercises
            .get(to)
            .map(|exercise| exercise.id.clone())
            .unwrap_or_default(),
        total: u32::try_from(earlier.len()).unwrap_or(u32::MAX),
        done: 0,
        step: ReplayStep::Sandbox,
    };
    if !app.replays.begin(learner, &replay) {
        return Err(ApiError::new(
            Kind::Conflict,
            "Exercises are being done for you already. Wait until that has ended.",
        ));
    }
    let player = Player {
        app: app.clone(),
        learner: learner.clone(),
        lesson,
        replay: replay.clone(),
    };
    app.rooms.tell(learner, Event::Replay(replay.clone()));
    tokio::spawn(player.run(earlier));
    Ok(replay)
}

/// Does it. Whatever becomes of it, the replay ends with it.
struct Player {
    app: App,
    learner: LearnerId,
    lesson: LessonKey,
    replay: Replay,
}

impl Drop for Player {
    fn drop(&mut self) {
        if !self.replay.step.is_over() {
            self.step(ReplayStep::Failed {
                reason: "It was broken off. Skip again to begin afresh.".into(),
            });
        }
    }
}

impl Player {
    async fn run(mut self, earlier: Vec<ExerciseSpec>) {
        let step = match self.play(&earlier).await {
            Ok(()) => ReplayStep::Finished,
            Err(error) => {
                tracing::info!(learner = %self.learner, lesson = self.lesson.lesson, error = %error, "replay.failed");
                ReplayStep::Failed {
                    reason: error.to_string(),
                }
            }
        };
        self.step(step);
    }

    fn step(&mut self, step: ReplayStep) {
        self.replay.step = step;
        let entry = (self.replay.clone(), Instant::now());
        self.app.replays.lock().insert(self.learner.clone(), entry);
        let event = Event::Replay(self.replay.clone());
        self.app.rooms.tell(&self.learner, event);
    }

    async fn play(&mut self, earlier: &[ExerciseSpec]) -> anyhow::Result<()> {
        // As if a page were open: the sandbox is made ready for the lesson, and all that happens in it is seen.
        let _presence = self
            .app
            .rooms
            .enter(&self.app, self.learner.clone(), Some(self.lesson.clone()));
        let sandbox = self.fresh_sandbox().await?;
        for exercise in earlier {
            self.step(ReplayStep::Exercise {
                id: exercise.id.clone(),
            });
            // Questions stay to be answered: nothing is given up, and nothing done.
            if !exercise.is_answered_only() {
                self.give_up(exercise).await?;
                self.solve(exercise, &sandbox).await?;
            }
            self.replay.done += 1;
        }
        Ok(())
    }

    async fn fresh_sandbox(&self) -> anyhow::Result<Arc<Sandbox>> {
        let (sandboxes, owner) = (&self.app.sandboxes, owner(&self.learner));
        let before = sandboxes.view(&owner).map(|view| view.id);
        if sandboxes.reset(&owner).is_err() {
            let lesson = self.app.lesson(&self.lesson.course, &self.lesson.lesson);
            let lesson = lesson.map_err(|error| plain(&error))?;
            sandboxes.claim(&owner, &needs(lesson));
        }
        let sandbox = prove::ready(sandboxes, &owner, before.as_deref().filter(|id| !id.is_empty()))
            .await
            .context("A fresh sandbox could not be had. Start one, and skip again.")?;
        let end = Instant::now() + PREPARED_DEADLINE;
        while !self
            .app
            .rooms
            .is_watched(&self.learner, &self.lesson, sandbox.id())
        {
            if Instant::now() > end {
                return Err(anyhow!(
                    "The sandbox did not get ready for this lesson. Skip again to begin afresh."
                ));
            }
            sleep(LOOK_AGAIN).await;
        }
        Ok(sandbox)
    }

    /// What was not passed is given up: its solution is about to be seen.
    async fn give_up(&self, exercise: &ExerciseSpec) -> anyhow::Result<()> {
        let key = self.lesson.exercise(&exercise.id);
        let shown = self
            .app
            .store
            .show_solution(&self.learner, &key, exercise.points)
            .await;
        shown.map(drop).map_err(|error| plain(&ApiError::from(error)))
    }

    async fn look(&self, exercise: &ExerciseSpec, sandbox: &Arc<Sandbox>) -> anyhow::Result<Verdict> {
        let asked = Asked {
            lesson: &self.lesson,
            exercise,
            restart: false,
            given: None,
        };
        let verdict = self
            .app
            .rooms
            .check(&self.app, &self.learner, asked, sandbox)
            .await;
        let mut verdict = verdict.map_err(|error| plain(&error))?;
        // What is sealed is not the learner's to have done for them.
        verdict.passed |= exercise.check == Check::Submit;
        // Nor is a question.
        let is_question = |expectation: &Expectation| matches!(expectation.matcher, Matcher::Answer(_));
        verdict.passed |= verdict
            .outcomes
            .iter()
            .zip(&exercise.expect)
            .all(|(outcome, expectation)| outcome.state.counts() || is_question(expectation));
        Ok(verdict)
    }

    async fn solve(&self, exercise: &ExerciseSpec, sandbox: &Arc<Sandbox>) -> anyhow::Result<()> {
        let id = &exercise.id;
        let solved = prove::solve(sandbox, &exercise.solution, || self.look(exercise, sandbox)).await;
        let fault = solved.map_err(|error| {
            tracing::info!(exercise = id, error = %error, "replay.sandbox_lost");
            anyhow!(
                "The sandbox ended, or does not answer, so `{id}` was not done. Skip again to begin afresh."
            )
        })?;
        let why = match fault {
            None => return Ok(()),
            Some(Fault::Stuck { command, .. }) => format!("`{command}` did not come back to the prompt."),
            Some(Fault::SolutionFails(verdict)) => {
                let unmet = verdict.first_unmet();
                let said = unmet.and_then(|outcome| outcome.message.clone());
                said.unwrap_or_else(|| "It does not pass.".into())
            }
            Some(other) => other.to_string(),
        };
        Err(anyhow!(
            "The solution of `{id}` did not lead where it should. {why} What was done until then is in your sandbox: go on from there, or skip again."
        ))
    }
}

/// A problem's words.
fn plain(error: &ApiError) -> anyhow::Error {
    anyhow!(error.to_problem().detail)
}
