//! The sandbox in the header: its state, what it uses, how long it has, and what can be done with it.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};
use crate::components::meter::Meter;

/// The state of the learner's sandbox. Nothing while there is none.
#[component]
pub(crate) fn SandboxStatus() -> impl IntoView {
    island(
        "sandbox_status",
        view! {
            <div class="sandbox-status" hidden>
                <span class="sandbox-status__state" role="status"></span>
                <div class="sandbox-status__ready" hidden>
                    <div class="sandbox-status__meters">
                        <Meter label="Memory" />
                        <Meter label="Disk" />
                    </div>
                    <span class="sandbox-status__left" role="timer"></span>
                    <button class="button button--small" data-extend hidden>"Extend"</button>
                    <button class="icon-button" title="Sandbox" aria-label="Sandbox" popovertarget="sandbox-menu">
                        <Icon glyph=Glyph::Dots />
                    </button>
                </div>
            </div>
            <div class="menu" id="sandbox-menu" popover="auto">
                <button class="menu__item" popovertarget="sandbox-menu" data-extend>
                    <Icon glyph=Glyph::Clock />"Extend the time"
                </button>
                <button class="menu__item" popovertarget="sandbox-menu" data-asks="reset">
                    <Icon glyph=Glyph::Again />"Reset the sandbox"
                </button>
                <button class="menu__item menu__item--bad" popovertarget="sandbox-menu" data-asks="stop">
                    <Icon glyph=Glyph::Stop />"Stop the sandbox"
                </button>
            </div>
            <Confirm
                name="reset"
                title="Reset the sandbox?"
                text="A fresh one takes its place. Images, containers and files in this one are gone; your progress is kept."
                verb="Reset"
            />
            <Confirm
                name="stop"
                title="Stop the sandbox?"
                text="Images, containers and files in it are gone. Your progress is kept, and you can start another at any time."
                verb="Stop"
            />
        },
    )
}

/// Asks before something is lost.
#[component]
fn Confirm(name: &'static str, title: &'static str, text: &'static str, verb: &'static str) -> impl IntoView {
    view! {
        <dialog class="dialog" data-dialog=name aria-label=title>
            <h2 class="dialog__title">{title}</h2>
            <p>{text}</p>
            <div class="dialog__buttons">
                <button class="button" data-close>"Keep it"</button>
                <button class="button button--bad" data-does=name>{verb}</button>
            </div>
        </dialog>
    }
}
