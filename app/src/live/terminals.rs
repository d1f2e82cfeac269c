//! The tabs of the workbench: which there are, how each one's connection is, and a command that waits for one.
//!
//! A terminal itself is the page script's (`app/js/terminal.ts`, loaded when the first one opens). Its handle is
//! a JavaScript object, so it lives beside the signals, by name.

use std::cell::RefCell;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use super::{ByName, Watched};
use crate::browser;

/// As many tabs as a sandbox allows.
pub(crate) const TABS_MAX: usize = 8;

/// How a terminal's connection is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TerminalState {
    /// Not there yet.
    #[default]
    Connecting,
    /// What is typed arrives.
    Open,
    /// Lost; it comes back by itself.
    Reconnecting,
    /// Its shell ended.
    Ended,
    /// There is no sandbox any more.
    Gone,
    /// Its code could not be loaded.
    Failed,
}

impl TerminalState {
    fn from_js(name: &str) -> Self {
        match name {
            "open" => Self::Open,
            "reconnecting" => Self::Reconnecting,
            "ended" => Self::Ended,
            "gone" => Self::Gone,
            _ => Self::Connecting,
        }
    }
}

/// The tabs of the workbench.
pub(crate) struct Terminals {
    /// Names, in the order of the tabs: `t1`, `t2` …
    pub(crate) names: Watched<Vec<String>>,
    /// The terminal whose tab was last on show.
    pub(crate) active: Watched<String>,
    /// The panel that stands before the terminals, if one does.
    pub(crate) panel: Watched<Option<String>>,
    /// Whether a panel stands below the terminals and not before them, where there is room.
    pub(crate) split: Watched<bool>,
    /// How each one's connection is.
    pub(crate) states: Watched<ByName<TerminalState>>,
    /// What is to be said about each one beyond its state.
    pub(crate) details: Watched<ByName<String>>,
    /// A command that runs as soon as a terminal is open.
    waiting: RefCell<Option<String>>,
    /// Counts the commands that were sent, so that the workbench can flash its edge.
    pub(crate) sent: Watched<u32>,
    sandbox: RefCell<String>,
}

impl Terminals {
    pub(super) const fn new() -> Self {
        Self {
            names: Watched::new(Vec::new()),
            active: Watched::new(String::new()),
            panel: Watched::new(None),
            split: Watched::new(false),
            states: Watched::new(ByName::new()),
            details: Watched::new(ByName::new()),
            waiting: RefCell::new(None),
            sent: Watched::new(0),
            sandbox: RefCell::new(String::new()),
        }
    }

    /// Opens the tabs that this browser had open in that sandbox, or a first one.
    pub(super) fn belong_to(&self, sandbox: &str) {
        if *self.sandbox.borrow() == sandbox && !self.names.with(Vec::is_empty) {
            return;
        }
        self.close_all();
        sandbox.clone_into(&mut self.sandbox.borrow_mut());
        let names = browser::remembered("terminals").and_then(|tabs| remembered_tabs(&tabs, sandbox));
        let names = names.unwrap_or_else(|| vec!["t1".to_owned()]);
        self.active.set(names[0].clone());
        self.names.set(names);
    }

    /// The state of the terminal of that name.
    pub(crate) fn state(&self, name: &str) -> TerminalState {
        self.states
            .with(|states| states.get(name).copied())
            .unwrap_or_default()
    }

    /// Whether terminals are on show: none does when a panel stands before them.
    pub(crate) fn are_shown(&self) -> bool {
        self.panel.with(Option::is_none) || self.is_split()
    }

    /// Whether a panel would stand below the terminals now.
    pub(crate) fn is_split(&self) -> bool {
        self.split.get() && browser::has_room_for_two()
    }

    /// Has panels stand below the terminals, or before them again. Two are shown at once: pictures of images, where no panel is on show.
    pub(crate) fn toggle_split(&self) {
        self.split.set(!self.split.get());
        if self.split.get() && self.panel.with(Option::is_none) {
            self.panel.set(Some("images".to_owned()));
        }
    }

    /// Takes away what stands before the terminals.
    pub(crate) fn to_front(&self) {
        if !self.are_shown() {
            self.panel.set(None);
        }
    }

    /// Adds a tab and shows it.
    pub(crate) fn add(&'static self) {
        let Some(name) = self.names.with(|names| free_name(names)) else {
            return;
        };
        self.names.update(|names| names.push(name.clone()));
        self.show(&name);
        self.remember();
    }

