//! The exercises that are watched: when each is due, and one round of evaluation.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use drydock_lesson::expect::{Expectation, Matcher};
use drydock_protocol::page::Check;
use drydock_protocol::verdict::Verdict;
use futures::FutureExt;
use futures::future::join_all;

use super::touch::Change;
use super::{DEBOUNCE, Update};
use crate::evaluate::{Exercise, evaluate_all};
use crate::facts::Facts;
use crate::memory::Memory;

/// What a container writes makes no event, nor does it when it begins to listen. Where that is asked for and the author gives no
/// time, this much is allowed.
const QUIET_WITHIN: Duration = Duration::from_secs(5);
/// How long it is tried again where facts could not be read.
const UNREADABLE_WITHIN: Duration = Duration::from_secs(10);
/// The first and the longest distance between looks at an exercise that has time.
const AGAIN_MIN: Duration = Duration::from_millis(100);
const AGAIN_MAX: Duration = Duration::from_secs(1);

/// An exercise that is watched.
pub(super) struct Watched {
    pub(super) exercise: Exercise,
    pub(super) memory: Memory,
    /// What was last sent.
    sent: Option<Verdict>,
    /// The first event since the last evaluation that could have changed something.
    touched: Option<Instant>,
    again: Option<Again>,
}

/// Looks at an exercise that has time.
#[derive(Clone, Copy)]
struct Again {
    next: Instant,
    step: Duration,
    /// The event that gave it time.
    since: Instant,
}

impl Watched {
    pub(super) fn new(exercise: Exercise, memory: Memory) -> Self {
        Self {
            exercise,
            memory,
            sent: None,
            touched: None,
            again: None,
        }
    }

    /// Something changed at a moment: if it can matter here, this is looked at soon.
    pub(super) fn change(&mut self, change: &Change, at: Instant) {
        if self.exercise.check == Check::Live && change.touches(&self.exercise) {
            self.touched.get_or_insert(at);
        }
    }

    /// When it wants to be looked at.
    pub(super) fn due(&self) -> Option<Instant> {
        let touched = self.touched.map(|touched| touched + DEBOUNCE);
        let again = self.again.map(|again| again.next);
        [touched, again].into_iter().flatten().min()
    }

    /// Evaluates it. The update is there if the verdict is another one than the last.
    pub(super) async fn evaluate(&mut self, facts: &impl Facts) -> (Update, bool) {
        let event = self.touched.take();
        let since = event
            .or(self.again.map(|again| again.since))
            .unwrap_or_else(Instant::now);
        let evaluation = evaluate_all(&self.exercise, facts, &mut self.memory, unix_now()).await;
        let verdict = evaluation.verdict;
        let now = Instant::now();
        let time = if verdict.passed || self.exercise.check == Check::Submit {
            Duration::ZERO
        } else {
            let unreadable = if evaluation.again {
                UNREADABLE_WITHIN
            } else {
                Duration::ZERO
            };
            let unmet = self
                .exercise
                .expect
                .iter()
                .zip(&verdict.outcomes)
                .filter(|(_, outcome)| !outcome.state.counts());
            unmet
                .map(|(expectation, _)| within(expectation))
                .max()
                .unwrap_or_default()
                .max(unreadable)
        };
        self.again = (now < since + time).then(|| {
            let step = match (event, self.again) {
                (None, Some(again)) => (again.step * 2).min(AGAIN_MAX),
                _ => AGAIN_MIN,
            };
            Again {
                next: (now + step).min(since + time),
                step,
                since,
            }
        });
        let changed = self.sent.as_ref().is_none_or(|sent| differs(sent, &verdict));
        self.sent = Some(verdict.clone());
        let update = Update {
            verdict,
            memory: self.memory.clone(),
            latency: event.map(|event| event.elapsed()),
        };
        (update, changed)
    }
}

/// Evaluates those that are due, together, from the same facts. What changed comes back.
pub(super) async fn evaluate_due(watched: &mut [Watched], now: Instant, facts: &impl Facts) -> Vec<Update> {
    let due = watched
        .iter_mut()
        .filter(|one| one.due().is_some_and(|due| due <= now));
    let evaluated = join_all(due.map(|one| one.evaluate(facts).boxed())).await;
    evaluated
        .into_iter()
        .filter_map(|(update, changed)| changed.then_some(update))
        .collect()
}

/// The time that an expectation has.
fn within(expectation: &Expectation) -> Duration {
    let is_quiet = match &expectation.matcher {
        Matcher::Container(container) => container.logs.is_some(),
        Matcher::Http(_) => true,
        _ => false,
    };
    let default = if is_quiet { QUIET_WITHIN } else { Duration::ZERO };
    expectation.within.unwrap_or(default)
}

/// Whether two verdicts say something different; when they were made does not matter.
fn differs(a: &Verdict, b: &Verdict) -> bool {
    a.passed != b.passed || a.points != b.points || a.outcomes != b.outcomes
}

fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
