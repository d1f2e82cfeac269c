//! The parts of a page that move, as the server draws them: with nothing known of the learner.
//!
//! Each has its twin in `awake/`, the function of the same name that takes the element over in the browser. What
//! it needs to know stands in the markup, in `data-` attributes or as the text itself: nothing is sent twice, and
//! nothing secret is sent at all.

// Leptos's macro makes each component's function public within its module.
#![allow(unreachable_pub)]

pub(crate) mod ask;
pub(crate) mod commands;
pub(crate) mod contents;
pub(crate) mod copy_button;
pub(crate) mod divider;
pub(crate) mod exercise_state;
pub(crate) mod lesson_progress;
pub(crate) mod live_region;
pub(crate) mod plain_code;
pub(crate) mod recovery;
pub(crate) mod run_button;
pub(crate) mod sandbox_status;
pub(crate) mod save_button;
pub(crate) mod submission;
pub(crate) mod theme_toggle;
pub(crate) mod view_switch;
pub(crate) mod workbench;

use leptos::prelude::*;

/// Marks a view as an island: the page's script hands the element to the function `name` of the WASM.
fn island(name: &'static str, view: impl IntoView) -> impl IntoView {
    view! { <leptos-island data-component=name>{view}</leptos-island> }
}
