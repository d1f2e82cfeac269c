//! Copy: puts the code beside it on the clipboard.

use std::time::Duration;

use leptos::prelude::*;

use super::run_button::command_beside;
use crate::browser;
use crate::components::icon::{Glyph, Icon};
use crate::live::{Store, Tone};
use drydock_protocol::live::Level;

/// Copies the code of its row or block.
#[island]
pub fn CopyButton() -> impl IntoView {
    let store = Store::of_page();
    let copied = RwSignal::new(false);
    let button = NodeRef::<leptos::html::Button>::new();
    let copy = move |_| {
        let Some(text) = button.get_untracked().and_then(|button| command_beside(&button)) else { return };
        browser::spawn(async move {
            if browser::copy(&text).await {
                copied.set(true);
                set_timeout(move || copied.set(false), Duration::from_millis(1600));
            } else {
                let why = "This browser does not let pages copy here. Select the text and copy it by hand.";
                store.say(Tone::Notice(Level::Warn), why.into());
            }
        });
    };
    let glyph = Signal::derive(move || if copied.get() { Glyph::Tick } else { Glyph::Copy });
    view! {
        <button class="tool" class:tool--done=move || copied.get() node_ref=button title="Copy" on:click=copy>
            <Icon glyph />
            <span class="unseen" aria-live="polite">{move || if copied.get() { "Copied" } else { "Copy" }}</span>
        </button>
    }
}
