//! A ring that closes as a lesson is finished.

use leptos::prelude::*;

use crate::text;

/// How many of a lesson's exercises are passed, as a ring. The number beside it says the same.
#[component]
pub(crate) fn Ring(
    /// Passed exercises.
    done: u32,
    /// All of them.
    total: u32,
) -> impl IntoView {
    let class = if total > 0 && done >= total {
        "ring ring--whole"
    } else {
        "ring"
    };
    view! {
        <svg class=class viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <circle class="ring__track" cx="10" cy="10" r="8" pathLength="100"></circle>
            <circle
                class="ring__done"
                cx="10"
                cy="10"
                r="8"
                pathLength="100"
                stroke-dasharray=text::ring(done, total)
            ></circle>
        </svg>
    }
}
