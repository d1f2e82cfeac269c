//! Run: types the command beside it into the terminal.

use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::browser;
use crate::components::icon::{Glyph, Icon};
use crate::live::{Store, Tone};
use drydock_protocol::api::SandboxState;
use drydock_protocol::live::Level;

/// Runs the command of its row. Without a sandbox it starts one, and the command follows.
#[island]
pub fn RunButton() -> impl IntoView {
    let store = Store::of_page();
    let button = NodeRef::<leptos::html::Button>::new();
    let run = move |_| {
        let Some(command) = button.get_untracked().and_then(|button| command_beside(&button)) else { return };
        browser::show_view("bench");
        if !store.is_ready() {
            let waits = "The command runs as soon as your sandbox is ready.";
            store.say(Tone::Notice(Level::Info), waits.into());
            let nothing_begun = !matches!(
                store.state(),
                Some(SandboxState::Queued { .. } | SandboxState::Starting { .. } | SandboxState::Stopping { .. })
            );
            if nothing_begun && store.start_began.get_untracked().is_none() {
                store.start();
            }
        }
        store.terminals.run(command);
    };
    let title = move || if store.is_ready() { "Run in the terminal" } else { "Start the sandbox and run this" };
    view! {
        <button class="tool tool--run" node_ref=button title=title on:click=run>
            <Icon glyph=Glyph::Play />
            <span class="tool__name">"Run"</span>
        </button>
    }
}

/// The code of the row or block around an element.
pub(super) fn command_beside(element: &HtmlElement) -> Option<String> {
    let block = browser::around(element, "[data-code]")?;
    browser::text_in(&block, "pre code")
}
