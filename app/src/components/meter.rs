//! A bar that shows how much of a limit is used.

use leptos::prelude::*;

use crate::text;

/// A thin bar with a name. Past nine tenths it turns to a warning, in words too.
#[component]
pub(crate) fn Meter(
    /// What is measured: `Memory`.
    label: &'static str,
    /// What is used, in bytes.
    #[prop(into)]
    used: Signal<u64>,
    /// The limit, in bytes.
    #[prop(into)]
    limit: Signal<u64>,
) -> impl IntoView {
    let percent = move || text::percent(used.get(), limit.get());
    let said = move || {
        let nearly = if percent() >= 90 { ", nearly full" } else { "" };
        format!("{label}: {} of {}{nearly}", text::bytes(used.get()), text::bytes(limit.get()))
    };
    view! {
        <span class="meter" class:meter--full=move || { percent() >= 90 } title=said>
            <span class="meter__label" aria-hidden="true">{label}</span>
            <progress class="meter__bar" max="100" value=move || percent().to_string() aria-label=said></progress>
        </span>
    }
}
