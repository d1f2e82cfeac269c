//! The tabs of the panels. What is in a panel is a module of its own (`app/panels`), which the first one that is opened loads.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};

use crate::browser;
use crate::live::{Store, Tone};
use drydock_protocol::live::Level;

/// What this browser remembers of the panel on show.
const REMEMBERED: &str = "panel";

pub(super) fn wake(bench: &Element) {
    let store = Store::of_page();
    let panel = &store.terminals.panel;
    let tabs = browser::find_all(bench, "[data-panel]");
    let names: Vec<String> = tabs
        .iter()
        .filter_map(|tab| tab.get_attribute("data-panel"))
        .collect();
    for (tab, name) in tabs.iter().zip(&names) {
        let name = name.clone();
        browser::on(tab, "click", move |_| panel.set(Some(name.clone())));
    }
    if let Some(last) = browser::remembered(REMEMBERED).filter(|last| names.contains(last)) {
        panel.set(Some(last));
    }
    let show = move || {
        let shown = panel.get().filter(|_| store.is_ready());
        for (tab, name) in tabs.iter().zip(&names) {
            let selected = shown.as_ref() == Some(name);
            browser::attribute(tab, "aria-current", selected.then_some("true"));
            if let Some(around) = browser::around(tab, ".tab") {
                browser::class(&around, "tab--selected", selected);
            }
            if let Some(element) = browser::by_id(&format!("panel-{name}")) {
                browser::show(&element, selected);
                if selected && element.client_height() > 0 {
                    open(store, name.clone(), element);
                }
            }
        }
    };
    store.sandbox.watch(show.clone());
    // A narrow page has hidden the bench until then.
    browser::on_view_change(show.clone());
    panel.after_change(move || {
        browser::remember(REMEMBERED, &panel.get().unwrap_or_default());
        show();
    });
    open_files(store);
}

/// Has the panels' module draw a panel.
fn open(store: &'static Store, name: String, element: HtmlElement) {
    browser::spawn(async move {
        if let Err(error) = try_open(&name, &element).await {
            browser::report(&error);
            let text = "The panel could not be loaded. Reload the page; your sandbox stays as it is.";
            store.messages.say(Tone::Notice(Level::Bad), text);
        }
    });
}

/// Links in the text that open a file. Without a sandbox they lead to where one is started.
fn open_files(store: &'static Store) -> Option<()> {
    let document = browser::document()?;
    browser::on(&document, "click", move |event| {
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let Some(link) = link.and_then(|element| browser::around(&element, "a[data-open]")) else {
            return;
        };
        browser::show_view("bench");
        if !store.is_ready() {
            return;
        }
        event.prevent_default();
        store.terminals.panel.set(Some("files".to_owned()));
        let path = link.get_attribute("data-open").unwrap_or_default();
        let at = link.get_attribute("data-line").and_then(|at| at.parse().ok());
        browser::spawn(async move {
            let opened = async { panels().await?.open_file(&path, at.unwrap_or(1)) };
            if let Err(error) = opened.await {
                browser::report(&error);
            }
        });
    });
    Some(())
}

async fn panels() -> Result<PanelsModule, JsValue> {
    let module = wasm_bindgen_futures::JsFuture::from(load_panels()?).await?;
    Ok(module.unchecked_into())
}

async fn try_open(name: &str, element: &HtmlElement) -> Result<(), JsValue> {
    panels().await?.open(name, element)
}

#[wasm_bindgen]
extern "C" {
    /// Loads the panels' code: a promise of its module.
    #[wasm_bindgen(catch, js_namespace = ["globalThis", "drydock"], js_name = panels)]
    fn load_panels() -> Result<js_sys::Promise, JsValue>;

    type PanelsModule;

    #[wasm_bindgen(method, catch)]
    fn open(this: &PanelsModule, name: &str, element: &HtmlElement) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = openFile)]
    fn open_file(this: &PanelsModule, path: &str, line: u32) -> Result<(), JsValue>;
}
