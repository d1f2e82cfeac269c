//! How the commands of the text went when they were run. The marks stand beside the commands; this is what is read out.

use leptos::prelude::*;

use super::island;

/// Nothing to see.
#[component]
pub(crate) fn Commands() -> impl IntoView {
    island("commands", view! { <p class="unseen" role="status"></p> })
}
