//! The workbench: terminals in tabs, or what leads to them.

use std::time::Duration;

use drydock_protocol::live::Level;
use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;

use super::start_panel::StartPanel;
use crate::components::icon::{Glyph, Icon};
use crate::live::{Store, TABS_MAX, TerminalState, Tone, tab_label};
use crate::{api, browser};

/// The panels that F6 goes through, by their element ids.
const PANELS: [&str; 2] = ["text", "bench"];

/// Terminals in tabs; before there is a sandbox, the way to one.
#[island]
pub fn Workbench() -> impl IntoView {
    let store = Store::of_page();
    let flashes = RwSignal::new(false);
    // A command that was sent from the text: show where it went.
    Effect::new(move |before: Option<u32>| {
        let sent = store.terminals.sent.get();
        if before.is_some_and(|before| before != sent) {
            flashes.set(true);
            set_timeout(move || flashes.set(false), Duration::from_millis(600));
        }
        sent
    });
    Effect::new(move |_| {
        // In the capture phase, so that the terminal does not swallow the way out of it.
        listen_for_panels(store);
    });
    view! {
        <div class="workbench" class:workbench--flash=move || flashes.get()>
            <Show when=move || store.is_ready() fallback=|| view! { <StartPanel /> }>
                <Tabs />
                <div class="workbench__screens">
                    <For each=move || store.terminals.names.get() key=Clone::clone let:name>
                        <Screen name />
                    </For>
                </div>
                <p class="workbench__keys">
                    <kbd>"F6"</kbd>" moves between text and terminal"
                </p>
            </Show>
        </div>
    }
}

/// The row of tabs.
#[component]
fn Tabs() -> impl IntoView {
    let store = Store::of_page();
    let terminals = store.terminals;
    let full = move || terminals.names.with(|names| names.len() >= TABS_MAX);
    view! {
        <div class="tabs">
            <div class="tabs__list" role="tablist" aria-label="Terminals">
                <For each=move || terminals.names.get() key=Clone::clone let:name>
                    <Tab name />
                </For>
            </div>
            <button
                class="icon-button icon-button--small"
                title="New terminal"
                aria-label="New terminal"
                disabled=full
                on:click=move |_| terminals.add()
            >
                <Icon glyph=Glyph::Plus />
            </button>
        </div>
    }
}

/// One tab. Closing it ends the shell, so the first press asks and the second does it.
#[component]
fn Tab(name: String) -> impl IntoView {
    let store = Store::of_page();
    let terminals = store.terminals;
    let asks = RwSignal::new(false);
    let title = format!("Terminal {}", tab_label(&name));
    let name = StoredValue::new(name);
    let selected = move || name.with_value(|name| terminals.active.with(|active| active == name));
    let ended = move || {
        name.with_value(|name| terminals.states.with(|states| states.get(name) == Some(&TerminalState::Ended)))
    };
    let close = move |_| {
        if !asks.get_untracked() && !ended() {
            asks.set(true);
            set_timeout(move || asks.set(false), Duration::from_secs(3));
            return;
        }
        let name = name.get_value();
        terminals.remove(&name);
        browser::spawn(async move {
            if let Err(problem) = api::close_terminal(&name).await
                && problem.status != 404
            {
                store.complain(&problem);
            }
        });
    };
    let key = move |event: KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowLeft" => -1,
            "ArrowRight" => 1,
            _ => return,
        };
        event.prevent_default();
        neighbour(terminals.names.get_untracked(), &name.get_value(), step, |next| {
            terminals.active.set(next.clone());
            if let Some(tab) = browser::by_id(&format!("tab-{next}")) {
                browser::focus(&tab);
            }
        });
    };
    let close_name = {
        let title = title.clone();
        move || if asks.get() { format!("End {title}: press again") } else { format!("Close {title}") }
    };
    view! {
        <div class="tab" class:tab--selected=selected>
            <button
                class="tab__name"
                role="tab"
                id=format!("tab-{}", name.get_value())
                aria-selected=move || selected().to_string()
                aria-controls=format!("screen-{}", name.get_value())
                tabindex=move || if selected() { "0" } else { "-1" }
                on:click=move |_| terminals.show(name.get_value())
                on:keydown=key
            >
                <Icon glyph=Glyph::Prompt />{title}
            </button>
            <button
                class="tab__close"
                class:tab__close--asks=move || asks.get()
                title=close_name.clone()
                aria-label=close_name
                on:click=close
            >
                <Icon glyph=Glyph::Cross />
                <span hidden=move || !asks.get()>"End it?"</span>
            </button>
        </div>
    }
}

