//! The sandbox in the header: its state, what it uses, how long it has, and what can be done with it.

use drydock_protocol::api::{Problem, SandboxState};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

use super::strain;
use crate::live::Store;
use crate::{api, browser, text};

/// Below so many seconds the time left is a warning.
const SHORT_S: i64 = 300;
/// From so many percent on, a meter is a warning.
const NEARLY_FULL: u8 = 90;

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let status = browser::find(island, ".sandbox-status")?;
    let state = browser::find(&status, ".sandbox-status__state")?;
    let ready = browser::find(&status, ".sandbox-status__ready")?;
    let meters = browser::find_all(&status, ".meter");
    store.sandbox.watch(move || {
        let label = label(store.state().as_ref());
        browser::show(&status, label.is_some());
        browser::show(&ready, store.is_ready());
        if let Some((name, words)) = label {
            browser::attribute(&state, "data-state", Some(name));
            browser::text(&state, words);
        }
        if let [memory, disk] = &meters[..] {
            show_meters(store, memory, disk);
        }
    });
    strain::watch(store);
    time_left(island)?;
    for button in browser::find_all(island, "[data-extend]") {
        browser::on(&button, "click", move |_| {
            act(async move {
                store.sandbox_is(Some(api::extend().await?));
                Ok(())
            });
        });
    }
    for dialog in browser::find_all(island, "dialog") {
        ask(island, dialog.dyn_into().ok()?)?;
    }
    Some(())
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

fn show_meters(store: &Store, memory: &Element, disk: &Element) {
    store.sandbox.with(|sandbox| {
        if let Some(sandbox) = sandbox
            && let Some(usage) = &sandbox.usage
        {
            show_meter(memory, "Memory", usage.memory_bytes, sandbox.limits.memory_bytes);
            show_meter(disk, "Disk", usage.disk_bytes, sandbox.limits.disk_bytes);
        }
    });
}

fn show_meter(meter: &Element, what: &str, used: u64, limit: u64) {
    let percent = text::percent(used, limit);
    let full = percent >= NEARLY_FULL;
    let nearly = if full { ", nearly full" } else { "" };
    let said = format!("{what}: {} of {}{nearly}", text::bytes(used), text::bytes(limit));
    browser::class(meter, "meter--full", full);
    browser::attribute(meter, "title", Some(&said));
    if let Some(bar) = browser::find(meter, "progress") {
        browser::attribute(&bar, "value", Some(&percent.to_string()));
        browser::attribute(&bar, "aria-label", Some(&said));
    }
}

/// Counts down, and offers more time when little is left.
fn time_left(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let left = browser::find(island, ".sandbox-status__left")?;
    let extend = browser::find(island, ".sandbox-status__ready [data-extend]")?;
    let in_menu = browser::find(island, ".menu [data-extend]")?;
    let show = move || {
        let (expires_at, can_extend) = store.sandbox.with(|sandbox| {
            sandbox
                .as_ref()
                .map_or((None, false), |sandbox| (sandbox.expires_at, sandbox.can_extend))
        });
        let seconds = expires_at.map(|expires_at| expires_at - browser::now());
        let short = seconds.is_some_and(|seconds| seconds < SHORT_S);
        let words = seconds.map(|seconds| format!("{} left", text::clock(seconds)));
        browser::text(&left, &words.unwrap_or_default());
        browser::class(&left, "sandbox-status__left--short", short);
        browser::show(&extend, short && can_extend);
        browser::attribute(&in_menu, "disabled", (!can_extend).then_some(""));
    };
    store.sandbox.watch(show.clone());
    browser::every_second(show);
    Some(())
}

/// A dialog that asks before something is lost, and what it then does.
fn ask(island: &Element, dialog: HtmlDialogElement) -> Option<()> {
    let what = dialog.get_attribute("data-dialog")?;
    let asks = browser::find(island, &format!("[data-asks={what}]"))?;
    browser::on(&asks, "click", {
        let dialog = dialog.clone();
        move |_| {
            let _ = dialog.show_modal();
        }
    });
    let closes = browser::find(&dialog, "[data-close]")?;
    browser::on(&closes, "click", {
        let dialog = dialog.clone();
        move |_| dialog.close()
    });
    let does = browser::find(&dialog, "[data-does]")?;
    browser::on(&does, "click", move |_| {
        dialog.close();
        if what == "reset" {
            act(api::reset());
        } else {
            act(api::stop());
        }
    });
    Some(())
}

fn act(act: impl Future<Output = Result<(), Problem>> + 'static) {
    browser::spawn(async move {
        if let Err(problem) = act.await {
            Store::of_page().messages.complain(&problem);
        }
    });
}
