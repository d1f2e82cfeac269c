//! The divider between the text and the workbench: dragged, or moved with the arrow keys; it is remembered.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use crate::browser;

/// The text's share of the width, in percent.
const DEFAULT: f64 = 54.0;
/// Neither side becomes too narrow to use.
const LEAST: f64 = 28.0;
/// Neither side becomes too narrow to use.
const MOST: f64 = 74.0;
/// What an arrow key moves it by, in percent.
const STEP: f64 = 2.0;

/// A separator that can be moved, as ARIA has it.
#[island]
pub fn Divider() -> impl IntoView {
    let share = RwSignal::new(DEFAULT);
    let dragged = RwSignal::new(false);
    let move_to = move |to: f64| {
        let to = to.clamp(LEAST, MOST);
        share.set(to);
        if let Some(root) = browser::root() {
            let _ = root.style().set_property("--split", &format!("{to:.1}%"));
        }
    };
    let keep = move || browser::remember("split", &format!("{:.1}", share.get_untracked()));

    Effect::new(move |_| {
        if let Some(kept) = browser::remembered("split").and_then(|kept| kept.parse().ok()) {
            move_to(kept);
        }
    });

    let press = move |event: PointerEvent| {
        event.prevent_default();
        let handle = event_target::<web_sys::Element>(&event);
        let _ = handle.set_pointer_capture(event.pointer_id());
        dragged.set(true);
    };
    let drag = move |event: PointerEvent| {
        let width = browser::root().map_or(0.0, |root| f64::from(root.client_width()));
        if dragged.get_untracked() && width > 0.0 {
            move_to(f64::from(event.client_x()) * 100.0 / width);
        }
    };
    let release = move |_: PointerEvent| {
        if dragged.get_untracked() {
            dragged.set(false);
            keep();
        }
    };
    let key = move |event: KeyboardEvent| {
        let now = share.get_untracked();
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now - STEP,
            "ArrowRight" | "ArrowUp" => now + STEP,
            "Home" => LEAST,
            "End" => MOST,
            "Enter" => DEFAULT,
            _ => return,
        };
        event.prevent_default();
        move_to(to);
        keep();
    };
    view! {
        <div
            class="divider"
            class:divider--dragged=move || dragged.get()
            role="separator"
            tabindex="0"
            aria-orientation="vertical"
            aria-label="Width of the text"
            aria-controls="lesson"
            aria-valuemin=LEAST.to_string()
            aria-valuemax=MOST.to_string()
            aria-valuenow=move || format!("{:.0}", share.get())
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=release
            on:dblclick=move |_| { move_to(DEFAULT); keep(); }
            on:keydown=key
        ></div>
    }
}
