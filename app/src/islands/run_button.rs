//! Run: types the command beside it into the terminal.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// Runs the command of its row.
#[component]
pub(crate) fn RunButton() -> impl IntoView {
    island(
        "run_button",
        view! {
            <button class="tool tool--run" title="Run in the terminal">
                <Icon glyph=Glyph::Play />
                <span class="tool__name">"Run"</span>
            </button>
        },
    )
}
