//! What the page tells by itself: messages, and that the server is not heard. The last island of a page.

use leptos::prelude::*;

use super::island;

/// Messages in a corner, and a bar while the server is not heard.
#[component]
pub(crate) fn LiveRegion() -> impl IntoView {
    island(
        "live_region",
        view! {
            <div class="offline" role="status"></div>
            <div class="toasts" role="status" aria-live="polite"></div>
        },
    )
}
