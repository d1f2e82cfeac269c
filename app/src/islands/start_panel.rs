//! What the workbench shows while there is no terminal: what will happen, what is happening, or what happened.

use std::time::Duration;

use drydock_protocol::api::{Queue, SandboxState, StopReason};
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use crate::components::inline::Inline;
use crate::live::{Connection, Store};
use crate::{browser, text};

/// The panel, by the sandbox's state.
#[component]
pub(super) fn StartPanel() -> impl IntoView {
    let store = Store::of_page();
    let state = Memo::new(move |_| store.state());
    move || match state.get() {
        None if store.start_began.get().is_some() => view! { <Starting /> }.into_any(),
        None => view! { <Before /> }.into_any(),
        Some(SandboxState::Queued { queue }) => view! { <Queued queue /> }.into_any(),
        Some(SandboxState::Starting { .. }) => view! { <Starting /> }.into_any(),
        Some(SandboxState::Ready) => ().into_any(),
        Some(SandboxState::Stopping { reason: StopReason::Reset }) => {
            view! { <Waiting title="Making a fresh sandbox" text="The old one is being removed." /> }.into_any()
        }
        Some(SandboxState::Stopping { .. }) => {
            view! { <Waiting title="Stopping the sandbox" text="It is being removed." /> }.into_any()
        }
        Some(SandboxState::Gone { reason }) => {
            let (title, text) = ended(reason);
            view! { <Ended title text=text.into() /> }.into_any()
        }
        Some(SandboxState::Failed { reason }) => {
            view! { <Ended title="The sandbox could not be kept" text=reason /> }.into_any()
        }
    }
}

/// Why a sandbox is no more, and what was kept.
fn ended(reason: StopReason) -> (&'static str, &'static str) {
    match reason {
        StopReason::Asked => ("You stopped the sandbox", "Your progress is kept. Start another whenever you like."),
        StopReason::Reset => ("The old sandbox is gone", "Your progress is kept. Start a fresh one."),
        StopReason::Expired => (
            "The sandbox's time was up",
            "Its images, containers and files are gone. Your progress is kept, and a new one is quickly made.",
        ),
        StopReason::Idle => (
            "The sandbox was stopped after a while without use",
            "That makes room for others. Your progress is kept; its images, containers and files are gone.",
        ),
        StopReason::Died => (
            "The sandbox ended by itself",
            "Its first process was killed: by a command, or because it went over a limit such as its memory. Your progress is kept.",
        ),
        StopReason::Shutdown => (
            "The server is being stopped",
            "Your progress is kept. Try again when the server is back.",
        ),
    }
}

/// Before anything was started.
#[component]
fn Before() -> impl IntoView {
    let store = Store::of_page();
    let waiting = move || !store.heard.get();
    let lost = move || store.connection.get() == Connection::Lost;
    // Read after waking: the server renders for everyone.
    let took = RwSignal::new(None::<u32>);
    Effect::new(move |_| took.set(browser::remembered("start-seconds").and_then(|seconds| seconds.parse().ok())));
    let estimate = move || match took.get() {
        Some(seconds) => format!("Took {} last time.", text::count(seconds, "second")),
        None => "Takes a few seconds.".into(),
    };
    view! {
        <div class="start">
            <BenchArt />
            <h2 class="start__title">"A Docker engine of your own"</h2>
            <p class="start__text">
                "Drydock makes a small machine for you: Docker, a terminal and a home folder. "
                "Nobody else sees it, and you cannot break anything that matters."
            </p>
            <button
                class="button button--main button--large"
                disabled=move || { waiting() && !lost() }
                on:click=move |_| store.start()
            >
                <Icon glyph=Glyph::Play />"Start"
            </button>
            <p class="start__note">{estimate}</p>
        </div>
    }
}

/// While it is being made.
#[component]
fn Starting() -> impl IntoView {
    let store = Store::of_page();
    let seconds = RwSignal::new(0_u32);
    Effect::new(move |_| {
        let tick = move || {
            let began = store.start_began.get_untracked().unwrap_or_else(browser::now);
            seconds.set(u32::try_from(browser::now() - began).unwrap_or(0));
        };
        if let Ok(ticks) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || ticks.clear());
        }
    });
    let steps = move || {
        let steps = store.steps.get();
        let last = steps.len().saturating_sub(1);
        let steps = if steps.is_empty() { vec!["Asking for a sandbox".to_owned()] } else { steps };
        steps
            .into_iter()
            .enumerate()
            .map(|(index, step)| {
                let done = index < last;
                view! {
                    <li class="start__step" data-state=if done { "done" } else { "now" }>
                        <span class="start__sign">{done.then(|| view! { <Icon glyph=Glyph::Tick /> })}</span>
                        {step}<span class="unseen">{if done { ", done" } else { ", under way" }}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="start start--steps" role="status">
            <h2 class="start__title">"Making your sandbox"</h2>
            <ol class="start__steps">{steps}</ol>
            <p class="start__note" aria-hidden="true">{move || text::count(seconds.get(), "second")}</p>
        </div>
    }
}

/// While every seat is taken.
#[component]
fn Queued(queue: Queue) -> impl IntoView {
    let estimate = match queue.estimate_s {
        Some(seconds) => format!("A seat is likely to be free in {}.", text::about(seconds)),
        None => "Nobody can say yet how long it takes.".into(),
    };
    view! {
        <div class="start" role="status">
            <p class="start__place">{text::ordinal(queue.place)}</p>
            <h2 class="start__title">"in the queue"</h2>
            <p class="start__text">"Every seat is taken. "{estimate}</p>
            <p class="start__note">"The lesson can be read meanwhile; your sandbox starts by itself."</p>
        </div>
    }
}

/// While something ends.
#[component]
fn Waiting(title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="start" role="status">
            <span class="start__sign start__sign--large"></span>
            <h2 class="start__title">{title}</h2>
            <p class="start__text">{text}</p>
        </div>
    }
}

/// Afterwards: what happened, what was kept, and one button.
#[component]
fn Ended(title: &'static str, text: String) -> impl IntoView {
    let store = Store::of_page();
    view! {
        <div class="start" role="status">
            <h2 class="start__title">{title}</h2>
            <p class="start__text"><Inline text /></p>
            <button class="button button--main button--large" on:click=move |_| store.start()>
                <Icon glyph=Glyph::Again />"Start a new one"
            </button>
        </div>
    }
}

/// A dock with a container in it, and a place where yours will be.
#[component]
fn BenchArt() -> impl IntoView {
    view! {
        <svg class="start__art" viewBox="0 0 160 84" aria-hidden="true" focusable="false">
            <path class="start__water" d="M4 70h152M22 77h116"></path>
            <path class="start__wall" d="M14 18v36a16 16 0 0 0 16 16h100a16 16 0 0 0 16-16V18"></path>
            <path class="start__boxes" d="M40 42h24v16H40zM68 42h24v16H68zM96 42h24v16H96zM54 22h24v16H54z"></path>
            <path class="start__ribs" d="M48 46v8M56 46v8M76 46v8M84 46v8M104 46v8M112 46v8M62 26v8M70 26v8"></path>
            <path class="start__yours" d="M82 22h24v16H82z"></path>
        </svg>
    }
}
