//! Drydock's user interface, compiled twice.
//!
//! * **`ssr`**, for the server: [`render`] turns a [`Page`] into the bytes of a whole document. A lesson's
//!   document does not depend on the learner, so the server renders it once and keeps it.
//! * **`hydrate`**, for the browser: the *islands*, the few parts of a page that move. The page's own script
//!   (`app/js/boot.ts`) starts the module, calls [`hydrate`], and then wakes each `<leptos-island>` it finds by
//!   the name in its `data-component`.
//!
//! Everything that is the learner's (sandbox, verdicts, progress) reaches the islands through one [`live`]
//! store, which hears it from the HTTP API and the events socket. This crate knows nothing about how pages are
//! served, nor about engines or storage.

// Leptos's macros nest views deeply.
#![recursion_limit = "256"]

mod api;
mod browser;
mod components;
mod islands;
mod live;
#[cfg(feature = "ssr")]
mod pages;
mod text;
mod wire;

#[cfg(test)]
mod sample;

#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod site;

#[cfg(feature = "ssr")]
pub use document::{Page, render};
#[cfg(feature = "ssr")]
pub use site::{Assets, Site, Theme};

/// Gets the module ready for its islands. Called once, before the first island wakes.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
    live::Store::install();
}
