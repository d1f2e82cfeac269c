//! The living part of an exercise's card: its conditions, its points, its hints, and what comes after it.

use drydock_protocol::api::ExerciseProgress;
use drydock_protocol::page::Check;
use drydock_protocol::verdict::{Outcome, OutcomeState};
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use crate::components::inline::Inline;
use crate::components::steps::Onward;
use crate::live::{Place, Store};
use crate::{api, browser, text};

/// An exercise's conditions, points and hints.
#[island]
pub fn ExerciseState(
    /// The exercise's id.
    id: String,
    /// What it is worth.
    points: u32,
    /// One label a condition.
    labels: Vec<String>,
    /// How many hints there are.
    hints: u32,
    /// When it is evaluated.
    check: Check,
    /// What comes after it.
    onward: Option<Onward>,
) -> impl IntoView {
    let store = Store::of_page();
    let id = StoredValue::new(id);
    let standing: Memo<ExerciseProgress> = Memo::new(move |_| {
        store.progress.with(|progress| id.with_value(|id| progress.get(id).cloned()).unwrap_or_default())
    });
    let passed = move || standing.with(|standing| standing.passed);
    let conditions = labels
        .into_iter()
        .enumerate()
        .map(|(index, label)| view! { <Condition index label standing /> })
        .collect_view();
    let won = move || standing.with(|standing| standing.points);

    view! {
        <div class="exercise__state" data-passed=move || passed().then_some("")>
            <ol class="conditions" aria-label="Conditions">{conditions}</ol>
            <Hints standing />
            <div class="exercise__foot">
                <progress class="exercise__bar" max=points.to_string() value=move || won().to_string() aria-hidden="true">
                </progress>
                <div class="exercise__buttons">
                    <CheckButton id check standing />
                    <HintButton id hints standing />
                    <p class="exercise__won">{move || format!("{} of {}", won(), text::count(points, "point"))}</p>
                </div>
            </div>
            <div class="exercise__after" role="status">
                {move || passed().then(|| view! { <After onward=onward.clone() /> })}
            </div>
        </div>
    }
}

/// What stands below the conditions once they were all met.
#[component]
fn After(onward: Option<Onward>) -> impl IntoView {
    view! {
        <p class="exercise__done"><Icon glyph=Glyph::Tick />"Passed."</p>
        {onward.map(|onward| view! {
            <a class="exercise__onward" href=onward.href>"Next: "{onward.label}<Icon glyph=Glyph::Right /></a>
        })}
    }
}

/// The outcome of one condition, if it was evaluated.
fn outcome(standing: &ExerciseProgress, index: usize) -> Option<&Outcome> {
    standing.verdict.as_ref()?.outcomes.get(index)
}

/// The state of one condition. One that was passed once stays met when nothing newer is known.
fn state_of(standing: &ExerciseProgress, index: usize) -> OutcomeState {
    match outcome(standing, index) {
        Some(outcome) => outcome.state,
        None if standing.passed => OutcomeState::WasMet,
        None => OutcomeState::Unmet,
    }
}

/// Whether this condition's message is the one that the learner needs now: only the first unmet one's is.
fn is_first_unmet(standing: &ExerciseProgress, index: usize) -> bool {
    standing.verdict.as_ref().is_some_and(|verdict| {
        verdict.outcomes.iter().position(|outcome| !outcome.state.counts()) == Some(index)
    })
}

/// One condition: its state as an icon and in words, its label, and what is not right yet.
#[component]
fn Condition(index: usize, label: String, standing: Memo<ExerciseProgress>) -> impl IntoView {
    let state = Memo::new(move |_| standing.with(|standing| state_of(standing, index)));
    let glyph = Signal::derive(move || match state.get() {
        OutcomeState::Unmet => Glyph::Ring,
        OutcomeState::Met => Glyph::Tick,
        OutcomeState::WasMet => Glyph::Half,
    });
    let words = move || match state.get() {
        OutcomeState::Unmet => "Not yet: ",
        OutcomeState::Met => "Met: ",
        OutcomeState::WasMet => "Was met: ",
    };
    let name = move || match state.get() {
        OutcomeState::Unmet => "unmet",
        OutcomeState::Met => "met",
        OutcomeState::WasMet => "was-met",
    };
    // A verdict may know the label better: with this learner's own values in it.
    let label = Memo::new(move |_| {
        standing.with(|standing| outcome(standing, index).map(|outcome| outcome.label.clone())).unwrap_or(label.clone())
    });
    let said = Memo::new(move |_| {
        standing.with(|standing| {
            is_first_unmet(standing, index).then(|| outcome(standing, index).cloned()).flatten()
        })
    });
    view! {
        <li class="condition" data-state=name>
            <Icon glyph />
            <div class="condition__text">
                <p class="condition__label">
                    <span class="unseen">{words}</span>
                    {move || view! { <Inline text=label.get() /> }}
                </p>
                {move || said.get().map(|outcome| view! { <Message outcome /> })}
            </div>
        </li>
    }
}

