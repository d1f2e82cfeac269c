//! The divider between the text and the workbench.

use leptos::prelude::*;

use super::island;

/// A separator that can be moved, as ARIA has it.
#[component]
pub(crate) fn Divider() -> impl IntoView {
    island(
        "divider",
        view! {
            <div
                class="divider"
                role="separator"
                tabindex="0"
                aria-orientation="vertical"
                aria-label="Width of the text"
                aria-controls="lesson"
                aria-valuemin="28"
                aria-valuemax="74"
                aria-valuenow="54"
            ></div>
        },
    )
}
