//! The workbench's panels: what the learner's engine has, drawn, and what runs in it, seen.
//!
//! They are a module of their own, which the page's script loads when the first panel is opened: a lesson is read and a terminal
//! used without it. So they are Leptos in the browser, whole: what is on show changes with every command, and is worth its size here.
//!
//! * [`size`], [`builds`], [`layer`], [`picture`], [`labels`], [`state`], [`tail`], [`tree`] and [`news`] work out what is to be seen, from what the API says. They are pure, and have tests.
//! * `view` draws it, `feed`, (of files) `desk`, `editor` and `upload` and (of builds) `builder` keep it true; they are for the browser (the feature `browser`).
//!
//! Nothing that an engine says is HTML, or becomes an address.

// Leptos's macros nest views deeply.
#![recursion_limit = "256"]
// Without the browser, nobody calls what its views use.
#![cfg_attr(not(feature = "browser"), allow(dead_code))]

mod builds;
mod labels;
mod layer;
mod news;
mod picture;
mod size;
mod state;
mod tail;
mod tree;

#[cfg(feature = "browser")]
mod api;
#[cfg(feature = "browser")]
mod builder;
#[cfg(feature = "browser")]
mod desk;
#[cfg(feature = "browser")]
mod editor;
#[cfg(feature = "browser")]
mod feed;
#[cfg(feature = "browser")]
mod log;
#[cfg(feature = "browser")]
mod upload;
#[cfg(feature = "browser")]
mod view;

/// Draws a panel into an element, for as long as the page lives: `files`, `images`, `containers` or `preview`.
#[cfg(feature = "browser")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn open(name: &str, element: web_sys::HtmlElement) {
    view::open(name, element);
}

/// Opens a file of the workspace in the editor, at a line (from 1). The panel "files" is open, or is opened with it.
#[cfg(feature = "browser")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn open_file(path: String, line: u32) {
    desk::Desk::of_page().open_at(path, line);
}

/// Takes in a frame of the page's events socket.
#[cfg(feature = "browser")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hear(frame: &str) {
    feed::hear(frame);
}
