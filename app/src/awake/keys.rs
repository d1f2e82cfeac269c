//! The keys that are the page's own, wherever the focus is.

use drydock_protocol::live::Level;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use crate::browser;
use crate::live::{Store, Tone};

/// The panels by their keys, the terminals first.
const PANELS: [&str; 5] = ["", "files", "images", "containers", "preview"];
/// What takes typed characters: a `?` there is one.
const WRITABLE: &str = "input, textarea, select, [contenteditable], .files__editor";

/// What a press of keys means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// From the text to the workbench, or back.
    Across,
    /// To the text.
    Out,
    /// To a panel, by its place in [`PANELS`].
    Panel(usize),
    /// The panels below the terminals, or before them.
    Split,
    /// What keys there are.
    List,
}

/// A press, as far as it matters here.
#[derive(Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // each modifier is held or not
struct Press<'a> {
    /// What it would write.
    key: &'a str,
    /// Where the key is, whatever it would write: with Alt, it writes other things on a Mac.
    code: &'a str,
    ctrl: bool,
    alt: bool,
    shift: bool,
    /// AltGr, which says Ctrl and Alt on Windows: it is for characters.
    graph: bool,
    /// Whether the focus is where characters are written.
    writes: bool,
}

fn wish(press: Press<'_>) -> Option<Wish> {
    if press.key == "Escape" && press.ctrl && press.shift {
        return Some(Wish::Out);
    }
    if press.ctrl && press.alt && !press.shift && !press.graph {
        let digit: usize = press.code.strip_prefix("Digit")?.parse().ok()?;
        if digit == 0 {
            return Some(Wish::Split);
        }
        return (1..=PANELS.len())
            .contains(&digit)
            .then(|| Wish::Panel(digit - 1));
    }
    match press.key {
        "F6" => Some(Wish::Across),
        "?" if !press.writes && !press.ctrl && !press.alt => Some(Wish::List),
        _ => None,
    }
}

/// Hears of keys before the terminal does, or there would be no way out of it.
pub(super) fn wake(store: &'static Store) -> Option<()> {
    let document = browser::document()?;
    browser::on_capture(&document, "keydown", move |event| {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let active = browser::document().and_then(|document| document.active_element());
        let is_in = |selector: &str| {
            let around = |active: &Element| browser::around(active, selector).is_some();
            active.as_ref().is_some_and(around)
        };
        let press = Press {
            key: &key.key(),
            code: &key.code(),
            ctrl: key.ctrl_key(),
            alt: key.alt_key(),
            shift: key.shift_key(),
            graph: key.get_modifier_state("AltGraph"),
            writes: is_in(WRITABLE),
        };
        let Some(wish) = wish(press) else { return };
        event.prevent_default();
        event.stop_propagation();
        match wish {
            Wish::Across if !is_in("#bench") => to_bench(store),
            Wish::Across | Wish::Out => to_text(),
            Wish::Panel(place) => to_panel(store, PANELS[place]),
            // Where there is nothing to split, the way there.
            Wish::Split if !store.is_ready() => to_bench(store),
            Wish::Split => store.terminals.toggle_split(),
            Wish::List => list(store),
        }
    });
    Some(())
}

fn to_text() {
    browser::show_view("lesson");
    if let Some(text) = browser::by_id("text") {
        browser::focus(&text);
    }
}

fn to_bench(store: &'static Store) {
    browser::show_view("bench");
    if let Some(bench) = browser::by_id("bench") {
        browser::focus(&bench);
    }
    store.terminals.focus();
}

/// Shows a panel, and puts the focus there; the terminal, if it has no name.
fn to_panel(store: &'static Store, name: &str) {
    if !store.is_ready() {
        return to_bench(store);
    }
    browser::show_view("bench");
    if let Some(panel) = browser::by_id(&format!("panel-{name}")) {
        store.terminals.panel.set(Some(name.to_owned()));
        browser::focus(&panel);
    } else {
        store.terminals.to_front();
        store.terminals.focus();
    }
}

fn list(store: &'static Store) {
    if !store.is_ready() {
        let text = "F6 moves between the text and the workbench. More keys are listed here once your sandbox has started.";
        return store.messages.say(Tone::Notice(Level::Info), text);
    }
    browser::show_view("bench");
    if let Some(button) = browser::by_id("keys") {
        button.click();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CTRL_ALT: Press<'_> = Press {
        key: "",
        code: "",
        ctrl: true,
        alt: true,
        shift: false,
        graph: false,
        writes: true,
    };

    #[test]
    fn each_panel_has_a_key_wherever_the_focus_is() {
        for (code, place) in [("Digit1", 0), ("Digit3", 2), ("Digit5", 4)] {
            let press = Press {
                key: "¡",
                code,
                ..CTRL_ALT
            };
            assert_eq!(wish(press), Some(Wish::Panel(place)));
        }
        assert_eq!(
            wish(Press {
                code: "Digit0",
                ..CTRL_ALT
            }),
            Some(Wish::Split)
        );
        for code in ["Digit6", "KeyA", "Numpad1"] {
            assert_eq!(wish(Press { code, ..CTRL_ALT }), None);
        }
    }

    #[test]
    fn characters_stay_characters() {
        // `#` on a French keyboard.
        let hash = Press {
            key: "#",
            code: "Digit3",
            graph: true,
            ..CTRL_ALT
        };
        assert_eq!(wish(hash), None);
        let question = Press {
            key: "?",
            shift: true,
            ..Press::default()
        };
        assert_eq!(wish(question), Some(Wish::List));
        assert_eq!(
            wish(Press {
                writes: true,
                ..question
            }),
            None
        );
    }

    #[test]
    fn there_is_a_way_out_of_the_terminal() {
        let terminal = Press {
            writes: true,
            ..Press::default()
        };
        assert_eq!(
            wish(Press {
                key: "F6",
                ..terminal
            }),
            Some(Wish::Across)
        );
        let escape = Press {
            key: "Escape",
            ctrl: true,
            shift: true,
            ..terminal
        };
        assert_eq!(wish(escape), Some(Wish::Out));
        assert_eq!(
            wish(Press {
                key: "Escape",
                ..terminal
            }),
            None
        );
    }
}
