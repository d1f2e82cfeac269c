//! The theme: as the system has it, light, or dark. A cookie has the server remember the choice.

use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::browser;
use crate::components::icon::Glyph;

/// The choices, in the order in which the button goes through them.
const THEMES: [(&str, Glyph, &str); 3] = [
    ("auto", Glyph::Auto, "Theme: as your system has it"),
    ("light", Glyph::Sun, "Theme: light"),
    ("dark", Glyph::Moon, "Theme: dark"),
];

pub(super) fn wake(island: &Element) -> Option<()> {
    let button = browser::find(island, "button")?;
    show(&button, chosen());
    browser::on(&button.clone(), "click", move |_| {
        let index = (chosen() + 1) % THEMES.len();
        // Terminals see the change by themselves.
        apply(THEMES[index].0);
        show(&button, index);
    });
    Some(())
}

fn show(button: &Element, index: usize) {
    browser::glyph(button, THEMES[index].1);
    browser::name(button, THEMES[index].2);
}

/// What the root says: the server rendered it by the cookie.
fn chosen() -> usize {
    let theme = browser::root().and_then(|root| root.get_attribute("data-theme"));
    THEMES
        .iter()
        .position(|(name, ..)| Some(*name) == theme.as_deref())
        .unwrap_or(0)
}

fn apply(theme: &str) {
    if let Some(root) = browser::root() {
        browser::attribute(&root, "data-theme", Some(theme));
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
