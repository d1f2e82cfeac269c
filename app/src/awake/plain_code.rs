//! Copy on code that is only to be read: the server draws none, because without script there is nothing to copy by.

use web_sys::Element;

use super::copy_button;
use crate::browser;
use crate::components::icon::Glyph;

pub(super) fn wake(_: &Element) -> Option<()> {
    for block in browser::find_all(&browser::by_id("text")?.into(), ".code[data-language]") {
        add(&block);
    }
    Some(())
}

/// The same button as commands and files have, behind the code in the order of the page.
fn add(block: &Element) {
    browser::attribute(block, "data-code", Some(""));
    let actions = browser::append(block, "span", "code__actions");
    let button = browser::append(&actions, "button", "tool");
    browser::attribute(&button, "title", Some("Copy"));
    browser::append_icon(&button, Glyph::Copy);
    let words = browser::append(&button, "span", "unseen");
    browser::attribute(&words, "aria-live", Some("polite"));
    browser::text(&words, "Copy");
    copy_button::wake(&actions);
}
