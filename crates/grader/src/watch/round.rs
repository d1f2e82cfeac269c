//! The exercises that are watched: when each is due, and one round of evaluation.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use drydock_lesson::expect::{Expectation, Matcher};
use drydock_protocol::page::Check;
use drydock_protocol::verdict::{Given, Verdict};
use futures::FutureExt;
use futures::future::join_all;

use super::touch::Change;
use super::{CheckError, DEBOUNCE, Update};
use crate::answer;
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
    /// Whether an event since then was the learner's doing, and not a stream that was opened.
    by_learner: bool,
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
            by_learner: false,
            again: None,
        }
    }

    /// Something changed at a moment: if it can matter here, this is looked at soon.
    pub(super) fn change(&mut self, change: &Change, at: Instant) {
        if self.exercise.check == Check::Live && change.touches(&self.exercise) {
            self.touched.get_or_insert(at);
            self.by_learner |= *change != Change::Everything;
        }
    }

    /// The learner asks for a verdict, or answers a question: whatever it is, they have begun.
    pub(super) async fn ask(
        &mut self,
        given: Option<(usize, Given)>,
        facts: &impl Facts,
    ) -> Result<Update, CheckError> {
        if let Some((expectation, given)) = given {
            let judged = answer::judge(&self.exercise, expectation, &given, facts).await?;
            self.memory.answer(&self.exercise, judged);
        }
        self.memory.begun_at.get_or_insert_with(unix_now);
        // Whoever asks counts what fails.
        self.by_learner = false;
        Ok(self.evaluate(facts).await.0)
    }

    /// It is begun again: what held and what was said of it is forgotten.
    pub(super) fn restart(&mut self) {
        self.memory.restart();
        self.sent = None;
        self.again = None;
    }

    fn passed(&self) -> bool {
        self.sent.as_ref().is_some_and(|sent| sent.passed)
    }

    /// Notes what a verdict that something of the learner's led to says about their tries.
    fn note_try(&mut self, verdict: &Verdict) {
        let Some(before) = self.sent.as_ref().filter(|before| moved(before, verdict)) else {
            return;
        };
        self.memory.begun_at.get_or_insert(verdict.at);
        if !verdict.passed && verdict.points <= before.points {
            self.memory.tries = self.memory.tries.saturating_add(1);
        }
    }

    /// When it wants to be looked at.
    pub(super) fn due(&self) -> Option<Instant> {
        let touched = self.touched.map(|touched| touched + DEBOUNCE);
        let again = self.again.map(|again| again.next);
        [touched, again].into_iter().flatten().min()
    }

    /// Evaluates it. The update is there if the verdict is another one than the last.
    async fn evaluate(&mut self, facts: &impl Facts) -> (Update, bool) {
        let event = self.touched.take();
        let by_learner = std::mem::take(&mut self.by_learner);
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
        if by_learner {
            self.note_try(&verdict);
        }
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
    let mut updates: Vec<Update> = evaluated
        .into_iter()
        .filter_map(|(update, changed)| changed.then_some(update))
        .collect();
    begin(watched, &mut updates);
    updates
}

