//! Save: writes the code below it to the learner's workspace.

use std::time::Duration;

use drydock_protocol::api::Problem;
use drydock_protocol::live::Level;
use leptos::prelude::*;

use super::run_button::command_beside;
use crate::{api, browser};
use crate::components::icon::{Glyph, Icon};
use crate::live::{Store, Tone};

/// How far a save is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Saving {
    Idle,
    Busy,
    /// The workspace has another file there: the learner decides.
    Differs,
    Saved,
}

/// Saves the code of its block under a path of the workspace. A file that differs is not replaced unasked.
#[island]
pub fn SaveButton(path: String) -> impl IntoView {
    let store = Store::of_page();
    let saving = RwSignal::new(Saving::Idle);
    let button = NodeRef::<leptos::html::Button>::new();
    let path = StoredValue::new(path);

    let write = move |content: String| async move {
        api::write_file(&path.get_value(), content).await?;
        saving.set(Saving::Saved);
        set_timeout(move || saving.set(Saving::Idle), Duration::from_millis(2400));
        Ok::<(), Problem>(())
    };
    let save = move |replace: bool| {
        let Some(content) = button.get_untracked().and_then(|button| command_beside(&button)) else { return };
        if !store.is_ready() {
            let first = "Start your sandbox first: the file is saved into its home folder.";
            store.say(Tone::Notice(Level::Info), first.into());
            return;
        }
        saving.set(Saving::Busy);
        browser::spawn(async move {
            let outcome = async {
                if !replace
                    && let Some(there) = api::read_file(&path.get_value()).await?
                    && there != content
                {
                    saving.set(Saving::Differs);
                    return Ok(());
                }
                write(content).await
            };
            if let Err(problem) = outcome.await {
                saving.set(Saving::Idle);
                store.complain(&problem);
            }
        });
    };

    let differs = move || saving.get() == Saving::Differs;
    let glyph = Signal::derive(move || if saving.get() == Saving::Saved { Glyph::Tick } else { Glyph::Save });
    let name = move || match saving.get() {
        Saving::Idle => "Save",
        Saving::Busy => "Saving",
        Saving::Differs => "Replace yours",
        Saving::Saved => "Saved",
    };
    let title = move || if differs() { "Your file differs from this one" } else { "Save into your home folder" };
    view! {
        <button
            class="tool tool--save"
            class:tool--done=move || saving.get() == Saving::Saved
            class:tool--ask=differs
            node_ref=button
            title=title
            disabled=move || saving.get() == Saving::Busy
            on:click=move |_| save(differs())
        >
            <Icon glyph />
            <span class="tool__name" aria-live="polite">{name}</span>
        </button>
        <button
            class="tool tool--keep"
            hidden=move || !differs()
            on:click=move |_| saving.set(Saving::Idle)
        >
            <span class="tool__name">"Keep mine"</span>
        </button>
    }
}
