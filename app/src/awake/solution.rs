//! The solution of an exercise, when it is asked for and due: a block of commands like those of the text.

use drydock_protocol::api::Solution;
use drydock_protocol::page::ConsoleLine;
use web_sys::Element;

use super::confirm::{self, Question};
use super::{copy_button, run_button};
use crate::components::icon::Glyph;
use crate::live::{Place, Store};
use crate::{api, browser};

/// The button, and where the solution goes.
#[derive(Clone)]
struct Parts {
    id: String,
    /// `always`: the button is there from the beginning; `passed`: once the exercise is passed.
    shown: String,
    button: Element,
    place: Element,
    not_yet: Element,
}

/// Wakes the button of a card, if it has one.
pub(super) fn wake(state: &Element) -> Option<()> {
    let store = Store::of_page();
    let parts = Parts {
        id: state.get_attribute("data-exercise")?,
        shown: state.get_attribute("data-solution-shown")?,
        button: browser::find(state, "[data-solution]")?,
        place: browser::find(state, ".solution")?,
        not_yet: browser::find(state, ".exercise__not-yet")?,
    };
    store.progress.watch({
        let parts = parts.clone();
        move || {
            let (passed, given_up) = standing(store, &parts.id);
            let is_open = parts.place.has_child_nodes();
            browser::show(
                &parts.button,
                !is_open && (passed || given_up || parts.shown == "always"),
            );
        }
    });
    browser::on(&parts.button.clone(), "click", move |_| {
        fetch(store, &parts, false);
    });
    Some(())
}

/// Whether the exercise was passed, and whether its solution was shown before.
fn standing(store: &Store, id: &str) -> (bool, bool) {
    store.progress.with(|progress| {
        progress
            .get(id)
            .map_or((false, false), |standing| (standing.passed, standing.given_up))
    })
}

fn fetch(store: &'static Store, parts: &Parts, give_up: bool) {
    let Some(place) = Place::of_page() else { return };
    let parts = parts.clone();
    browser::attribute(&parts.button, "disabled", Some(""));
    browser::spawn(async move {
        match api::solution(&place, &parts.id, give_up).await {
            Ok(solution) => {
                browser::text(&parts.not_yet, "");
                draw(&parts.place, &solution);
                browser::show(&parts.button, false);
                store.standing_is(parts.id.clone(), solution.progress);
            }
            Err(problem) if problem.kind == api::GIVES_UP => ask(store, parts.clone(), problem.detail),
            // Not due: that is said beside the button, and is no failure.
            Err(problem) if problem.status == 409 => browser::sentence(&parts.not_yet, &problem.detail),
            Err(problem) => store.messages.complain(&problem),
        }
        browser::attribute(&parts.button, "disabled", None);
    });
}

/// Asks before it costs what the exercise can still bring.
fn ask(store: &'static Store, parts: Parts, why: String) {
    let question = Question {
        title: "Show the solution?",
        text: &[why],
        keep: "Not yet",
        verb: "Show it",
    };
    confirm::ask(&question, move || fetch(store, &parts, true));
}

fn draw(place: &Element, solution: &Solution) {
    place.set_text_content(None);
    browser::text(&browser::append(place, "p", "solution__title"), "Solution");
    let block = browser::append(place, "div", "code code--console");
    for line in &solution.console.lines {
        match line {
            ConsoleLine::Command { html, .. } => draw_command(&block, html),
            ConsoleLine::Output { text } => {
                browser::text(&browser::append(&block, "pre", "code__output"), text);
            }
        }
    }
}

/// As the server draws the commands of a text (`components/code.rs`).
fn draw_command(block: &Element, html: &str) {
    let row = browser::append(block, "div", "code__row");
    browser::attribute(&row, "data-code", Some(""));
    let code = browser::append(&browser::append(&row, "pre", "code__command"), "code", "");
    // The server's own, highlighted and escaped, as in the page itself.
    code.set_inner_html(html);
    let actions = browser::append(&row, "span", "code__actions");
    let island = browser::append(&actions, "span", "");
    let run = browser::append(&island, "button", "tool tool--run");
    browser::append_icon(&run, Glyph::Play);
    browser::text(&browser::append(&run, "span", "tool__name"), "Run");
    let _ = run_button::wake(&island);
    let island = browser::append(&actions, "span", "");
    let copy = browser::append(&island, "button", "tool");
    browser::attribute(&copy, "title", Some("Copy"));
    browser::append_icon(&copy, Glyph::Copy);
    browser::text(&browser::append(&copy, "span", "unseen"), "Copy");
    let _ = copy_button::wake(&island);
}
