//! What the page tells by itself: messages, and that the server is not heard. The last island of a page, it also
//! opens the events socket, once all others are awake.

use std::time::Duration;

use drydock_protocol::live::Level;
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use crate::components::inline::Inline;
use crate::live::{Connection, Message, Store, Tone, connect};

/// Messages in a corner, and a bar while the server is not heard.
#[island]
pub fn LiveRegion() -> impl IntoView {
    let store = Store::of_page();
    // Events must not arrive while islands still wake: each expects the page as the server rendered it. The
    // walk over the islands is one task, so the next one is late enough.
    Effect::new(move |_| set_timeout(move || connect(store), Duration::ZERO));

    let bar = move || match store.connection.get() {
        Connection::Lost => {
            Some("No connection to the server. Everything stays as it is; this page comes back by itself.".to_owned())
        }
        _ => store.trouble.get(),
    };
    view! {
        <div class="offline" role="status" data-shown=move || bar().map(|_| "")>{bar}</div>
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || store.messages.get() key=|message| message.id let:message>
                <Toast message />
            </For>
        </div>
    }
}

/// One message.
#[component]
fn Toast(message: Message) -> impl IntoView {
    let store = Store::of_page();
    let Message { id, tone, text } = message;
    let (class, glyph, words) = match tone {
        Tone::Passed => ("toast toast--ok", Glyph::Tick, ""),
        Tone::Notice(Level::Info) => ("toast", Glyph::Info, ""),
        Tone::Notice(Level::Warn) => ("toast toast--warn", Glyph::Alert, "Warning: "),
        Tone::Notice(Level::Bad) => ("toast toast--bad", Glyph::Alert, "Problem: "),
    };
    let dismiss = move |_| store.messages.update(|messages| messages.retain(|message| message.id != id));
    view! {
        <div class=class>
            <Icon glyph />
            <p class="toast__text"><span class="unseen">{words}</span><Inline text /></p>
            <button class="icon-button icon-button--small" aria-label="Dismiss" on:click=dismiss>
                <Icon glyph=Glyph::Cross />
            </button>
        </div>
    }
}
