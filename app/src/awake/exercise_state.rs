//! The living part of an exercise's card: its conditions, its points, its hints, and what comes after it.

use std::rc::Rc;

use drydock_protocol::api::ExerciseProgress;
use drydock_protocol::verdict::{Outcome, OutcomeState};
use web_sys::Element;

use super::ask::Ask;
use super::{beginning, solution};
use crate::components::icon::Glyph;
use crate::live::{Place, Store};
use crate::{api, browser, text};

/// The card's parts.
struct Card {
    state: Element,
    id: String,
    points: u32,
    hints_max: u32,
    conditions: Vec<Element>,
    hints: Element,
    bar: Element,
    won: Element,
    not_yet: Element,
    after: Element,
    /// A quiz has none.
    check: Option<Element>,
    hint: Option<Element>,
    asks: Vec<Rc<Ask>>,
    /// The buttons that answer, one a question, in their order.
    answers: Vec<Element>,
}

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let state = browser::find(island, ".exercise__state")?;
    let number = |name: &str| state.get_attribute(name).and_then(|number| number.parse().ok());
    let card = Rc::new(Card {
        id: state.get_attribute("data-exercise")?,
        points: number("data-points")?,
        hints_max: number("data-hints")?,
        conditions: browser::find_all(&state, ".condition"),
        hints: browser::find(&state, ".hints")?,
        bar: browser::find(&state, ".exercise__bar")?,
        won: browser::find(&state, ".exercise__won")?,
        not_yet: browser::find(&state, ".exercise__not-yet")?,
        after: browser::find(&state, ".exercise__after")?,
        check: browser::find(&state, "[data-check]"),
        asks: Ask::all(&state),
        answers: browser::find_all(&state, "[data-answer]"),
        hint: browser::find(&state, "[data-hint]"),
        state,
    });
    if let Some(check) = &card.check {
        browser::on(check, "click", {
            let card = Rc::clone(&card);
            move |_| Rc::clone(&card).ask_check()
        });
    }
    for (index, ask) in card.asks.iter().enumerate() {
        browser::on(&ask.form, "submit", {
            let card = Rc::clone(&card);
            move |event| {
                event.prevent_default();
                Rc::clone(&card).answer(index);
            }
        });
    }
    if let Some(hint) = &card.hint {
        browser::on(hint, "click", {
            let card = Rc::clone(&card);
            move |_| Rc::clone(&card).ask_hint()
        });
    }
    solution::wake(&card.state);
    beginning::wake(&card.state);
    let show = move || {
        // Nothing known: the card stands as the server drew it.
        if let Some(standing) = store.progress.with(|progress| progress.get(&card.id).cloned()) {
            card.show(&standing, store.is_begun_again(&card.id));
        }
    };
    store.begun_again.after_change(show.clone());
    store.progress.watch(show);
    Some(())
}

impl Card {
    /// Shows how far the exercise is. What was won stays; begun again, its conditions speak as they did before that.
    fn show(&self, standing: &ExerciseProgress, begun_again: bool) {
        let passed = standing.passed;
        browser::attribute(&self.state, "data-passed", passed.then_some(""));
        let at_present = ExerciseProgress {
            passed: passed && !begun_again,
            ..standing.clone()
        };
        for (index, condition) in self.conditions.iter().enumerate() {
            show_condition(condition, &at_present, index);
        }
        self.show_hints(standing);
        browser::attribute(&self.bar, "value", Some(&standing.points.to_string()));
        browser::text(
            &self.won,
            &format!("{} of {}", standing.points, text::count(self.points, "point")),
        );
        if let Some(check) = &self.check {
            browser::show(check, !at_present.passed);
        }
        for (ask, button) in self.asks.iter().zip(&self.answers) {
            let outcome = outcome(standing, ask.expectation as usize);
            ask.show(outcome, passed);
            browser::show(
                button,
                !passed && !outcome.is_some_and(|outcome| outcome.state.counts()),
            );
        }
        if let Some(done) = browser::find(&self.after, ".exercise__done span") {
            let words = match (standing.given_up, self.answers.is_empty()) {
                (true, _) => "Passed, after its solution was shown.",
                (false, true) => "Passed.",
                (false, false) => "Right.",
            };
            browser::text(&done, words);
        }
        browser::show(&self.after, passed);
    }

