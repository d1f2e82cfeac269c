//! The theme: as the system has it, light, or dark.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// Goes through the themes.
#[component]
pub(crate) fn ThemeToggle() -> impl IntoView {
    let name = "Theme: as your system has it";
    island(
        "theme_toggle",
        view! {
            <button class="icon-button" title=name aria-label=name>
                <Icon glyph=Glyph::Auto />
            </button>
        },
    )
}
