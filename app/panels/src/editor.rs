//! The editor: a script of the page's (`app/js/editor.ts`), loaded when the first file is opened.

use std::cell::RefCell;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

// It is an object of the page's, and not a value that views may carry.
thread_local! {
    static EDITOR: RefCell<Option<Editor>> = const { RefCell::new(None) };
}

/// Loads it into an element. It says when its reader has changed the file on show, and when that is to be saved.
pub(crate) async fn mount(
    host: &HtmlElement,
    changed: impl FnMut() + 'static,
    save: impl FnMut() + 'static,
) -> Result<(), JsValue> {
    let module: EditorModule = JsFuture::from(load_editor()?).await?.unchecked_into();
    let options = js_sys::Object::new();
    let set = |name: &str, act: Box<dyn FnMut()>| {
        let act = Closure::wrap(act).into_js_value();
        js_sys::Reflect::set(&options, &name.into(), &act)
    };
    set("onChange", Box::new(changed))?;
    set("onSave", Box::new(save))?;
    let editor = module.mount(host, &options)?;
    EDITOR.replace(Some(editor));
    Ok(())
}

/// Does something with the editor, if it is there.
pub(crate) fn with_editor<T>(act: impl FnOnce(&Editor) -> T) -> Option<T> {
    EDITOR.with_borrow(|editor| editor.as_ref().map(act))
}

/// What the editor has of a file, if it is open.
pub(crate) fn text(path: &str) -> Option<String> {
    with_editor(|editor| editor.text(path)).flatten()
}

/// Whether it takes a file for a Dockerfile.
pub(crate) fn is_dockerfile(path: &str) -> bool {
    with_editor(|editor| editor.is_dockerfile(path)) == Some(true)
}

/// Goes to a line of the file on show.
pub(crate) fn go(line: u32) {
    with_editor(|editor| editor.go(line));
}

#[wasm_bindgen]
extern "C" {
    /// Loads the editor's code: a promise of its module.
    #[wasm_bindgen(catch, js_namespace = ["globalThis", "drydock"], js_name = editor)]
    fn load_editor() -> Result<js_sys::Promise, JsValue>;

    type EditorModule;

    #[wasm_bindgen(method, catch)]
    fn mount(this: &EditorModule, host: &HtmlElement, options: &js_sys::Object) -> Result<Editor, JsValue>;

    pub(crate) type Editor;

    #[wasm_bindgen(method)]
    pub(crate) fn show(this: &Editor, path: &str, text: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn replace(this: &Editor, path: &str, text: &str);

    #[wasm_bindgen(method)]
    fn text(this: &Editor, path: &str) -> Option<String>;

    #[wasm_bindgen(method, js_name = isDockerfile)]
    fn is_dockerfile(this: &Editor, path: &str) -> bool;

    #[wasm_bindgen(method)]
    pub(crate) fn close(this: &Editor, path: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn mark(this: &Editor, path: &str, problems: &str);

    #[wasm_bindgen(method)]
    pub(crate) fn go(this: &Editor, line: u32);

    #[wasm_bindgen(method)]
    pub(crate) fn focus(this: &Editor);
}