    fn show_hints(&self, standing: &ExerciseProgress) {
        let shown = self.hints.child_element_count() as usize;
        for hint in standing.hints.iter().skip(shown) {
            let line = browser::append(&self.hints, "p", "hints__hint");
            browser::append_icon(&line, Glyph::Lamp);
            browser::sentence(&browser::append(&line, "span", ""), hint);
        }
        let Some(button) = &self.hint else { return };
        let next = u32::try_from(standing.hints.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        let over = standing.passed || next > self.hints_max;
        browser::show(button, !over);
        if standing.passed {
            browser::text(&self.not_yet, "");
        }
        if !over {
            label(button, &format!("Hint ({next} of {})", self.hints_max));
        }
    }

    fn ask_check(self: Rc<Self>) {
        let (store, Some(place)) = (Store::of_page(), Place::of_page()) else {
            return;
        };
        let Some(check) = self.check.clone() else { return };
        let name = browser::find(&check, "span")
            .and_then(|name| name.text_content())
            .unwrap_or_default();
        busy(&check, true);
        label(&check, "Checking");
        browser::spawn(async move {
            match api::check(&place, &self.id).await {
                Ok(verdict) => store.checked(verdict),
                Err(problem) => store.messages.complain(&problem),
            }
            label(&check, &name);
            busy(&check, false);
        });
    }

    fn answer(self: Rc<Self>, index: usize) {
        let (store, Some(place)) = (Store::of_page(), Place::of_page()) else {
            return;
        };
        let (Some(ask), Some(button)) = (self.asks.get(index).cloned(), self.answers.get(index).cloned())
        else {
            return;
        };
        // Enter sends a form whose button is hidden, too.
        if button.has_attribute("hidden") || button.has_attribute("disabled") {
            return;
        }
        busy(&button, true);
        browser::spawn(async move {
            match api::answer(&place, &self.id, ask.expectation, &ask.given()).await {
                Ok(verdict) => {
                    browser::text(&self.not_yet, "");
                    ask.answered();
                    store.checked(verdict);
                }
                // It cannot be judged: that is said beside the button, and is no wrong answer.
                Err(problem) if problem.status == 409 => browser::sentence(&self.not_yet, &problem.detail),
                Err(problem) => store.messages.complain(&problem),
            }
            busy(&button, false);
        });
    }

    fn ask_hint(self: Rc<Self>) {
        let (store, Some(place)) = (Store::of_page(), Place::of_page()) else {
            return;
        };
        let Some(button) = self.hint.clone() else { return };
        busy(&button, true);
        browser::spawn(async move {
            match api::hint(&place, &self.id).await {
                Ok(hint) => {
                    browser::text(&self.not_yet, "");
                    store.standing_is(self.id.clone(), hint.progress);
                }
                // Not due: that is said beside the button, and is no failure.
                Err(problem) if problem.status == 409 => browser::sentence(&self.not_yet, &problem.detail),
                Err(problem) => store.messages.complain(&problem),
            }
            busy(&button, false);
        });
    }
}

fn busy(button: &Element, busy: bool) {
    browser::attribute(button, "disabled", busy.then_some(""));
}

fn label(button: &Element, words: &str) {
    if let Some(name) = browser::find(button, "span") {
        browser::text(&name, words);
    }
}

/// The outcome of one condition, if it was evaluated.
fn outcome(standing: &ExerciseProgress, index: usize) -> Option<&Outcome> {
    standing.verdict.as_ref()?.outcomes.get(index)
}

/// The state of one condition. An exercise that was passed stays so: what held then and no longer does was met, and
/// what nothing newer is known of is.
fn state_of(standing: &ExerciseProgress, index: usize) -> OutcomeState {
    match outcome(standing, index).map(|outcome| outcome.state) {
        Some(OutcomeState::Unmet) if standing.passed => OutcomeState::WasMet,
        Some(state) => state,
        None if standing.passed => OutcomeState::Met,
        None => OutcomeState::Unmet,
    }
}

/// Whether this condition's message is the one that the learner needs now: only the first unmet one's is, and none once
/// the exercise was passed.
fn is_first_unmet(standing: &ExerciseProgress, index: usize) -> bool {
    !standing.passed
        && standing.verdict.as_ref().is_some_and(|verdict| {
            verdict
                .outcomes
                .iter()
                .position(|outcome| !outcome.state.counts())
                == Some(index)
        })
}

/// One condition: its state as an icon and in words, its label, and what is not right yet.
fn show_condition(condition: &Element, standing: &ExerciseProgress, index: usize) -> Option<()> {
    let (name, glyph, words) = match state_of(standing, index) {
        OutcomeState::Unmet => ("unmet", Glyph::Ring, "Not yet: "),
        OutcomeState::Met => ("met", Glyph::Tick, "Met: "),
        OutcomeState::WasMet => ("was-met", Glyph::Half, "Was met: "),
    };
    browser::attribute(condition, "data-state", Some(name));
    browser::glyph(condition, glyph);
    browser::text(&browser::find(condition, ".unseen")?, words);
    let outcome = outcome(standing, index);
    // A verdict may know the label better: with this learner's own values in it.
    if let Some(outcome) = outcome {
        browser::sentence(&browser::find(condition, "[data-label]")?, &outcome.label);
    }
    let said = browser::find(condition, ".condition__said")?;
    said.set_text_content(None);
    if is_first_unmet(standing, index)
        && let Some(outcome) = outcome
        // What is said of an answer stands below its question.
        && outcome.answered.is_none()
        && (outcome.message.is_some() || outcome.expected.is_some() || outcome.actual.is_some())
    {
        show_message(&said, outcome);
    }
    Some(())
}

/// Why a condition does not hold: the message, and expected over actual.
fn show_message(said: &Element, outcome: &Outcome) {
    let message = browser::append(said, "div", "condition__message");
    if let Some(words) = &outcome.message {
        browser::sentence(&browser::append(&message, "p", ""), words);
    }
    let (expected, actual) = (outcome.expected.as_deref(), outcome.actual.as_deref());
    if expected.is_none() && actual.is_none() {
        return;
    }
    let compared = browser::append(&message, "dl", "compared");
    let cut = text::difference(expected.unwrap_or_default(), actual.unwrap_or_default());
    let alike = expected.is_some() && actual.is_some() && cut.is_telling();
    if expected.is_some() {
        let parts = [&*cut.before, &cut.expected, &cut.after];
        show_value(&compared, "Expected", "compared__row", parts, alike);
    }
    if actual.is_some() {
        let parts = [&*cut.before, &cut.actual, &cut.after];
        show_value(
            &compared,
            "Found",
            "compared__row compared__row--actual",
            parts,
            alike,
        );
    }
}

/// One value in three parts, the middle one marked as what differs.
fn show_value(compared: &Element, name: &str, class: &str, parts: [&str; 3], marked: bool) {
    let row = browser::append(compared, "div", class);
    browser::text(&browser::append(&row, "dt", ""), name);
    let value = browser::append(&row, "dd", "");
    let [before, middle, after] = parts;
    browser::append_text(&value, before);
    if marked && !middle.is_empty() {
        browser::text(&browser::append(&value, "mark", ""), middle);
    } else {
        browser::append_text(&value, middle);
    }
    browser::append_text(&value, after);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn only_the_first_unmet_condition_speaks() {
        let standing = sample::standing();
        assert_eq!(state_of(&standing, 0), OutcomeState::Met);
        assert!(!is_first_unmet(&standing, 0));
        assert!(is_first_unmet(&standing, 1));
        assert!(!is_first_unmet(&standing, 2));
    }

    #[test]
    fn what_was_passed_complains_of_nothing_any_more() {
        let standing = ExerciseProgress {
            passed: true,
            ..sample::standing()
        };
        assert_eq!(state_of(&standing, 1), OutcomeState::WasMet);
        assert!((0..3).all(|index| !is_first_unmet(&standing, index)));
    }

    #[test]
    fn what_was_passed_stays_met_without_a_verdict() {
        let standing = ExerciseProgress {
            passed: true,
            ..ExerciseProgress::default()
        };
        assert_eq!(state_of(&standing, 0), OutcomeState::Met);
        assert_eq!(state_of(&ExerciseProgress::default(), 0), OutcomeState::Unmet);
    }
}
