//! "Continue on another device": a code that brings a learner's progress back.

use drydock_protocol::live::Level;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlInputElement};

use crate::live::{Store, Tone};
use crate::{api, browser};

pub(super) fn wake(island: &Element) -> Option<()> {
    let dialog: HtmlDialogElement = browser::find(island, "dialog")?.dyn_into().ok()?;
    let wrong = browser::find(&dialog, ".dialog__wrong")?;
    let opens = browser::find(island, "[data-open]")?;
    browser::on(&opens, "click", {
        let (dialog, wrong) = (dialog.clone(), wrong.clone());
        move |_| {
            browser::text(&wrong, "");
            // It fails only if it is open already.
            let _ = dialog.show_modal();
        }
    });
    let closes = browser::find(&dialog, "[data-close]")?;
    browser::on(&closes, "click", {
        let dialog = dialog.clone();
        move |_| dialog.close()
    });
    code(&dialog, &wrong)?;
    forget(&dialog, &wrong)?;
    redeem(&dialog, wrong)
}

/// The learner's own code, once it is asked for: making one makes the one before it useless.
fn code(dialog: &Element, wrong: &Element) -> Option<()> {
    let make = browser::find(dialog, "[data-make]")?;
    let copy = browser::find(dialog, "[data-copy]")?;
    let value = browser::find(dialog, ".recovery__value")?;
    browser::on(&make.clone(), "click", {
        let (wrong, copy, value) = (wrong.clone(), copy.clone(), value.clone());
        move |_| {
            let (make, wrong, copy, value) = (make.clone(), wrong.clone(), copy.clone(), value.clone());
            browser::attribute(&make, "disabled", Some(""));
            browser::spawn(async move {
                match api::recovery_code().await {
                    Ok(answer) => {
                        browser::text(&value, &answer.code);
                        browser::show(&make, false);
                        browser::show(&value, true);
                        browser::show(&copy, true);
                        browser::focus(&copy);
                    }
                    Err(problem) => browser::text(&wrong, &problem.detail),
                }
                browser::attribute(&make, "disabled", None);
            });
        }
    });
    browser::on(&copy, "click", move |_| {
        let Some(code) = value.text_content() else { return };
        browser::spawn(async move {
            if browser::copy(&code).await {
                Store::of_page()
                    .messages
                    .say(Tone::Notice(Level::Info), "Code copied.");
            }
        });
    });
    Some(())
}

/// Takes a code from another device.
fn redeem(dialog: &Element, wrong: Element) -> Option<()> {
    let form = browser::find(dialog, "form")?;
    let typed: HtmlInputElement = browser::find(&form, "input")?.dyn_into().ok()?;
    browser::on(&form, "submit", move |event| {
        event.prevent_default();
        let entered = typed.value();
        if entered.trim().is_empty() {
            browser::text(&wrong, "Type the code that the other device shows.");
            return;
        }
        let wrong = wrong.clone();
        browser::spawn(async move {
            match api::redeem(entered.trim()).await {
                // Another learner now: everything on the page is to be asked for anew.
                Ok(()) => reload(),
                Err(problem) => browser::text(&wrong, &problem.detail),
            }
        });
    });
    Some(())
}

/// Removes everything that is kept of the learner, once they are sure.
fn forget(dialog: &Element, wrong: &Element) -> Option<()> {
    let asks = browser::find(dialog, "[data-forget]")?;
    let sure = browser::find(dialog, "[data-sure]")?;
    let keeps = browser::find(dialog, "[data-keep]")?;
    let forgets = browser::find(dialog, "[data-forget-all]")?;
    let ask = {
        let (asks, sure) = (asks.clone(), sure.clone());
        move |asked: bool| {
            browser::show(&asks, !asked);
            browser::show(&sure, asked);
        }
    };
    browser::on(&asks, "click", {
        let (ask, keeps) = (ask.clone(), keeps.clone());
        move |_| {
            ask(true);
            browser::focus(&keeps);
        }
    });
    browser::on(&keeps, "click", move |_| {
        ask(false);
        browser::focus(&asks);
    });
    let wrong = wrong.clone();
    browser::on(&forgets.clone(), "click", move |_| {
        let (forgets, wrong) = (forgets.clone(), wrong.clone());
        browser::attribute(&forgets, "disabled", Some(""));
        browser::spawn(async move {
            match api::forget().await {
                Ok(()) => reload(),
                Err(problem) => {
                    browser::text(&wrong, &problem.detail);
                    browser::attribute(&forgets, "disabled", None);
                }
            }
        });
    });
    Some(())
}

fn reload() {
    if let Some(window) = browser::window() {
        let _ = window.location().reload();
    }
}
