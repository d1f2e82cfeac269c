//! Dividers: dragged, or moved with the arrow keys; where they are is remembered.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use crate::browser;

/// The first side's share of both, in thousandths: whole numbers, because writing out others costs kilobytes.
const DEFAULT: i32 = 540;
/// Neither side becomes too narrow to use.
const LEAST: i32 = 280;
/// Neither side becomes too narrow to use.
const MOST: i32 = 740;
/// What an arrow key moves it by.
const STEP: i32 = 20;

/// A divider of two sides.
pub(super) struct Kind {
    /// What this browser remembers it by.
    remembered: &'static str,
    /// The style that says where it is.
    property: &'static str,
    /// Where a pointer is between the beginning of the first side and the end of the second, in thousandths.
    place: fn(&PointerEvent, &Element) -> Option<i32>,
}

/// The text, and the workbench beside it.
const TEXT: Kind = Kind {
    remembered: "split",
    property: "--split",
    place: |event, _| share(event.client_x(), browser::root()?.client_width()),
};

/// The terminals, and panels below them.
pub(super) const TERMINALS: Kind = Kind {
    remembered: "terminals-height",
    property: "--terminals",
    place: |event, divider| {
        let around = browser::around(divider, ".workbench")?.get_bounding_client_rect();
        #[allow(clippy::cast_possible_truncation)] // pixels of a screen
        let (top, height) = (around.top() as i32, around.height() as i32);
        share(event.client_y() - top, height)
    },
};

/// What part of a length that is, in thousandths.
fn share(part: i32, of: i32) -> Option<i32> {
    (of > 0).then(|| part * 1000 / of)
}

/// A divider, and where it is.
struct Divider {
    kind: Kind,
    element: Element,
    share: Cell<i32>,
    dragged: Cell<bool>,
}

pub(super) fn wake(island: &Element) -> Option<()> {
    divide(island, TEXT)
}

/// Has the divider in that element move.
pub(super) fn divide(around: &Element, kind: Kind) -> Option<()> {
    let element = browser::find(around, ".divider")?;
    let kept = browser::remembered(kind.remembered).and_then(|kept| kept.parse().ok());
    let divider = Rc::new(Divider {
        kind,
        element: element.clone(),
        share: Cell::new(DEFAULT),
        dragged: Cell::new(false),
    });
    if let Some(kept) = kept {
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
                .set_property(self.kind.property, &format!("{}.{}%", to / 10, to % 10));
        }
    }

    fn keep(&self) {
        browser::remember(self.kind.remembered, &self.share.get().to_string());
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
        if self.dragged.get()
            && let Some(event) = event.dyn_ref::<PointerEvent>()
            && let Some(to) = (self.kind.place)(event, &self.element)
        {
            self.move_to(to);
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
        "ArrowLeft" | "ArrowUp" => now - STEP,
        "ArrowRight" | "ArrowDown" => now + STEP,
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
