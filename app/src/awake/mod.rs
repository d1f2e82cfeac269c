//! The islands awake: for each one that the server drew (`islands/`), the function that takes it over.
//!
//! The page's script (`app/js/boot.ts`) calls them by the name in the island's `data-component`. An island
//! finds its parts in what the server drew, watches the page's [`Store`](crate::live::Store), and shows it.
//! Nothing is drawn again that stands there already.

// The exports are public by way of wasm-bindgen, not of Rust's paths.
#![cfg_attr(feature = "hydrate", allow(unreachable_pub))]

mod ask;
mod beginning;
mod commands;
mod confirm;
mod contents;
mod copy_button;
mod divider;
mod exercise_state;
mod keys;
mod lesson_progress;
mod live_region;
mod panels;
mod plain_code;
mod recovery;
mod run_button;
mod sandbox_status;
mod save_button;
mod solution;
mod start_panel;
mod strain;
mod submission;
mod tabs;
mod terminal_menu;
mod theme_toggle;
mod view_switch;
mod workbench;

/// Exports, under its own name, the function that wakes each island.
macro_rules! islands {
    ($($name:ident),* $(,)?) => {
        $(
            #[cfg(feature = "hydrate")]
            #[wasm_bindgen::prelude::wasm_bindgen]
            #[doc = concat!("Wakes the island `", stringify!($name), "`.")]
            pub fn $name(island: web_sys::Element) {
                // An island that is not as expected stays as the server drew it: readable.
                let _ = $name::wake(&island);
            }
        )*
    };
}

islands!(
    commands,
    contents,
    copy_button,
    divider,
    exercise_state,
    lesson_progress,
    live_region,
    plain_code,
    recovery,
    run_button,
    sandbox_status,
    save_button,
    submission,
    theme_toggle,
    view_switch,
    workbench,
);
