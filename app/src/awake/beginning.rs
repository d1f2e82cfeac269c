//! Beginning an exercise again, and skipping to one: the menu of its card, and how skipping goes on.

use drydock_protocol::api::{Replay, ReplayStep};
use drydock_protocol::live::Level;
use web_sys::Element;

use super::confirm::{self, Question};
use crate::live::{Place, Store, Tone};
use crate::{api, browser, text};

/// Wakes the menu of a card, if it has one.
pub(super) fn wake(state: &Element) -> Option<()> {
    let id = state.get_attribute("data-exercise")?;
    if let Some(item) = browser::find(state, "[data-restart]") {
        let id = id.clone();
        browser::on(&item, "click", move |_| ask_restart(&id));
    }
    let skip = browser::find(state, "[data-skip]")?;
    browser::on(&skip, "click", {
        let id = id.clone();
        move |_| ask_skip(&id)
    });
    let place = browser::find(state, ".replay")?;
    let store = Store::of_page();
    store.replay.watch(move || {
        store.replay.with(|replay| {
            let under_way = replay.as_ref().is_some_and(|replay| !replay.step.is_over());
            browser::attribute(&skip, "disabled", under_way.then_some(""));
            let here = replay.as_ref().filter(|replay| is_for(replay, &id));
            browser::show(&place, here.is_some());
            if let Some(replay) = here {
                draw(&place, replay);
            }
        });
    });
    Some(())
}

fn ask_restart(id: &str) {
    let question = Question {
        title: "Begin this exercise again?",
        text: &[
            "Its setup runs once more in your sandbox, and may replace what you have made for it. The points that you have won stay."
                .to_owned(),
        ],
        keep: "Keep it",
        verb: "Begin again",
    };
    let id = id.to_owned();
    confirm::ask(&question, move || restart(id));
}

fn restart(id: String) {
    let (store, Some(place)) = (Store::of_page(), Place::of_page()) else {
        return;
    };
    let message = |level, text: &str| store.messages.say(Tone::Notice(level), text);
    message(Level::Info, "The exercise is being set up again.");
    browser::spawn(async move {
        match api::restart(&place, &id).await {
            Ok(restarted) => {
                if restarted.exit_code == 0 {
                    message(Level::Info, "The exercise is set up again.");
                } else {
                    let said = restarted
                        .output
                        .trim()
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .to_owned();
                    let words = format!(
                        "Setting the exercise up ended with status {}: {said} Reset the sandbox if it does not work as it should.",
                        restarted.exit_code
                    );
                    message(Level::Warn, &words);
                }
                store
                    .begun_again
                    .update(|again| again.insert(restarted.verdict.exercise.clone(), ()));
                store.checked(restarted.verdict);
            }
            Err(problem) => store.messages.complain(&problem),
        }
    });
}

/// How many exercises before this one have not been passed.
fn unpassed_before(store: &Store, id: &str) -> u32 {
    let Some(document) = browser::document().and_then(|document| document.document_element()) else {
        return 0;
    };
    let cards = browser::find_all(&document, ".exercise__state");
    let ids = cards
        .iter()
        .filter_map(|card| card.get_attribute("data-exercise"));
    let earlier = ids.take_while(|other| other != id);
    let unpassed = earlier.filter(|other| {
        store
            .progress
            .with(|progress| progress.get(other).is_none_or(|standing| !standing.passed))
    });
    u32::try_from(unpassed.count()).unwrap_or(u32::MAX)
}

/// Asks only where something could be lost.
fn ask_skip(id: &str) {
    let store = Store::of_page();
    let mut losses = Vec::new();
    if store.sandbox.with(Option::is_some) && !store.is_idle() {
        losses.push(
            "A fresh sandbox takes the place of this one: images, containers and files in it are gone."
                .to_owned(),
        );
    }
    let unpassed = unpassed_before(store, id);
    if unpassed > 0 {
        losses.push(format!(
            "The solutions of the exercises before this one are typed into it for you. {} that you have not passed will bring no more points.",
            text::count(unpassed, "exercise")
        ));
    }
    let id = id.to_owned();
    if losses.is_empty() {
        skip(id);
        return;
    }
    let question = Question {
        title: "Skip to here?",
        text: &losses,
        keep: "Stay",
        verb: "Skip to here",
    };
    confirm::ask(&question, move || skip(id));
}

fn skip(id: String) {
    let (store, Some(place)) = (Store::of_page(), Place::of_page()) else {
        return;
    };
    browser::spawn(async move {
        match api::skip(&place, &id).await {
            // The events may already have told more.
            Ok(replay)
                if store
                    .replay
                    .with(|known| known.as_ref().is_none_or(|known| known.step.is_over())) =>
            {
                store.replay.set(Some(replay));
            }
            Ok(_) => {}
            Err(problem) => store.messages.complain(&problem),
        }
    });
}

fn is_for(replay: &Replay, id: &str) -> bool {
    replay.to == id
        && Place::of_page()
            .is_some_and(|place| place.course == replay.course && place.lesson == replay.lesson)
}

fn draw(place: &Element, replay: &Replay) {
    let (name, words) = match &replay.step {
        ReplayStep::Sandbox => ("waiting", "A fresh sandbox is being made.".to_owned()),
        ReplayStep::Exercise { id } => (
            "waiting",
            format!(
                "Doing exercise {} of {} for you: {}",
                replay.done + 1,
                replay.total,
                goal(id).unwrap_or_else(|| id.clone())
            ),
        ),
        ReplayStep::Finished => (
            "done",
            "What comes before this exercise is done in your sandbox. Go on here.".to_owned(),
        ),
        ReplayStep::Failed { reason } => ("failed", reason.clone()),
    };
    browser::attribute(place, "data-state", Some(name));
    place.set_text_content(None);
    browser::sentence(&browser::append(place, "p", "replay__words"), &words);
    if !replay.step.is_over() {
        let bar = browser::append(place, "progress", "replay__bar");
        browser::attribute(&bar, "max", Some(&replay.total.to_string()));
        browser::attribute(&bar, "value", Some(&replay.done.to_string()));
        browser::attribute(&bar, "aria-label", Some("Exercises done"));
    }
}

/// What an exercise of this page asks for.
fn goal(id: &str) -> Option<String> {
    browser::by_id(&format!("exercise-{id}-goal"))?.text_content()
}
