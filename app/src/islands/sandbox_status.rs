//! The sandbox in the header: its state, what it uses, how long it has, and what can be done with it.

use std::time::Duration;

use drydock_protocol::api::{Limits, Problem, SandboxState, Usage};
use leptos::html::Dialog;
use leptos::prelude::*;

use crate::{api, browser};
use crate::components::icon::{Glyph, Icon};
use crate::components::meter::Meter;
use crate::live::Store;
use crate::text;

/// Below so many seconds the time left is a warning.
const SHORT_S: i64 = 300;

/// The state of the learner's sandbox, in the header. Nothing while there is none.
#[island]
pub fn SandboxStatus() -> impl IntoView {
    let store = Store::of_page();
    let state = Memo::new(move |_| store.state());
    let shown = Memo::new(move |_| state.with(|state| label(state.as_ref())));
    view! {
        <div class="sandbox-status" hidden=move || shown.get().is_none()>
            <span class="sandbox-status__state" data-state=move || shown.get().map(|(name, _)| name)>
                {move || shown.get().map(|(_, words)| words)}
            </span>
            <Show when=move || store.is_ready()>
                <Ready />
            </Show>
        </div>
    }
}

/// The name of a state for styles, and its word for people; `None` when there is nothing to say.
fn label(state: Option<&SandboxState>) -> Option<(&'static str, &'static str)> {
    match state? {
        SandboxState::Queued { .. } => Some(("waiting", "In the queue")),
        SandboxState::Starting { .. } => Some(("waiting", "Starting")),
        SandboxState::Ready => Some(("ready", "Ready")),
        SandboxState::Stopping { .. } => Some(("waiting", "Stopping")),
        SandboxState::Gone { .. } => Some(("gone", "Stopped")),
        SandboxState::Failed { .. } => Some(("failed", "Failed")),
    }
}

/// What a ready sandbox uses, how long it has, and its menu.
#[component]
fn Ready() -> impl IntoView {
    let store = Store::of_page();
    let limit = move |read: fn(&Limits) -> u64| {
        Signal::derive(move || {
            store.sandbox.with(|sandbox| Some(read(&sandbox.as_ref()?.limits))).unwrap_or(0)
        })
    };
    let used = move |read: fn(&Usage) -> u64| {
        Signal::derive(move || {
            store.sandbox.with(|sandbox| Some(read(sandbox.as_ref()?.usage.as_ref()?))).unwrap_or(0)
        })
    };
    view! {
        <div class="sandbox-status__meters">
            <Meter
                label="Memory"
                used=used(|usage| usage.memory_bytes)
                limit=limit(|limits| limits.memory_bytes)
            />
            <Meter
                label="Disk"
                used=used(|usage| usage.disk_bytes)
                limit=limit(|limits| limits.disk_bytes)
            />
        </div>
        <TimeLeft />
        <Menu />
    }
}

/// Counts down, and offers more time when little is left.
#[component]
fn TimeLeft() -> impl IntoView {
    let store = Store::of_page();
    let now = RwSignal::new(browser::now());
    Effect::new(move |_| {
        let tick = move || now.set(browser::now());
        if let Ok(ticks) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticks.clear());
        }
    });
    let left = Memo::new(move |_| {
        let expires_at = store.sandbox.with(|sandbox| sandbox.as_ref()?.expires_at)?;
        Some(expires_at - now.get())
    });
    let short = Memo::new(move |_| left.get().is_some_and(|left| left < SHORT_S));
    let can_extend = move || {
        store.sandbox.with(|sandbox| sandbox.as_ref().is_some_and(|sandbox| sandbox.can_extend))
    };
    view! {
        <span class="sandbox-status__left" class:sandbox-status__left--short=move || short.get() role="timer">
            {move || left.get().map(|left| format!("{} left", text::clock(left)))}
        </span>
        <button
            class="button button--small"
            hidden=move || !(short.get() && can_extend())
            on:click=move |_| extend(store)
        >
            "Extend"
        </button>
    }
}

fn extend(store: Store) {
    browser::spawn(async move {
        match api::extend().await {
            Ok(sandbox) => store.sandbox_is(Some(sandbox)),
            Err(problem) => store.complain(&problem),
        }
    });
}

/// Extend, reset, stop. The last two ask first.
#[component]
fn Menu() -> impl IntoView {
    let store = Store::of_page();
    let reset = NodeRef::<Dialog>::new();
    let stop = NodeRef::<Dialog>::new();
    let open = move |dialog: NodeRef<Dialog>| {
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    let can_extend = move || {
        store.sandbox.with(|sandbox| sandbox.as_ref().is_some_and(|sandbox| sandbox.can_extend))
    };
    view! {
        <button class="icon-button" title="Sandbox" aria-label="Sandbox" popovertarget="sandbox-menu">
            <Icon glyph=Glyph::Dots />
        </button>
        <div class="menu" id="sandbox-menu" popover="auto">
            <button
                class="menu__item"
                popovertarget="sandbox-menu"
                disabled=move || !can_extend()
                on:click=move |_| extend(store)
            >
                <Icon glyph=Glyph::Clock />"Extend the time"
            </button>
            <button class="menu__item" popovertarget="sandbox-menu" on:click=move |_| open(reset)>
                <Icon glyph=Glyph::Again />"Reset the sandbox"
            </button>
            <button class="menu__item menu__item--bad" popovertarget="sandbox-menu" on:click=move |_| open(stop)>
                <Icon glyph=Glyph::Stop />"Stop the sandbox"
            </button>
        </div>
        <Confirm
            dialog=reset
            title="Reset the sandbox?"
            text="A fresh one takes its place. Images, containers and files in this one are gone; your progress is kept."
            verb="Reset"
            act=move || spawn(store, api::reset())
        />
        <Confirm
            dialog=stop
            title="Stop the sandbox?"
            text="Images, containers and files in it are gone. Your progress is kept, and you can start another at any time."
            verb="Stop"
            act=move || spawn(store, api::stop())
        />
    }
}

fn spawn(store: Store, act: impl Future<Output = Result<(), Problem>> + 'static) {
    browser::spawn(async move {
        if let Err(problem) = act.await {
            store.complain(&problem);
        }
    });
}

/// Asks before something is lost.
#[component]
fn Confirm(
    dialog: NodeRef<Dialog>,
    title: &'static str,
    text: &'static str,
    verb: &'static str,
    act: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-label=title>
            <h2 class="dialog__title">{title}</h2>
            <p>{text}</p>
            <div class="dialog__buttons">
                <button class="button" on:click=move |_| close()>"Keep it"</button>
                <button class="button button--bad" on:click=move |_| { close(); act(); }>{verb}</button>
            </div>
        </dialog>
    }
}
