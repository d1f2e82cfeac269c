//! Asks before something is lost or given up.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

use crate::browser;

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) title: &'a str,
    /// One paragraph each.
    pub(super) text: &'a [String],
    /// The button that leaves everything as it is.
    pub(super) keep: &'a str,
    /// The button that does it.
    pub(super) verb: &'a str,
}

/// Asks, in a dialog that goes away again. `act` is called if the learner agrees.
pub(super) fn ask(question: &Question<'_>, act: impl FnOnce() + 'static) -> Option<()> {
    let body: Element = browser::document()?.body()?.into();
    let dialog: HtmlDialogElement = browser::append(&body, "dialog", "dialog").dyn_into().ok()?;
    browser::attribute(&dialog, "aria-label", Some(question.title));
    browser::text(&browser::append(&dialog, "h2", "dialog__title"), question.title);
    for text in question.text {
        browser::sentence(&browser::append(&dialog, "p", ""), text);
    }
    let buttons = browser::append(&dialog, "div", "dialog__buttons");
    let keep = browser::append(&buttons, "button", "button");
    browser::text(&keep, question.keep);
    let does = browser::append(&buttons, "button", "button button--main");
    browser::attribute(&does, "data-does", Some("it"));
    browser::text(&does, question.verb);
    browser::on(&keep, "click", {
        let dialog = dialog.clone();
        move |_| dialog.close()
    });
    let mut act = Some(act);
    browser::on(&does, "click", {
        let dialog = dialog.clone();
        move |_| {
            dialog.close();
            if let Some(act) = act.take() {
                act();
            }
        }
    });
    browser::on(&dialog.clone(), "close", {
        let dialog = dialog.clone();
        move |_| dialog.remove()
    });
    dialog.show_modal().ok()
}
