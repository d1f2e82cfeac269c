//! Run: types the command beside it into the terminal. Without a sandbox it starts one, and the command follows.

use drydock_protocol::live::Level;
use web_sys::Element;

use crate::browser;
use crate::live::{Store, Tone};

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let button = browser::find(island, "button")?;
    store.sandbox.watch({
        let button = button.clone();
        move || {
            let ready = store.is_ready();
            let title = if ready {
                "Run in the terminal"
            } else {
                "Start the sandbox and run this"
            };
            browser::attribute(&button, "title", Some(title));
        }
    });
    browser::on(&button.clone(), "click", move |_| {
        let Some(command) = code_beside(&button) else {
            return;
        };
        if !store.is_ready() {
            let waits = "The command runs as soon as your sandbox is ready.";
            store.messages.say(Tone::Notice(Level::Info), waits);
            if store.is_idle() {
                store.start();
            }
        }
        browser::show_view("bench");
        store.terminals.run(command);
    });
    Some(())
}

/// The code of the row or block around an element.
pub(super) fn code_beside(element: &Element) -> Option<String> {
    let block = browser::around(element, "[data-code]")?;
    browser::find(&block, "pre code")?.text_content()
}
