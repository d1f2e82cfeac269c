//! "Continue on another device": a code that brings a learner's progress back.

use drydock_protocol::live::Level;
use leptos::ev::SubmitEvent;
use leptos::html::{Dialog, Input};
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use crate::live::{Store, Tone};
use crate::{api, browser};

/// The button in the header, and the dialog that it opens.
#[island]
pub fn Recovery() -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let wrong = RwSignal::new(None::<String>);
    let open = move |_| {
        wrong.set(None);
        if let Some(dialog) = dialog.get_untracked() {
            // It fails only if it is open already.
            let _ = dialog.show_modal();
        }
    };
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <button
            class="icon-button"
            title="Continue on another device"
            aria-label="Continue on another device"
            aria-haspopup="dialog"
            on:click=open
        >
            <Icon glyph=Glyph::Devices />
        </button>
        <dialog class="dialog" node_ref=dialog aria-labelledby="recovery-title">
            <div class="dialog__head">
                <h2 class="dialog__title" id="recovery-title">"Continue on another device"</h2>
                <button class="icon-button" aria-label="Close" on:click=close><Icon glyph=Glyph::Cross /></button>
            </div>
            <p>
                "Your progress belongs to this browser. A code brings it to another one, or back if this one forgets. "
                "Keep it to yourself: whoever has it continues as you."
            </p>
            <Code wrong />
            <Redeem wrong />
            <p class="dialog__wrong" role="alert">{move || wrong.get()}</p>
        </dialog>
    }
}

/// The learner's own code, once it is asked for: making one makes the one before it useless.
#[component]
fn Code(wrong: RwSignal<Option<String>>) -> impl IntoView {
    let store = Store::of_page();
    let code = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let show = move |_| {
        busy.set(true);
        browser::spawn(async move {
            match api::recovery_code().await {
                Ok(answer) => code.set(Some(answer.code)),
                Err(problem) => wrong.set(Some(problem.detail)),
            }
            busy.set(false);
        });
    };
    let copy = move |_| {
        let Some(code) = code.get_untracked() else { return };
        browser::spawn(async move {
            if browser::copy(&code).await {
                store.say(Tone::Notice(Level::Info), "Code copied.".into());
            }
        });
    };
    view! {
        <div class="recovery__code">
            <Show
                when=move || code.with(Option::is_some)
                fallback=move || view! {
                    <button class="button" disabled=move || busy.get() on:click=show>"Make a code"</button>
                }
            >
                <output class="recovery__value">{move || code.get()}</output>
                <button class="button button--small" on:click=copy><Icon glyph=Glyph::Copy />"Copy"</button>
            </Show>
        </div>
    }
}

/// Takes a code from another device.
#[component]
fn Redeem(wrong: RwSignal<Option<String>>) -> impl IntoView {
    let typed = NodeRef::<Input>::new();
    let busy = RwSignal::new(false);
    let redeem = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(entered) = typed.get_untracked().map(|input| input.value()) else { return };
        if entered.trim().is_empty() {
            wrong.set(Some("Type the code that the other device shows.".into()));
            return;
        }
        busy.set(true);
        browser::spawn(async move {
            match api::redeem(entered.trim()).await {
                // Another learner now: everything on the page is to be asked for anew.
                Ok(()) => {
                    if let Some(window) = browser::window() {
                        let _ = window.location().reload();
                    }
                }
                Err(problem) => wrong.set(Some(problem.detail)),
            }
            busy.set(false);
        });
    };
    view! {
        <form class="recovery__form" on:submit=redeem>
            <label class="recovery__label" for="recovery-code">"Have a code from another device?"</label>
            <div class="recovery__row">
                <input
                    class="input"
                    id="recovery-code"
                    node_ref=typed
                    autocomplete="off"
                    autocapitalize="characters"
                    spellcheck="false"
                />
                <button class="button button--main" r#type="submit" disabled=move || busy.get()>"Continue"</button>
            </div>
        </form>
    }
}