    /// Shows a tab, and puts the focus into it.
    pub(crate) fn show(&'static self, name: &str) {
        self.to_front();
        self.active.set(name.to_owned());
        // After its panel has a size.
        browser::after(0, move || self.focus());
    }

    /// Puts the focus into what is on show: a panel, or a terminal.
    pub(crate) fn focus(&self) {
        let panel = self.panel.get().filter(|_| !self.are_shown());
        let panel = panel.map(|name| format!("panel-{name}"));
        if let Some(panel) = panel.and_then(|id| browser::by_id(&id)) {
            browser::focus(&panel);
            return;
        }
        self.with_active(|terminal| {
            terminal.fit();
            terminal.focus();
        });
    }

    /// Has screen readers read all terminals, or not. Those that are opened later look for themselves what is
    /// remembered.
    pub(crate) fn set_screen_reader(&self, on: bool) {
        for name in self.names.get() {
            HANDLES.with_borrow(|handles| handles.get(&name).map(|terminal| terminal.set_screen_reader(on)));
        }
    }

    /// Puts the focus into the terminal on show, unless the learner is busy elsewhere.
    fn focus_if_nothing_has_it(&self) {
        let active = browser::document().and_then(|document| document.active_element());
        let elsewhere = active.is_some_and(|active| {
            active.tag_name() != "BODY" && browser::around(&active, "#bench").is_none()
        });
        if !elsewhere {
            self.focus();
        }
    }

    /// Takes a tab away; the caller ends its shell. The last tab is followed by a fresh one.
    pub(crate) fn remove(&'static self, name: &str) {
        forget(name);
        self.states.update(|states| {
            states.remove(name);
        });
        let mut next = None;
        self.names.update(|names| {
            if let Some(index) = names.iter().position(|known| known == name) {
                names.remove(index);
                if names.is_empty() {
                    names.push(if name == "t1" {
                        "t2".to_owned()
                    } else {
                        "t1".to_owned()
                    });
                }
                next = Some(names[index.min(names.len() - 1)].clone());
            }
        });
        if let Some(next) = next
            && self.active.with(|active| active == name)
        {
            self.show(&next);
        }
        self.remember();
    }

    /// Takes all tabs away, because their sandbox went.
    pub(super) fn close_all(&self) {
        for name in self.names.get() {
            forget(&name);
        }
        self.names.set(Vec::new());
        self.states.set(ByName::new());
        self.details.set(ByName::new());
        self.sandbox.borrow_mut().clear();
    }

    fn remember(&self) {
        let names = self.names.with(|names| names.join(" "));
        browser::remember("terminals", &format!("{} {names}", self.sandbox.borrow()));
    }

    /// Types a command into the terminal on show, or keeps it until one is open.
    pub(crate) fn run(&self, command: String) {
        self.to_front();
        if self.state(&self.active.get()) != TerminalState::Open {
            self.waiting.replace(Some(command));
            return;
        }
        let mut sent = false;
        self.with_active(|terminal| {
            // If it refuses, it says why by its state's detail.
            sent = terminal.run(&command);
            terminal.focus();
        });
        if sent {
            self.sent.update(|sent| *sent += 1);
        }
    }

    /// Takes in how a terminal's connection is; a command that waited for it runs.
    fn state_is(&self, name: &str, state: TerminalState) {
        if self.state(name) != state || self.states.with(|states| states.get(name).is_none()) {
            self.states.update(|states| states.insert(name.to_owned(), state));
        }
        if state == TerminalState::Open && self.active.with(|active| active == name) {
            let waiting = self.waiting.take();
            if let Some(command) = waiting {
                self.run(command);
            }
        }
    }

    fn with_active(&self, act: impl FnOnce(&JsTerminal)) {
        let name = self.active.get();
        HANDLES.with_borrow(|handles| handles.get(&name).map(act));
    }

    /// Draws a terminal into an element. The first one loads its code.
    pub(crate) async fn mount(&'static self, name: String, element: HtmlElement) {
        if HANDLES.with_borrow(|handles| handles.get(&name).is_some()) {
            return;
        }
        self.state_is(&name, TerminalState::Connecting);
        match self.try_mount(&name, &element).await {
            Ok(terminal) => {
                // The tab may have been closed while the code was loading.
                if self.names.with(|names| names.contains(&name)) {
                    HANDLES.with_borrow_mut(|handles| handles.insert(name, terminal));
                    self.focus_if_nothing_has_it();
                } else {
                    terminal.dispose();
                }
            }
            Err(error) => {
                browser::report(&error);
                self.state_is(&name, TerminalState::Failed);
            }
        }
    }

