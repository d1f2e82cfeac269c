//! Copy on code that is only to be read. Such blocks are finished HTML of the lesson, which knows no islands.

use leptos::prelude::*;

use super::island;

/// Nothing to see: its other half adds the buttons.
#[component]
pub(crate) fn PlainCode() -> impl IntoView {
    island("plain_code", ())
}
