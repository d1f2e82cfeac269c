//! Save: writes the code below it to the learner's workspace.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// Saves the code of its block under a path of the workspace.
#[component]
pub(crate) fn SaveButton(path: String) -> impl IntoView {
    island(
        "save_button",
        view! {
            <button class="tool tool--save" data-path=path title="Save into your home folder">
                <Icon glyph=Glyph::Save />
                <span class="tool__name" aria-live="polite">"Save"</span>
            </button>
            <button class="tool tool--keep" hidden>
                <span class="tool__name">"Keep mine"</span>
            </button>
        },
    )
}