/// The name beside another one, going round.
fn neighbour(names: Vec<String>, name: &str, step: i32, then: impl FnOnce(String)) {
    let Some(index) = names.iter().position(|known| known == name) else { return };
    let next = if step > 0 { (index + 1) % names.len() } else { (index + names.len() - 1) % names.len() };
    if let Some(next) = names.into_iter().nth(next) {
        then(next);
    }
}

/// One terminal's screen, and what is to be said about its connection.
#[component]
fn Screen(name: String) -> impl IntoView {
    let store = Store::of_page();
    let terminals = store.terminals;
    let element = NodeRef::<Div>::new();
    let name = StoredValue::new(name);
    let selected = move || name.with_value(|name| terminals.active.with(|active| active == name));
    let state = Memo::new(move |_| {
        name.with_value(|name| terminals.states.with(|states| states.get(name).cloned())).unwrap_or_default()
    });
    // A terminal is drawn when its tab is first shown: until then it has no size.
    Effect::new(move |_| {
        if let Some(element) = element.get()
            && selected()
        {
            browser::spawn(async move {
                terminals.mount(name.get_value(), element.into()).await;
                terminals.focus_if_nothing_has_it();
            });
        }
    });
    let detail = move || name.with_value(|name| terminals.details.with(|details| details.get(name).cloned()));
    let said = move || {
        let words = match state.get() {
            TerminalState::Open => None,
            TerminalState::Connecting => Some("Connecting"),
            TerminalState::Reconnecting => Some("Connection lost; reconnecting. What runs goes on running."),
            TerminalState::Ended => Some("The shell ended."),
            TerminalState::Gone => Some("The sandbox is gone."),
            TerminalState::Failed => Some("The terminal could not be loaded. Reload the page."),
        };
        detail().or_else(|| words.map(str::to_owned))
    };
    let again = move |_| {
        terminals.remove(&name.get_value());
        terminals.add();
    };
    view! {
        <div
            class="screen"
            id=format!("screen-{}", name.get_value())
            role="tabpanel"
            aria-labelledby=format!("tab-{}", name.get_value())
            hidden=move || !selected()
        >
            <div class="screen__terminal" node_ref=element></div>
            <div class="screen__said" role="status" hidden=move || said().is_none()>
                {said}
                <button
                    class="button button--small"
                    hidden=move || state.get() != TerminalState::Ended
                    on:click=again
                >
                    "New terminal"
                </button>
            </div>
        </div>
    }
}

/// F6 moves the focus to the next panel, Shift+F6 or Ctrl+Shift+Escape out of the terminal.
fn listen_for_panels(store: Store) {
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;

    let Some(document) = browser::document() else { return };
    let listener = Closure::<dyn FnMut(web_sys::KeyboardEvent)>::new(move |event: web_sys::KeyboardEvent| {
        let out = event.key() == "Escape" && event.ctrl_key() && event.shift_key();
        if event.key() != "F6" && !out {
            return;
        }
        event.prevent_default();
        event.stop_propagation();
        let inside = browser::by_id("bench").is_some_and(|bench| {
            browser::document()
                .and_then(|document| document.active_element())
                .is_some_and(|active| bench.contains(Some(&active)))
        });
        if inside || out {
            browser::show_view("lesson");
            if let Some(text) = browser::by_id(PANELS[0]) {
                browser::focus(&text);
            }
            store.say(Tone::Notice(Level::Info), "In the text. `F6` goes back to the terminal.".into());
        } else {
            browser::show_view("bench");
            if let Some(bench) = browser::by_id(PANELS[1]) {
                browser::focus(&bench);
            }
            store.terminals.focus();
        }
    });
    let capture = true;
    let _ = document.add_event_listener_with_callback_and_bool(
        "keydown",
        listener.as_ref().unchecked_ref(),
        capture,
    );
    // It listens for as long as the page lives.
    listener.forget();
}
