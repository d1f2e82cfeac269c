//! Drydock's user interface, compiled twice.
//!
//! * **`ssr`**, for the server: [`render`] turns a [`Page`] into the bytes of a whole document, with Leptos. A
//!   lesson's document does not depend on the learner, so the server renders it once and keeps it.
//! * **`hydrate`**, for the browser: the *islands*, the few parts of a page that move. The page's own script
//!   (`app/js/boot.ts`) starts the module, calls `hydrate`, and then wakes each `<leptos-island>` it finds by
//!   the name in its `data-component`.
//!
//! Each island has two halves of one name: what the server draws (`islands/`), and what takes that over in the
//! browser (`awake/`). The second half is without Leptos: its views would be compiled once more, only to find
//! what stands in the page already, and that was four fifths of the download.
//!
//! Everything that is the learner's (sandbox, verdicts, progress) reaches the islands through one store (`live/`),
//! which hears it from the HTTP API and the events socket. This crate knows nothing about how pages are served, nor
//! about engines or storage.

// Leptos's macros nest views deeply.
#![recursion_limit = "256"]

mod components;
// Each half uses some of it.
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod text;

// The server's half.
#[cfg(feature = "ssr")]
mod document;
#[cfg(feature = "ssr")]
mod islands;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod site;
#[cfg(feature = "ssr")]
pub use document::{Page, render};
#[cfg(feature = "ssr")]
pub use site::{Assets, Site, Theme};

/// The browser's half. Outside of it, it is compiled for its tests only.
#[cfg(any(feature = "hydrate", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod api;
#[cfg(any(feature = "hydrate", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod awake;
#[cfg(any(feature = "hydrate", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod browser;
#[cfg(any(feature = "hydrate", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod exit;
#[cfg(any(feature = "hydrate", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code))]
mod json;
#[cfg(any(feature = "hydrate", test))]
#[cfg_attr(not(feature = "hydrate"), allow(dead_code, unused_imports))]
mod live;

#[cfg(test)]
mod sample;

/// Gets the module ready for its islands. Called once, before the first island wakes.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    // The store is made when it is first asked for: nothing to do, and nothing for islands to wait for.
}
