//! Copy: puts the code beside it on the clipboard.

use drydock_protocol::live::Level;
use web_sys::Element;

use super::run_button::code_beside;
use crate::browser;
use crate::components::icon::Glyph;
use crate::live::{Store, Tone};

pub(super) fn wake(island: &Element) -> Option<()> {
    let button = browser::find(island, "button")?;
    browser::on(&button.clone(), "click", move |_| {
        let Some(text) = code_beside(&button) else { return };
        let button = button.clone();
        browser::spawn(async move {
            if browser::copy(&text).await {
                show(&button, true);
                browser::after(1600, move || show(&button, false));
            } else {
                let why = "This browser does not let pages copy here. Select the text and copy it by hand.";
                Store::of_page().messages.say(Tone::Notice(Level::Warn), why);
            }
        });
    });
    Some(())
}

fn show(button: &Element, copied: bool) {
    browser::class(button, "tool--done", copied);
    browser::glyph(button, if copied { Glyph::Tick } else { Glyph::Copy });
    if let Some(words) = browser::find(button, ".unseen") {
        browser::text(&words, if copied { "Copied" } else { "Copy" });
    }
}
