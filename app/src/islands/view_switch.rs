//! The bar at the bottom of a narrow page: it switches between the lesson and the terminal.

use leptos::prelude::*;

use crate::browser;
use crate::components::icon::{Glyph, Icon};
use crate::live::Store;

/// Two buttons. A wide page shows both sides and hides the bar.
#[island]
pub fn ViewSwitch() -> impl IntoView {
    let store = Store::of_page();
    let bench = RwSignal::new(false);
    // The Run buttons and the keyboard switch too, by the root's attribute: follow it.
    Effect::new(move |_| {
        store.terminals.sent.track();
        store.terminals.waiting.track();
        let shown = browser::root().and_then(|root| root.get_attribute("data-view"));
        bench.set(shown.as_deref() == Some("bench"));
    });
    let show = move |to_bench: bool| {
        bench.set(to_bench);
        browser::show_view(if to_bench { "bench" } else { "lesson" });
        if to_bench {
            request_animation_frame(move || store.terminals.focus());
        }
    };
    view! {
        <div class="view-switch" role="group" aria-label="Part of the page">
            <button
                class="view-switch__button"
                aria-pressed=move || (!bench.get()).to_string()
                on:click=move |_| show(false)
            >
                <Icon glyph=Glyph::Page />"Lesson"
            </button>
            <button
                class="view-switch__button"
                aria-pressed=move || bench.get().to_string()
                on:click=move |_| show(true)
            >
                <Icon glyph=Glyph::Prompt />"Terminal"
                <span class="view-switch__dot" hidden=move || !store.is_ready()>
                    <span class="unseen">", ready"</span>
                </span>
            </button>
        </div>
    }
}
