//! The divider between the text and the workbench: dragged, or moved with the arrow keys; it is remembered.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use crate::browser;

/// The text's share of the width, in thousandths: whole numbers, because writing out others costs kilobytes.
const DEFAULT: i32 = 540;
/// Neither side becomes too narrow to use.
const LEAST: i32 = 280;
/// Neither side becomes too narrow to use.
const MOST: i32 = 740;
/// What an arrow key moves it by.
const STEP: i32 = 20;

/// The divider, and where it is.
struct Divider {
    element: Element,
    share: Cell<i32>,
    dragged: Cell<bool>,
}

pub(super) fn wake(island: &Element) -> Option<()> {
    let element = browser::find(island, ".divider")?;
    let divider = Rc::new(Divider {
        element: element.clone(),
        share: Cell::new(DEFAULT),
        dragged: Cell::new(false),
    });
    if let Some(kept) = browser::remembered("split").and_then(|kept| kept.parse().ok()) {
        divider.move_to(kept);
    }
    let on = |event: &str, act: fn(&Divider, &web_sys::Event)| {
        let divider = Rc::clone(&divider);
        browser::on(&element, event, move |event| act(&divider, &event));
    };
    on("pointerdown", Divider::press);
    on("pointermove", Divider::drag);
    on("pointerup", Divider::release);
    on("pointercancel", Divider::release);
    on("dblclick", |divider, _| {
        divider.move_to(DEFAULT);
        divider.keep();
    });
    on("keydown", Divider::key);
    Some(())
}

impl Divider {
    fn move_to(&self, to: i32) {
        let to = to.clamp(LEAST, MOST);
        self.share.set(to);
        browser::attribute(&self.element, "aria-valuenow", Some(&(to / 10).to_string()));
        if let Some(root) = browser::root() {
            let _ = root
                .style()
                .set_property("--split", &format!("{}.{}%", to / 10, to % 10));
        }
    }

    fn keep(&self) {
        browser::remember("split", &self.share.get().to_string());
    }

    fn hold(&self, held: bool) {
        self.dragged.set(held);
        browser::class(&self.element, "divider--dragged", held);
    }

    fn press(&self, event: &web_sys::Event) {
        event.prevent_default();
        if let Some(event) = event.dyn_ref::<PointerEvent>() {
            let _ = self.element.set_pointer_capture(event.pointer_id());
        }
        self.hold(true);
    }

    fn drag(&self, event: &web_sys::Event) {
        let width = browser::root().map_or(0, |root| root.client_width());
        if self.dragged.get()
            && width > 0
            && let Some(event) = event.dyn_ref::<PointerEvent>()
        {
            self.move_to(event.client_x() * 1000 / width);
        }
    }

    fn release(&self, _: &web_sys::Event) {
        if self.dragged.get() {
            self.hold(false);
            self.keep();
        }
    }

    fn key(&self, event: &web_sys::Event) {
        let Some(key) = event.dyn_ref::<KeyboardEvent>().map(KeyboardEvent::key) else {
            return;
        };
        if let Some(to) = moved(self.share.get(), &key) {
            event.prevent_default();
            self.move_to(to);
            self.keep();
        }
    }
}

/// Where a key moves the divider from where it is; `None` if the key is not for it.
fn moved(now: i32, key: &str) -> Option<i32> {
    Some(match key {
        "ArrowLeft" | "ArrowDown" => now - STEP,
        "ArrowRight" | "ArrowUp" => now + STEP,
        "Home" => LEAST,
        "End" => MOST,
        "Enter" => DEFAULT,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_move_the_divider() {
        assert_eq!(moved(540, "ArrowLeft"), Some(520));
        assert_eq!(moved(540, "ArrowRight"), Some(560));
        assert_eq!(moved(300, "Enter"), Some(DEFAULT));
        assert_eq!(moved(540, "Tab"), None);
    }
}
