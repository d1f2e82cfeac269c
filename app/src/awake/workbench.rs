//! The workbench: terminals in tabs; before there is a sandbox, the way to one.

use web_sys::Element;

use super::divider::{TERMINALS, divide};
use super::{keys, panels, start_panel, tabs, terminal_menu};
use crate::browser;
use crate::live::{Store, TABS_MAX};

/// What this browser remembers of panels standing below the terminals.
const SPLIT: &str = "panels-below";

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let terminals = &store.terminals;
    let bench = browser::find(island, ".workbench")?;
    start_panel::wake(&bench)?;
    terminal_menu::wake(&bench)?;
    panels::wake(&bench);

    let row = browser::find(&bench, ".tabs__list")?;
    let screens = browser::find(&bench, ".workbench__screens")?;
    let add = browser::find(&bench, "[data-add]")?;
    browser::on(&add, "click", move |_| terminals.add());

    let split = browser::find(&bench, "[data-split]")?;
    let divider = browser::find(&bench, ".workbench__divider")?;
    divide(&divider, TERMINALS);
    terminals
        .split
        .set(browser::remembered(SPLIT).is_some_and(|kept| !kept.is_empty()));
    browser::on(&split, "click", move |_| terminals.toggle_split());

    let shown_when_ready = [".tabs", ".workbench__keys"].map(|part| browser::find(&bench, part));
    let show_parts = {
        let (screens, bench) = (screens.clone(), bench.clone());
        move || {
            for part in shown_when_ready.iter().flatten() {
                browser::show(part, store.is_ready());
            }
            let is_split = terminals.is_split() && terminals.panel.with(Option::is_some);
            browser::show(&screens, store.is_ready() && terminals.are_shown());
            browser::show(&divider, store.is_ready() && is_split);
            browser::class(&bench, "workbench--split", is_split);
            browser::attribute(
                &split,
                "aria-pressed",
                Some(if terminals.split.get() { "true" } else { "false" }),
            );
            show(store);
        }
    };
    store.sandbox.watch(show_parts.clone());
    terminals.panel.after_change(show_parts.clone());
    terminals.split.after_change(show_parts.clone());
    terminals.split.after_change(move || {
        browser::remember(SPLIT, if terminals.split.get() { "yes" } else { "" });
    });
    if let Some(window) = browser::window() {
        browser::on(&window, "resize", move |_| show_parts());
    }
    let arrange = move || {
        let names = terminals.names.get();
        only(&row, &names, tabs::add_tab);
        only(&screens, &names, tabs::add_screen);
        browser::attribute(&add, "disabled", (names.len() >= TABS_MAX).then_some(""));
        show(store);
    };
    terminals.names.watch(arrange);
    // A narrow page has hidden the bench until then, and a terminal needs a size.
    browser::on_view_change(move || show(store));
    terminals.active.after_change(move || show(store));
    terminals.states.after_change(move || show(store));
    terminals.details.after_change(move || show(store));
    // Where a command from the text went.
    terminals.sent.after_change(move || {
        browser::class(&bench, "workbench--flash", true);
        let bench = bench.clone();
        browser::after(600, move || browser::class(&bench, "workbench--flash", false));
    });
    keys::wake(store)
}

/// Brings the children of `parent` to one for each name, in order; those that stay are left alone.
fn only(parent: &Element, names: &[String], add: fn(&Element, &str)) {
    let terminal = |child: &Element| child.get_attribute("data-terminal").unwrap_or_default();
    let present = browser::find_all(parent, ":scope > [data-terminal]");
    for child in &present {
        if !names.contains(&terminal(child)) {
            child.remove();
        }
    }
    for name in names {
        if !present.iter().any(|child| terminal(child) == *name) {
            add(parent, name);
        }
    }
}

/// Shows the active tab's screen, and how each is.
fn show(store: &'static Store) {
    let active = store.terminals.active.get();
    let behind = !store.terminals.are_shown();
    for name in store.terminals.names.get() {
        let selected = name == active && !behind;
        if let Some(tab) = browser::by_id(&format!("tab-{name}")) {
            browser::attribute(&tab, "aria-current", selected.then_some("true"));
            if let Some(around) = browser::around(&tab, ".tab") {
                browser::class(&around, "tab--selected", selected);
            }
        }
        if let Some(screen) = browser::by_id(&format!("screen-{name}")) {
            browser::show(&screen, selected);
            tabs::say(&screen, &name);
            if selected && screen.client_height() > 0 {
                tabs::draw(&screen, &name);
            }
        }
    }
}
