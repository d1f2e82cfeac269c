//! The divider between the text and the workbench: dragged, or moved with the arrow keys; it is remembered.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use crate::browser;

/// The text's share of the width, in thousandths: whole numbers, because writing out others costs kilobytes.
const DEFAULT: i32 = 540;
/// Neither side becomes too narrow to use.
const LEAST: i32 = 280;
/// Neither side becomes too narrow to use.
const MOST: i32 = 740;
/// What an arrow key moves it by.
const STEP: i32 = 20;

/// A separator that can be moved, as ARIA has it.
#[island]
pub fn Divider() -> impl IntoView {
    let share = RwSignal::new(DEFAULT);
    let dragged = RwSignal::new(false);
    let move_to = move |to: i32| {
        let to = to.clamp(LEAST, MOST);
        share.set(to);
        if let Some(root) = browser::root() {
            let _ = root.style().set_property("--split", &format!("{}.{}%", to / 10, to % 10));
        }
    };
    let keep = move || browser::remember("split", &share.get_untracked().to_string());

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
        let width = browser::root().map_or(0, |root| root.client_width());
        if dragged.get_untracked() && width > 0 {
            move_to(event.client_x() * 1000 / width);
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
            aria-valuemin=(LEAST / 10).to_string()
            aria-valuemax=(MOST / 10).to_string()
            aria-valuenow=move || (share.get() / 10).to_string()
            on:pointerdown=press
            on:pointermove=drag
            on:pointerup=release
            on:pointercancel=release
            on:dblclick=move |_| { move_to(DEFAULT); keep(); }
            on:keydown=key
        ></div>
    }
}
