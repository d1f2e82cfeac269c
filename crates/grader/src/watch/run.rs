//! The loop: everything that happens comes in at one place, and goes out as verdicts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::sleep_until;
use tracing::debug;

use super::round::{Watched, evaluate_due};
use super::streams::{self, Signal};
use super::touch::{Change, witnesses};
use super::{CheckError, Question, Update};
use crate::agent::Sandbox;
use crate::evaluate::Exercise;
use crate::facts::{Journal, Live, Pushes};
use crate::memory::{Memories, keys};

/// How many events may wait. A sandbox that makes more is slowed down by that, and nobody else.
const SIGNALS_MAX: usize = 256;
/// After a round there is a rest of so many times its length, so that a sandbox that makes events without end costs a
/// third of what it could.
const REST: u32 = 2;
/// The longest rest.
const REST_MAX: Duration = Duration::from_secs(2);

/// What the loop waits for.
enum Event {
    Happened(Instant, Signal),
    Asked(Question),
    Due,
    Over,
}

/// The loop's ends of what leads in and out.
pub(super) struct Ends {
    pub(super) questions: mpsc::Receiver<Question>,
    pub(super) updates: mpsc::Sender<Update>,
    pub(super) changes: broadcast::Sender<Change>,
}

pub(super) async fn run<S: Sandbox>(
    sandbox: Arc<S>,
    exercises: Vec<Exercise>,
    mut memories: Memories,
    pushes: Option<Arc<dyn Pushes>>,
    ends: Ends,
) {
    let Ends {
        mut questions,
        updates,
        changes,
    } = ends;
    let mut watched: Vec<Watched> = exercises
        .into_iter()
        .map(|exercise| {
            let memory = memories.remove(&exercise.id).unwrap_or_default();
            Watched::new(exercise, memory)
        })
        .collect();
    let started = Instant::now();
    for one in &mut watched {
        one.change(&Change::Everything, started);
    }

    let (signals, mut happened) = mpsc::channel(SIGNALS_MAX);
    let back = Arc::new(Notify::new());
    // Ends the two tasks when this one ends, however it does.
    let mut tasks = JoinSet::new();
    tasks.spawn(streams::engine(
        Arc::clone(&sandbox),
        signals.clone(),
        Arc::clone(&back),
    ));
    tasks.spawn(streams::agent(Arc::clone(&sandbox), signals));
    let journal = Journal::default();
    let mut not_before = started;

    loop {
        let due = watched
            .iter()
            .filter_map(Watched::due)
            .min()
            .map(|due| due.max(not_before));
        let event = tokio::select! {
            biased;
            question = questions.recv() => question.map_or(Event::Over, Event::Asked),
            () = updates.closed() => Event::Over,
            () = sleep_until(due.unwrap_or(started).into()), if due.is_some() => Event::Due,
            signal = happened.recv() => signal.map_or(Event::Over, |(at, signal)| Event::Happened(at, signal)),
        };
        match event {
            Event::Happened(at, signal) => {
                if let Some(change) = happen(&mut watched, at, &signal, &back) {
                    // Nobody need listen.
                    let _ = changes.send(change);
                }
            }
            Event::Asked(question) => {
                let facts = Live::new(&*sandbox, &journal, pushes.as_deref());
                let answer = match watched
                    .iter_mut()
                    .find(|one| one.exercise.id == question.exercise)
                {
                    Some(one) => {
                        if question.restart {
                            one.restart();
                        }
                        one.ask(question.given, &facts).await
                    }
                    None => Err(CheckError::NoExercise(question.exercise)),
                };
                // Whoever asked may have gone.
                let _ = question.answer.send(answer);
            }
            Event::Due => {
                let begun = Instant::now();
                let facts = Live::new(&*sandbox, &journal, pushes.as_deref());
                for update in evaluate_due(&mut watched, begun, &facts).await {
                    debug!(
                        exercise = %update.verdict.exercise,
                        passed = update.verdict.passed,
                        latency_ms = update.latency.map(|latency| latency.as_millis()),
                        "verdict.changed"
                    );
                    if updates.send(update).await.is_err() {
                        return;
                    }
                }
                not_before = Instant::now() + (begun.elapsed() * REST).min(REST_MAX);
            }
            Event::Over => return,
        }
    }
}

/// Makes dirty what an event can touch. What it changes, if that is anything.
fn happen(watched: &mut [Watched], at: Instant, signal: &Signal, back: &Notify) -> Option<Change> {
    let change = match signal {
        Signal::Opened => Some(Change::Everything),
        Signal::Engine(event) => {
            for one in watched.iter_mut() {
                for (expectation, key) in one.exercise.expect.iter().zip(keys(&one.exercise.expect)) {
                    if witnesses(event, expectation) {
                        one.memory.of(&key).seen = true;
                    }
                }
            }
            Change::by_engine(event)
        }
        Signal::Agent(event) => {
            let change = Change::by_agent(event);
            if change == Some(Change::Everything) {
                back.notify_one();
            }
            change
        }
    };
    if let Some(change) = &change {
        for one in watched {
            one.change(change, at);
        }
    }
    change
}
