//! The theme: as the system has it, light, or dark.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser;
use crate::components::icon::{Glyph, Icon};

/// The choices, in the order in which the button goes through them.
const THEMES: [(&str, Glyph, &str); 3] = [
    ("auto", Glyph::Auto, "Theme: as your system has it"),
    ("light", Glyph::Sun, "Theme: light"),
    ("dark", Glyph::Moon, "Theme: dark"),
];

/// Goes through the themes, and has the server remember the choice by a cookie.
#[island]
pub fn ThemeToggle() -> impl IntoView {
    let chosen = RwSignal::new(0_usize);
    // The root says what the server rendered; the button was rendered for everyone.
    Effect::new(move |_| {
        let theme = browser::root().and_then(|root| root.get_attribute("data-theme"));
        let index = THEMES.iter().position(|(name, ..)| Some(*name) == theme.as_deref());
        chosen.set(index.unwrap_or(0));
    });
    let change = move |_| {
        let index = (chosen.get_untracked() + 1) % THEMES.len();
        chosen.set(index);
        // Terminals see the change by themselves.
        apply(THEMES[index].0);
    };
    let title = move || THEMES[chosen.get()].2;
    let glyph = Signal::derive(move || THEMES[chosen.get()].1);
    view! {
        <button class="icon-button" title=title aria-label=title on:click=change>
            <Icon glyph />
        </button>
    }
}

fn apply(theme: &str) {
    if let Some(root) = browser::root() {
        let _ = root.set_attribute("data-theme", theme);
    }
    let cookie = if theme == "auto" {
        "theme=; path=/; max-age=0; samesite=lax".to_owned()
    } else {
        // A year, in seconds.
        format!("theme={theme}; path=/; max-age=31536000; samesite=lax")
    };
    if let Some(document) = browser::document() {
        // `document.cookie` is not on web-sys's plain Document.
        let _ = js_sys::Reflect::set(&document, &"cookie".into(), &JsValue::from_str(&cookie));
    }
}
