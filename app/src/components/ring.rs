//! A ring that closes as a lesson is finished.

use leptos::prelude::*;

/// How many of a lesson's exercises are passed, as a ring. The number beside it says the same.
#[component]
pub(crate) fn Ring(
    /// Passed exercises.
    #[prop(into)]
    done: Signal<u32>,
    /// All of them.
    total: u32,
) -> impl IntoView {
    let share = move || (done.get().min(total) * 100).checked_div(total).unwrap_or(0);
    view! {
        <svg
            class="ring"
            class:ring--whole=move || { total > 0 && done.get() >= total }
            viewBox="0 0 20 20"
            aria-hidden="true"
            focusable="false"
        >
            <circle class="ring__track" cx="10" cy="10" r="8" pathLength="100"></circle>
            <circle
                class="ring__done"
                cx="10"
                cy="10"
                r="8"
                pathLength="100"
                stroke-dasharray=move || format!("{} 100", share())
            ></circle>
        </svg>
    }
}