/// Why a condition does not hold: the message, and expected over actual.
#[component]
fn Message(outcome: Outcome) -> impl IntoView {
    let Outcome { message, expected, actual, .. } = outcome;
    let compared = expected.map(|expected| view! { <Compared expected actual /> });
    view! {
        <div class="condition__message">
            {message.map(|message| view! { <p><Inline text=message /></p> })}
            {compared}
        </div>
    }
}

/// Expected over actual, with the part that differs underlined.
#[component]
fn Compared(expected: String, actual: Option<String>) -> impl IntoView {
    let Some(actual) = actual else {
        return view! {
            <dl class="compared">
                <div class="compared__row"><dt>"Expected"</dt><dd>{expected}</dd></div>
            </dl>
        }
        .into_any();
    };
    let cut = text::difference(&expected, &actual);
    // Where nothing is common, everything would be underlined: say it plainly instead.
    let alike = !cut.before.is_empty() || !cut.after.is_empty();
    let marked = move |part: String| {
        if alike && !part.is_empty() { view! { <mark>{part}</mark> }.into_any() } else { part.into_any() }
    };
    view! {
        <dl class="compared">
            <div class="compared__row">
                <dt>"Expected"</dt>
                <dd>{cut.before.clone()}{marked(cut.expected)}{cut.after.clone()}</dd>
            </div>
            <div class="compared__row compared__row--actual">
                <dt>"Found"</dt>
                <dd>{cut.before}{marked(cut.actual)}{cut.after}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// The hints shown so far.
#[component]
fn Hints(standing: Memo<ExerciseProgress>) -> impl IntoView {
    let hints = Memo::new(move |_| standing.with(|standing| standing.hints.clone()));
    view! {
        <div class="hints" aria-live="polite">
            {move || hints.get().into_iter().map(|hint| view! {
                <p class="hints__hint"><Icon glyph=Glyph::Lamp /><span><Inline text=hint /></span></p>
            }).collect_view()}
        </div>
    }
}

/// Evaluates the exercise on request.
#[component]
fn CheckButton(id: StoredValue<String>, check: Check, standing: Memo<ExerciseProgress>) -> impl IntoView {
    let store = Store::of_page();
    let busy = RwSignal::new(false);
    let ask = move |_| {
        let Some(place) = Place::of_page() else { return };
        busy.set(true);
        browser::spawn(async move {
            match api::check(&place, &id.get_value()).await {
                Ok(verdict) => store.checked(verdict),
                Err(problem) => store.complain(&problem),
            }
            busy.set(false);
        });
    };
    let name = match check {
        Check::Live | Check::Click => "Check now",
        Check::Submit => "Submit",
    };
    view! {
        <button
            class="button button--small"
            class:button--main=check != Check::Live
            disabled=move || busy.get()
            hidden=move || standing.with(|standing| standing.passed)
            on:click=ask
        >
            <Icon glyph=Glyph::Again />
            {move || if busy.get() { "Checking" } else { name }}
        </button>
    }
}

/// Asks for the next hint.
#[component]
fn HintButton(id: StoredValue<String>, hints: u32, standing: Memo<ExerciseProgress>) -> impl IntoView {
    let store = Store::of_page();
    let busy = RwSignal::new(false);
    // Why no hint can be had yet, said beside the button.
    let not_yet = RwSignal::new(None::<String>);
    let shown = move || standing.with(|standing| u32::try_from(standing.hints.len()).unwrap_or(u32::MAX));
    let ask = move |_| {
        let Some(place) = Place::of_page() else { return };
        busy.set(true);
        browser::spawn(async move {
            match api::hint(&place, &id.get_value()).await {
                Ok(hint) => {
                    not_yet.set(None);
                    store.standing_is(id.get_value(), hint.progress);
                }
                Err(problem) if problem.status == 409 => not_yet.set(Some(problem.detail)),
                Err(problem) => store.complain(&problem),
            }
            busy.set(false);
        });
    };
    let over = move || shown() >= hints || standing.with(|standing| standing.passed);
    view! {
        <button class="button button--small" disabled=move || busy.get() hidden=over on:click=ask>
            <Icon glyph=Glyph::Lamp />
            {move || format!("Hint ({} of {hints})", (shown() + 1).min(hints))}
        </button>
        <p class="exercise__not-yet" role="status">
            {move || not_yet.get().filter(|_| !over()).map(|text| view! { <Inline text /> })}
        </p>
    }
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
    fn what_was_passed_stays_met_without_a_verdict() {
        let standing = ExerciseProgress { passed: true, ..ExerciseProgress::default() };
        assert_eq!(state_of(&standing, 0), OutcomeState::WasMet);
        assert_eq!(state_of(&ExerciseProgress::default(), 0), OutcomeState::Unmet);
    }
}
