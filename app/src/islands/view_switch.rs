//! The bar at the bottom of a narrow page: it switches between the lesson and the terminal.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// Two buttons. A wide page shows both sides and hides the bar.
#[component]
pub(crate) fn ViewSwitch() -> impl IntoView {
    island(
        "view_switch",
        view! {
            <nav class="view-switch" aria-label="Lesson and terminal">
            <div class="view-switch__row" role="group" aria-label="Part of the page">
                <button class="view-switch__button" data-shows="lesson" aria-pressed="true">
                    <Icon glyph=Glyph::Page />"Lesson"
                </button>
                <button class="view-switch__button" data-shows="bench" aria-pressed="false">
                    <Icon glyph=Glyph::Prompt />"Terminal"
                    <span class="view-switch__dot" hidden><span class="unseen">", ready"</span></span>
                </button>
            </div>
            </nav>
        },
    )
}
