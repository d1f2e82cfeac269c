//! One terminal's tab and screen. Tabs are buttons in a list and not ARIA's tabs: those may hold nothing to close them by.
//!
//! Closing a tab ends its shell, so the first press asks and the second does it.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::components::icon::Glyph;
use crate::live::{Store, TerminalState, tab_label};
use crate::{api, browser};

/// Adds the tab of that terminal to the row of tabs.
pub(super) fn add_tab(row: &Element, name: &str) {
    let store = Store::of_page();
    let title = format!("Terminal {}", tab_label(name));
    let tab = browser::append(row, "li", "tab");
    browser::attribute(&tab, "data-terminal", Some(name));
    let button = browser::append(&tab, "button", "tab__name");
    browser::attribute(&button, "id", Some(&format!("tab-{name}")));
    browser::attribute(&button, "aria-controls", Some(&format!("screen-{name}")));
    browser::append_icon(&button, Glyph::Prompt);
    browser::append_text(&button, &title);
    browser::on(&button, "click", {
        let name = name.to_owned();
        move |_| store.terminals.show(&name)
    });
    browser::on(&button, "keydown", {
        let name = name.to_owned();
        move |event| {
            let key = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key);
            if let Some(next) =
                key.and_then(|key| store.terminals.names.with(|names| beside(names, &name, &key)))
            {
                event.prevent_default();
                store.terminals.to_front();
                store.terminals.active.set(next.clone());
                if let Some(tab) = browser::by_id(&format!("tab-{next}")) {
                    browser::focus(&tab);
                }
            }
        }
    });
    add_close(&tab, name, &title);
}

/// The terminal beside another one, going round; `None` if the key is for something else.
fn beside(names: &[String], name: &str, key: &str) -> Option<String> {
    let index = names.iter().position(|known| known == name)?;
    let next = match key {
        "ArrowLeft" => index + names.len() - 1,
        "ArrowRight" => index + 1,
        "Home" => 0,
        "End" => names.len() - 1,
        _ => return None,
    };
    names.get(next % names.len()).cloned()
}

fn add_close(tab: &Element, name: &str, title: &str) {
    let store = Store::of_page();
    let close = browser::append(tab, "button", "tab__close");
    browser::append_icon(&close, Glyph::Cross);
    let words = browser::append(&close, "span", "");
    browser::text(&words, "End it?");
    let asks = Rc::new(Cell::new(false));
    let show = {
        let (close, title, asks) = (close.clone(), title.to_owned(), Rc::clone(&asks));
        move |asking: bool| {
            asks.set(asking);
            browser::class(&close, "tab__close--asks", asking);
            browser::show(&words, asking);
            let name = if asking {
                format!("End {title}: press again")
            } else {
                format!("Close {title}")
            };
            browser::name(&close, &name);
        }
    };
    show(false);
    let name = name.to_owned();
    browser::on(&close, "click", move |_| {
        if !asks.get() && store.terminals.state(&name) != TerminalState::Ended {
            show(true);
            let show = show.clone();
            browser::after(3000, move || show(false));
            return;
        }
        store.terminals.remove(&name);
        let name = name.clone();
        browser::spawn(async move {
            if let Err(problem) = api::close_terminal(&name).await
                && problem.status != 404
            {
                store.messages.complain(&problem);
            }
        });
    });
}

/// Adds the screen of that terminal, and what is to be said about its connection.
pub(super) fn add_screen(screens: &Element, name: &str) {
    let store = Store::of_page();
    let screen = browser::append(screens, "div", "screen");
    browser::attribute(&screen, "data-terminal", Some(name));
    browser::attribute(&screen, "id", Some(&format!("screen-{name}")));
    browser::attribute(&screen, "role", Some("group"));
    browser::attribute(&screen, "aria-labelledby", Some(&format!("tab-{name}")));
    browser::append(&screen, "div", "screen__terminal");
    let said = browser::append(&screen, "div", "screen__said");
    browser::attribute(&said, "role", Some("status"));
    browser::append(&said, "span", "");
    let again = browser::append(&said, "button", "button button--small");
    browser::text(&again, "New terminal");
    let name = name.to_owned();
    browser::on(&again, "click", move |_| {
        store.terminals.remove(&name);
        // The last one was followed by a fresh one already.
        if store.terminals.names.with(|names| names.len() > 1) {
            store.terminals.add();
        }
    });
}

/// Draws the terminal into its screen, when it is shown for the first time: until then it has no size.
pub(super) fn draw(screen: &Element, name: &str) {
    let store = Store::of_page();
    if screen.has_attribute("data-drawn") {
        return;
    }
    browser::attribute(screen, "data-drawn", Some(""));
    let place =
        browser::find(screen, ".screen__terminal").and_then(|place| place.dyn_into::<HtmlElement>().ok());
    if let Some(place) = place {
        let name = name.to_owned();
        browser::spawn(async move { store.terminals.mount(name, place).await });
    }
}

/// Says how the terminal's connection is, where that is worth saying.
pub(super) fn say(screen: &Element, name: &str) -> Option<()> {
    let store = Store::of_page();
    let state = store.terminals.state(name);
    let words = match state {
        TerminalState::Open => "",
        TerminalState::Connecting => "Connecting",
        TerminalState::Reconnecting => "Connection lost; reconnecting. What runs goes on running.",
        TerminalState::Ended => "The shell ended.",
        TerminalState::Gone => "The sandbox is gone.",
        TerminalState::Failed => "The terminal could not be loaded. Reload the page.",
    };
    let detail = store.terminals.details.with(|details| details.get(name).cloned());
    let words = detail.as_deref().unwrap_or(words);
    let said = browser::find(screen, ".screen__said")?;
    browser::text(&browser::find(&said, "span")?, words);
    browser::show(&browser::find(&said, "button")?, state == TerminalState::Ended);
    browser::show(&said, !words.is_empty());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_the_tabs() {
        let names = ["t1".to_owned(), "t2".to_owned(), "t3".to_owned()];
        let from = |name, key| beside(&names, name, key);
        assert_eq!(from("t1", "ArrowLeft").as_deref(), Some("t3"));
        assert_eq!(from("t3", "ArrowRight").as_deref(), Some("t1"));
        assert_eq!(from("t2", "Home").as_deref(), Some("t1"));
        assert_eq!(from("t2", "Tab"), None);
    }
}
