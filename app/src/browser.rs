//! Small conveniences over the browser.

use std::pin::Pin;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Storage, Window};

use crate::components::icon::Glyph;
use crate::text::{Piece, pieces};

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

/// The first element inside `element` that the selector names.
pub(crate) fn find(element: &Element, selector: &str) -> Option<Element> {
    element.query_selector(selector).ok().flatten()
}

/// All elements inside `element` that the selector names.
pub(crate) fn find_all(element: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = element.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|index| found.get(index)?.dyn_into().ok())
        .collect()
}

/// The nearest element around `element` that the selector names.
pub(crate) fn around(element: &Element, selector: &str) -> Option<Element> {
    element.closest(selector).ok().flatten()
}

/// Calls back on an event, for as long as the target lives: the browser frees the listener with it.
pub(crate) fn on(target: &EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    listen(target, event, false, Box::new(act));
}

/// As [`on`], before the elements inside the target hear of it.
pub(crate) fn on_capture(target: &EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    listen(target, event, true, Box::new(act));
}

fn listen(target: &EventTarget, event: &str, capture: bool, act: Box<dyn FnMut(Event)>) {
    let listener = Closure::wrap(act).into_js_value();
    // It fails only for what is no function.
    let _ = target.add_event_listener_with_callback_and_bool(event, listener.unchecked_ref(), capture);
}

/// Calls back once, so many milliseconds from now.
pub(crate) fn after(milliseconds: i32, act: impl FnOnce() + 'static) {
    let act: Box<dyn FnOnce()> = Box::new(act);
    let callback = Closure::once_into_js(act);
    if let Some(window) = window() {
        let _ = window
            .set_timeout_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), milliseconds);
    }
}

/// Calls back every second, for as long as the page lives.
pub(crate) fn every_second(act: impl FnMut() + 'static) {
    let act: Box<dyn FnMut()> = Box::new(act);
    let callback = Closure::wrap(act).into_js_value();
    if let Some(window) = window() {
        let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(callback.unchecked_ref(), 1000);
    }
}

/// Shows an element, or hides it.
pub(crate) fn show(element: &Element, shown: bool) {
    if element.has_attribute("hidden") == shown {
        attribute(element, "hidden", (!shown).then_some(""));
    }
}

/// Sets an attribute, or takes it off. The page is left alone where it is so already.
pub(crate) fn attribute(element: &Element, name: &str, value: Option<&str>) {
    if element.get_attribute(name).as_deref() == value {
        return;
    }
    // It fails only for names that are not ones.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// Sets what an element is called, for eyes and for ears.
pub(crate) fn name(element: &Element, name: &str) {
    attribute(element, "title", Some(name));
    attribute(element, "aria-label", Some(name));
}

/// Sets or takes off a class.
pub(crate) fn class(element: &Element, class: &str, set: bool) {
    let list = element.class_list();
    let _ = if set {
        list.add_1(class)
    } else {
        list.remove_1(class)
    };
}

/// Replaces an element's text. The page is left alone where it is so already.
pub(crate) fn text(element: &Element, text: &str) {
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Replaces what is in an element by a sentence with code in backticks. Never HTML: parts of it may come from a
/// learner's engine.
pub(crate) fn sentence(element: &Element, sentence: &str) {
    element.set_text_content(None);
    for piece in pieces(sentence) {
        match piece {
            Piece::Words(words) => append_text(element, &words),
            Piece::Code(code) => append(element, "code", "").set_text_content(Some(&code)),
        }
    }
}

/// Adds text to the end of an element.
pub(crate) fn append_text(element: &Element, text: &str) {
    // It fails only for a tree that would contain itself.
    let _ = element.append_with_str_1(text);
}

/// Adds an element of that tag and class to the end of another.
///
/// Every element has a document, and every tag here is one: it cannot fail but for a page that is being taken down.
/// Then a detached copy of the parent stands in, and nothing is seen of it.
pub(crate) fn append(parent: &Element, tag: &str, class: &str) -> Element {
    let made = parent
        .owner_document()
        .and_then(|document| document.create_element(tag).ok());
    let element = made.unwrap_or_else(|| {
        parent
            .clone_node()
            .map_or_else(|_| parent.clone(), JsCast::unchecked_into)
    });
    if !class.is_empty() {
        element.set_class_name(class);
    }
    let _ = parent.append_child(&element);
    element
}

/// Adds an icon to the end of an element.
pub(crate) fn append_icon(parent: &Element, glyph: Glyph) {
    // Ours, whole and without a value from elsewhere.
    let markup = format!(
        "<svg class=\"icon\" viewBox=\"0 0 16 16\" aria-hidden=\"true\" focusable=\"false\"><path d=\"{}\"></path></svg>",
        glyph.path()
    );
    let _ = parent.insert_adjacent_html("beforeend", &markup);
}

/// Has an icon show something else: the first one inside an element.
pub(crate) fn glyph(element: &Element, glyph: Glyph) {
    if let Some(path) = find(element, ".icon path") {
        attribute(&path, "d", Some(glyph.path()));
    }
}

/// Moves the focus to an element.
pub(crate) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // It fails only for an element that cannot take the focus, and then there is nothing better to do.
        let _ = element.focus();
    }
}

/// Puts text on the clipboard; false if the browser does not allow it.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    // Absent on pages that are not served over https or from localhost.
    let navigator = window.navigator();
    if js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_undefined()) {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text))
        .await
        .is_ok()
}

/// Writes a failure to the browser's console, for those who look there.
pub(crate) fn report(error: &JsValue) {
    web_sys::console::error_1(error);
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
        attribute(&root, "data-view", Some(view));
        if let Ok(event) = Event::new(VIEW_EVENT) {
            let _ = root.dispatch_event(&event);
        }
    }
}

/// Whether the page is so large that a panel and a terminal can both be used: the narrow page (`style/layout.css`) shows one at a time.
pub(crate) fn has_room_for_two() -> bool {
    root().is_some_and(|root| root.client_width() > 760 && root.client_height() >= 480)
}

/// Calls back after every [`show_view`].
pub(crate) fn on_view_change(act: impl Fn() + 'static) {
    if let Some(root) = root() {
        on(&root, VIEW_EVENT, move |_| act());
    }
}

/// Told to the root element when another part of a narrow page is shown.
const VIEW_EVENT: &str = "drydock-view";
