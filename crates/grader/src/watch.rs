//! Verdicts whenever something happens in a sandbox that could change one.
//!
//! Two streams say what happens: the learner's engine's events and the agent's. Each event makes those exercises
//! dirty that have an expectation it can touch; a moment later, when what came with it has arrived, they are evaluated
//! together, and verdicts that differ from the last ones are sent. Nothing is polled. Streams that break are opened again,
//! and then everything is looked at once, for events are best effort.
//!
//! The exception is time that an author gives an expectation (`within: 10s`): after an event that could have touched it, it
//! is looked at again until it holds or the time is up.

mod round;
mod run;
mod streams;
mod touch;

use std::sync::Arc;
use std::time::Duration;

use drydock_protocol::verdict::{Given, Verdict};
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

pub use self::touch::Change;
use crate::agent::Sandbox;
use crate::answer::AnswerError;
use crate::evaluate::Exercise;
use crate::facts::Pushes;
use crate::memory::{Memories, Memory};

/// From the first event that makes an exercise dirty to its evaluation. A command makes several events within a few
/// milliseconds (a build: tag, untag, create); one look at what they led to is enough.
pub const DEBOUNCE: Duration = Duration::from_millis(30);

/// How many questions and verdicts may wait.
const WAITING_MAX: usize = 64;
/// Changes that a slow listener may be behind; the oldest are forgotten then, and it is told so.
const CHANGES_KEPT: usize = 64;

/// A verdict that differs from the last one of its exercise, or that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// What was found.
    pub verdict: Verdict,
    /// What is to be remembered of the exercise, for the next [`watch()`].
    pub memory: Memory,
    /// From the arrival of the event that led to it to the verdict. None where there was no event.
    pub latency: Option<Duration>,
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The lesson has no such exercise.
    #[error("there is no exercise `{0}` in this lesson: reload the page, the lesson may have changed")]
    NoExercise(String),
    /// The answer cannot be judged.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The sandbox is not watched any more.
    #[error("the sandbox is gone: start a new one and check again")]
    Ended,
}

/// A sandbox that is watched. Watching ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    questions: mpsc::Sender<Question>,
    changes: broadcast::Sender<Change>,
    task: JoinHandle<()>,
}

/// Somebody wants to know now.
#[derive(Debug)]
struct Question {
    exercise: String,
    /// What held before is forgotten first.
    restart: bool,
    /// An answer to a question of it: to which condition, and what.
    given: Option<(usize, Given)>,
    answer: oneshot::Sender<Result<Update, CheckError>>,
}

/// Watches a sandbox for the exercises of a lesson, with what is remembered of them. Verdicts come through the channel: first
/// those of all live exercises as they stand, then what changes. Whoever does not take them out holds up the watching.
///
/// What the learner has pushed is asked of `pushes`; without it, this Drydock has no registry.
///
/// It goes on, trying again, for as long as both ends of it are held: a sandbox whose engine is away is still watched.
pub fn watch<S: Sandbox>(
    sandbox: Arc<S>,
    exercises: Vec<Exercise>,
    memories: Memories,
    pushes: Option<Arc<dyn Pushes>>,
) -> (Watch, mpsc::Receiver<Update>) {
    let (questions, asked) = mpsc::channel(WAITING_MAX);
    let (updates, receiver) = mpsc::channel(WAITING_MAX);
    let changes = broadcast::channel(CHANGES_KEPT).0;
    let ends = run::Ends {
        questions: asked,
        updates,
        changes: changes.clone(),
    };
    let task = tokio::spawn(run::run(sandbox, exercises, memories, pushes, ends));
    let watch = Watch {
        questions,
        changes,
        task,
    };
    (watch, receiver)
}

impl Watch {
    /// What changes in the sandbox from now on, whether an exercise asks for it or not.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Evaluates an exercise now, whenever it is evaluated otherwise. The verdict is the answer, and is not sent through the
    /// channel; if the exercise has time (`within`) and is not passed, later verdicts are.
    pub async fn check(&self, exercise: &str) -> Result<Update, CheckError> {
        self.ask(exercise, false, None).await
    }

    /// The same for an exercise that is begun again: what held before does not count any more.
    pub async fn restart(&self, exercise: &str) -> Result<Update, CheckError> {
        self.ask(exercise, true, None).await
    }

    /// Judges an answer to a question of an exercise, and evaluates that. The verdict is the answer, as with [`Watch::check`].
    pub async fn answer(
        &self,
        exercise: &str,
        expectation: usize,
        given: Given,
    ) -> Result<Update, CheckError> {
        self.ask(exercise, false, Some((expectation, given))).await
    }

    async fn ask(
        &self,
        exercise: &str,
        restart: bool,
        given: Option<(usize, Given)>,
    ) -> Result<Update, CheckError> {
        let (answer, received) = oneshot::channel();
        let question = Question {
            exercise: exercise.to_owned(),
            restart,
            given,
            answer,
        };
        self.questions
            .send(question)
            .await
            .map_err(|_| CheckError::Ended)?;
        received.await.map_err(|_| CheckError::Ended)?
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
