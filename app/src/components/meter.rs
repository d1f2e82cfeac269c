//! A bar that shows how much of a limit is used.

use leptos::prelude::*;

/// A thin bar with a name, empty.
#[component]
pub(crate) fn Meter(
    /// What is measured: `Memory`.
    label: &'static str,
) -> impl IntoView {
    view! {
        <span class="meter">
            <span class="meter__label" aria-hidden="true">{label}</span>
            <progress class="meter__bar" max="100" value="0" aria-label=label></progress>
        </span>
    }
}
