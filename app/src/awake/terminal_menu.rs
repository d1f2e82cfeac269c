//! The terminal's menu: the switch of the mode for screen readers. What else is in it is to be read.

use web_sys::Element;

use crate::browser;
use crate::live::Store;

/// Where the terminal's code looks for it, too: `drydock.screenReader` is `on` or `off`.
const REMEMBERED_AS: &str = "screenReader";

pub(super) fn wake(bench: &Element) -> Option<()> {
    let switch = browser::find(bench, "[data-screen-reader]")?;
    show(
        &switch,
        browser::remembered(REMEMBERED_AS).as_deref() == Some("on"),
    );
    browser::on(&switch.clone(), "click", move |_| {
        let on = switch.get_attribute("aria-checked").as_deref() != Some("true");
        show(&switch, on);
        browser::remember(REMEMBERED_AS, if on { "on" } else { "off" });
        Store::of_page().terminals.set_screen_reader(on);
    });
    Some(())
}

fn show(switch: &Element, on: bool) {
    browser::attribute(switch, "aria-checked", Some(if on { "true" } else { "false" }));
}
