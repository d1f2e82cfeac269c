//! Copy: puts the code beside it on the clipboard.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// Copies the code of its row or block.
#[component]
pub(crate) fn CopyButton() -> impl IntoView {
    island(
        "copy_button",
        view! {
            <button class="tool" title="Copy">
                <Icon glyph=Glyph::Copy />
                <span class="unseen" aria-live="polite">"Copy"</span>
            </button>
        },
    )
}