    async fn try_mount(&'static self, name: &str, element: &HtmlElement) -> Result<JsTerminal, JsValue> {
        let module = wasm_bindgen_futures::JsFuture::from(load_terminal()?).await?;
        let module: TerminalModule = module.unchecked_into();
        let options = js_sys::Object::new();
        let set = |key: &str, value: &JsValue| js_sys::Reflect::set(&options, &key.into(), value);
        set("url", &format!("/api/v1/sandbox/terminals/{name}").into())?;
        set("label", &format!("Terminal {}", label(name)).into())?;
        let on_state = wasm_bindgen::closure::Closure::<dyn FnMut(String, Option<String>)>::new({
            let name = name.to_owned();
            move |state: String, detail: Option<String>| {
                self.details.update(|details| match detail {
                    Some(detail) => details.insert(name.clone(), detail),
                    None => drop(details.remove(&name)),
                });
                self.state_is(&name, TerminalState::from_js(&state));
            }
        });
        set("onState", &on_state.into_js_value())?;
        module.mount(element, &options)
    }
}

/// What a tab is called: `1` for `t1`.
pub(crate) fn label(name: &str) -> &str {
    name.strip_prefix('t').unwrap_or(name)
}

/// The lowest name that is free; `None` when there are as many tabs as may be.
fn free_name(names: &[String]) -> Option<String> {
    if names.len() >= TABS_MAX {
        return None;
    }
    (1..=TABS_MAX)
        .map(|number| format!("t{number}"))
        .find(|name| !names.contains(name))
}

/// Reads `sandbox t1 t2 …`, if it is about this sandbox and says at least one name of ours.
fn remembered_tabs(line: &str, sandbox: &str) -> Option<Vec<String>> {
    let mut words = line.split(' ');
    if words.next() != Some(sandbox) {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for word in words {
        let ours = word
            .strip_prefix('t')
            .and_then(|number| number.parse::<usize>().ok());
        if ours.is_some_and(|number| (1..=TABS_MAX).contains(&number))
            && !names.iter().any(|name| name == word)
        {
            names.push(word.to_owned());
        }
    }
    (!names.is_empty()).then_some(names)
}

fn forget(name: &str) {
    if let Some(terminal) = HANDLES.with_borrow_mut(|handles| handles.remove(name)) {
        terminal.dispose();
    }
}

thread_local! {
    static HANDLES: RefCell<ByName<JsTerminal>> = const { RefCell::new(ByName::new()) };
}

#[wasm_bindgen]
extern "C" {
    /// Loads the terminal's code: a promise of its module.
    #[wasm_bindgen(catch, js_namespace = ["globalThis", "drydock"], js_name = terminal)]
    fn load_terminal() -> Result<js_sys::Promise, JsValue>;

    type TerminalModule;

    #[wasm_bindgen(method, catch)]
    fn mount(
        this: &TerminalModule,
        element: &HtmlElement,
        options: &js_sys::Object,
    ) -> Result<JsTerminal, JsValue>;

    #[wasm_bindgen(js_name = Terminal)]
    type JsTerminal;

    #[wasm_bindgen(method)]
    fn focus(this: &JsTerminal);

    #[wasm_bindgen(method)]
    fn run(this: &JsTerminal, command: &str) -> bool;

    #[wasm_bindgen(method)]
    fn fit(this: &JsTerminal);

    #[wasm_bindgen(method, js_name = setScreenReader)]
    fn set_screen_reader(this: &JsTerminal, on: bool);

    #[wasm_bindgen(method)]
    fn dispose(this: &JsTerminal);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_new_tab_takes_the_lowest_free_name() {
        assert_eq!(free_name(&names(&[])).as_deref(), Some("t1"));
        assert_eq!(free_name(&names(&["t1", "t3"])).as_deref(), Some("t2"));
        assert_eq!(
            free_name(&names(&["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"])),
            None
        );
    }

    #[test]
    fn tabs_are_remembered_for_their_own_sandbox_only() {
        assert_eq!(remembered_tabs("abc t1 t4", "abc"), Some(names(&["t1", "t4"])));
        assert_eq!(remembered_tabs("abc t1", "def"), None);
        assert_eq!(remembered_tabs("abc", "abc"), None);
        assert_eq!(remembered_tabs("abc t9 ../x t2 t2", "abc"), Some(names(&["t2"])));
    }

    #[test]
    fn a_tab_is_called_by_its_number() {
        assert_eq!(label("t3"), "3");
    }
}
