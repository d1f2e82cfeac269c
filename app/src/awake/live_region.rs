//! What the page tells by itself: messages, that the server is not heard, or that it cannot make sandboxes. The last island of a page, it also
//! opens the events socket, now that all others are awake.

use drydock_protocol::live::Level;
use web_sys::Element;

use crate::browser;
use crate::components::icon::Glyph;
use crate::live::{Connection, Message, Store, Tone, connect};

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let bar = browser::find(island, ".offline")?;
    let tell = move || {
        let trouble = store.trouble.get();
        let words = match store.connection.get() {
            Connection::Lost => Some(
                "No connection to the server. Everything stays as it is; this page comes back by itself.",
            ),
            Connection::Opening | Connection::Open => trouble.as_deref(),
        };
        browser::text(&bar, words.unwrap_or_default());
        browser::attribute(&bar, "data-shown", words.is_some().then_some(""));
    };
    store.trouble.after_change(tell.clone());
    store.connection.watch(tell);
    let toasts = browser::find(island, ".toasts")?;
    store.messages.shown.watch(move || show(&toasts));
    connect(store);
    Some(())
}

/// Brings the messages in the page to what is on show; those that stay are left alone, so that nothing is read
/// out twice.
fn show(toasts: &Element) {
    Store::of_page().messages.shown.with(|messages| {
        for toast in browser::find_all(toasts, "[data-message]") {
            let id = toast.get_attribute("data-message");
            if !messages.iter().any(|message| Some(message.id.to_string()) == id) {
                toast.remove();
            }
        }
        for message in messages {
            if browser::find(toasts, &format!("[data-message=\"{}\"]", message.id)).is_none() {
                add(toasts, message);
            }
        }
    });
}

fn add(toasts: &Element, message: &Message) {
    let (class, glyph, words) = match message.tone {
        Tone::Passed => ("toast toast--ok", Glyph::Tick, ""),
        Tone::Notice(Level::Info) => ("toast", Glyph::Info, ""),
        Tone::Notice(Level::Warn) => ("toast toast--warn", Glyph::Alert, "Warning: "),
        Tone::Notice(Level::Bad) => ("toast toast--bad", Glyph::Alert, "Problem: "),
    };
    let toast = browser::append(toasts, "div", class);
    let id = message.id;
    browser::attribute(&toast, "data-message", Some(&id.to_string()));
    browser::append_icon(&toast, glyph);
    let text = browser::append(&toast, "p", "toast__text");
    browser::text(&browser::append(&text, "span", "unseen"), words);
    browser::sentence(&browser::append(&text, "span", ""), &message.text);
    let dismiss = browser::append(&toast, "button", "icon-button icon-button--small");
    browser::attribute(&dismiss, "aria-label", Some("Dismiss"));
    browser::append_icon(&dismiss, Glyph::Cross);
    browser::on(&dismiss, "click", move |_| Store::of_page().messages.dismiss(id));
}
