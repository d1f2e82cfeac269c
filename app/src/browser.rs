//! Small conveniences over the browser. They compile for the server too, where nothing calls them: only event
//! handlers and effects do, and those run in the browser alone.

use std::pin::Pin;

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement, Storage, Window};

/// Runs a task beside what the page does. Boxed here, so that tasks do not each bring an executor of their own.
pub(crate) fn spawn(task: impl Future<Output = ()> + 'static) {
    let task: Pin<Box<dyn Future<Output = ()>>> = Box::pin(task);
    wasm_bindgen_futures::spawn_local(task);
}

/// The page's window.
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

/// The page's document.
pub(crate) fn document() -> Option<Document> {
    window()?.document()
}

/// The root element, which carries `data-theme`, `data-view` and the divider's place.
pub(crate) fn root() -> Option<HtmlElement> {
    document()?.document_element()?.dyn_into().ok()
}

/// The element with that id.
pub(crate) fn by_id(id: &str) -> Option<HtmlElement> {
    document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The nearest element around `element` that the selector names.
pub(crate) fn around(element: &Element, selector: &str) -> Option<Element> {
    element.closest(selector).ok().flatten()
}

/// The text of the first element inside `element` that the selector names.
pub(crate) fn text_in(element: &Element, selector: &str) -> Option<String> {
    element.query_selector(selector).ok().flatten()?.text_content()
}

/// Moves the focus to an element.
pub(crate) fn focus(element: &HtmlElement) {
    // It fails only for an element that cannot take the focus, and then there is nothing better to do.
    let _ = element.focus();
}

/// Puts text on the clipboard; false if the browser does not allow it.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    // Absent on pages that are not served over https or from localhost.
    let navigator = window.navigator();
    if js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

/// What this browser remembers under a name.
pub(crate) fn remembered(name: &str) -> Option<String> {
    storage()?.get_item(&format!("drydock.{name}")).ok().flatten()
}

/// Has this browser remember something. Where storage is off, it forgets: nothing depends on it.
pub(crate) fn remember(name: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&format!("drydock.{name}"), value);
    }
}

/// Whole seconds since 1970 by this machine's clock.
pub(crate) fn now() -> i64 {
    #[allow(clippy::cast_possible_truncation)] // seconds since 1970 fit for longer than browsers will
    let seconds = (js_sys::Date::now() / 1000.0) as i64;
    seconds
}

/// Shows one part of a narrow page: `lesson` or `bench`. A wide page shows both.
pub(crate) fn show_view(view: &str) {
    if let Some(root) = root() {
        let _ = root.set_attribute("data-view", view);
    }
}