/// Begins the exercises that the learner has got to: the first live one that is not passed, and those before it. Their memories
/// go out with the updates.
fn begin(watched: &mut [Watched], updates: &mut Vec<Update>) {
    for one in watched.iter_mut().filter(|one| !one.passed()) {
        if one.memory.begun_at.is_none() {
            one.memory.begun_at = Some(unix_now());
            let known = updates
                .iter_mut()
                .find(|update| update.verdict.exercise == one.exercise.id);
            match (known, &one.sent) {
                (Some(update), _) => update.memory = one.memory.clone(),
                (None, Some(sent)) => updates.push(Update {
                    verdict: sent.clone(),
                    memory: one.memory.clone(),
                    latency: None,
                }),
                // One that waits to be checked: what is remembered of it goes out with its first verdict.
                (None, None) => {}
            }
        }
        if one.exercise.check == Check::Live {
            return;
        }
    }
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

/// Whether something was found that was not found before. Another message alone may come from what was done for another
/// exercise: it names what there is.
fn moved(a: &Verdict, b: &Verdict) -> bool {
    let found = |verdict: &Verdict| -> Vec<_> {
        let outcomes = verdict.outcomes.iter();
        outcomes
            .map(|outcome| (outcome.state, outcome.field.clone(), outcome.actual.clone()))
            .collect()
    };
    found(a) != found(b)
}

fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use drydock_protocol::page::Check;
    use futures::executor::block_on;

    use super::{Change, Watched, evaluate_due};
    use crate::evaluate::Exercise;
    use crate::facts::PathFact;
    use crate::facts::book::{Book, image};
    use crate::memory::Memory;

    fn exercise(id: &str, check: Check, expect: &str) -> Watched {
        let exercise = Exercise {
            id: id.into(),
            points: 2,
            check,
            expect: serde_saphyr::from_str(expect).unwrap(),
        };
        Watched::new(exercise, Memory::default())
    }

    /// One round after something changed; the exercises that are told of.
    fn round(watched: &mut [Watched], change: &Change, book: &Book) -> Vec<String> {
        let now = Instant::now();
        for one in watched.iter_mut() {
            one.change(change, now);
        }
        let later = now + Duration::from_secs(60);
        let updates = block_on(evaluate_due(watched, later, book));
        for update in &updates {
            let one = watched
                .iter()
                .find(|one| one.exercise.id == update.verdict.exercise);
            assert_eq!(
                one.map(|one| &one.memory),
                Some(&update.memory),
                "what is sent is what is known"
            );
        }
        updates
            .into_iter()
            .map(|update| update.verdict.exercise)
            .collect()
    }

    #[test]
    fn an_exercise_that_is_begun_again_forgets_what_held() {
        let mut one = exercise("one", Check::Live, "[image: 'a:1', absent: {image: 'b:1'}]");
        let mut book = Book::default();
        book.images.push(image("a", 1, 1, &["a:1", "b:1"]));
        assert_eq!(block_on(one.ask(None, &book)).unwrap().verdict.points, 1);
        book.images.clear();
        assert!(
            block_on(one.ask(None, &book)).unwrap().verdict.passed,
            "the one was met, the other seen"
        );
        one.memory.tries = 3;
        one.restart();
        let update = block_on(one.ask(None, &book)).unwrap();
        assert_eq!(update.verdict.points, 0);
        assert_eq!(update.memory.tries, 3, "hints go on counting");
    }

    #[test]
    fn what_a_change_cannot_touch_is_not_evaluated() {
        let mut watched = [
            exercise("file", Check::Live, "[file: notes]"),
            exercise("image", Check::Live, "[image: 'a:1']"),
        ];
        let mut book = Book::default();
        round(&mut watched, &Change::Everything, &book);
        book.images.push(image("a", 1, 1, &["a:1"]));
        let notes = (PathFact::Folder, 0o755);
        book.files.insert("notes".into(), notes);
        assert_eq!(round(&mut watched, &Change::Images, &book), ["image"]);
        let saved = Change::Files(vec!["notes".into()]);
        assert_eq!(
            round(&mut watched, &saved, &book),
            ["file"],
            "it says something else now"
        );
    }

    #[test]
    fn an_exercise_begins_when_the_learner_gets_to_it() {
        let mut watched = [
            exercise("one", Check::Live, "[image: 'a:1']"),
            exercise("asked", Check::Click, "[image: 'b:1']"),
            exercise("two", Check::Live, "[image: 'c:1']"),
            exercise("three", Check::Live, "[{image: 'd:1'}, {image: 'd:2'}]"),
            exercise("four", Check::Live, "[image: 'e:1']"),
        ];
        let begun = |watched: &[Watched]| -> Vec<String> {
            let begun = watched.iter().filter(|one| one.memory.begun_at.is_some());
            begun.map(|one| one.exercise.id.clone()).collect()
        };
        let mut book = Book::default();
        round(&mut watched, &Change::Everything, &book);
        assert_eq!(
            begun(&watched),
            ["one"],
            "a page that is opened begins the first, and no more"
        );
        book.images.push(image("a", 1, 1, &["a:1"]));
        round(&mut watched, &Change::Images, &book);
        assert_eq!(begun(&watched), ["one", "asked", "two"]);
        book.images.push(image("d", 1, 1, &["d:1"]));
        round(&mut watched, &Change::Images, &book);
        assert_eq!(
            begun(&watched),
            ["one", "asked", "two", "three"],
            "who works on it has begun"
        );
        block_on(watched[4].ask(None, &book)).unwrap();
        assert_eq!(begun(&watched).len(), 5, "and who asks");
    }

    #[test]
    fn a_try_that_fails_is_one_that_changed_something_and_won_nothing() {
        let mut watched = [exercise(
            "one",
            Check::Live,
            "[{image: 'a:1', same_as: 'b:1'}, {image: 'c:1'}]",
        )];
        let tries = |watched: &[Watched]| watched[0].memory.tries;
        let mut book = Book::default();
        round(&mut watched, &Change::Everything, &book);
        round(&mut watched, &Change::Images, &book);
        assert_eq!(tries(&watched), 0, "nothing changed");
        book.images.push(image("b", 1, 1, &["b:1"]));
        book.images.push(image("x", 1, 1, &["a:1"]));
        round(&mut watched, &Change::Images, &book);
        assert_eq!(tries(&watched), 1, "the wrong image");
        round(&mut watched, &Change::Images, &book);
        assert_eq!(tries(&watched), 1, "it is still the same");
        book.images.push(image("c", 1, 1, &["c:1"]));
        round(&mut watched, &Change::Images, &book);
        assert_eq!(tries(&watched), 1, "a part of it is right");
        book.images
            .retain(|image| image.references[0].to_string() != "a:1");
        round(&mut watched, &Change::Everything, &book);
        assert_eq!(tries(&watched), 1, "nobody did that");
        book.images[0] = image("b", 1, 1, &["b:1", "a:1"]);
        round(&mut watched, &Change::Images, &book);
        assert_eq!(tries(&watched), 1, "it is passed");
    }
}
