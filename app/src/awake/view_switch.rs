//! The bar at the bottom of a narrow page: it switches between the lesson and the terminal.

use web_sys::Element;

use crate::browser;
use crate::live::Store;

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let buttons = browser::find_all(island, "[data-shows]");
    for button in &buttons {
        let shows = button.get_attribute("data-shows")?;
        browser::on(button, "click", move |_| {
            browser::show_view(&shows);
            if shows == "bench" {
                browser::after(0, move || store.terminals.focus());
            }
        });
    }
    // The Run buttons and the keyboard switch too, by the root's attribute: follow that.
    let root = browser::root()?;
    let follow = move || {
        let shown = root.get_attribute("data-view").unwrap_or_else(|| "lesson".into());
        for button in &buttons {
            let pressed = button.get_attribute("data-shows").as_deref() == Some(&shown);
            browser::attribute(
                button,
                "aria-pressed",
                Some(if pressed { "true" } else { "false" }),
            );
        }
    };
    browser::on_view_change(follow);
    let dot = browser::find(island, ".view-switch__dot")?;
    store.sandbox.watch(move || browser::show(&dot, store.is_ready()));
    Some(())
}
