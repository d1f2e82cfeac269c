//! The workbench: terminals in tabs; before there is a sandbox, the way to one.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// What the start panel says before anything was started.
pub(crate) const TITLE: &str = "A Docker engine of your own";
/// What the start panel says before anything was started.
pub(crate) const TEXT: &str = "Drydock makes a small machine for you: Docker, a terminal and a home folder. \
                               Nobody else sees it, and you cannot break anything that matters.";

/// Tabs and screens, empty, and the start panel over them.
#[component]
pub(crate) fn Workbench() -> impl IntoView {
    island(
        "workbench",
        view! {
            <div class="workbench">
                <div class="start">
                    <DockArt />
                    <p class="start__place" hidden></p>
                    <span class="start__sign start__sign--large" hidden></span>
                    <h2 class="start__title">{TITLE}</h2>
                    <p class="start__text" role="status">{TEXT}</p>
                    <ol class="start__steps" aria-live="polite" hidden></ol>
                    <button class="button button--main button--large" disabled>
                        <Icon glyph=Glyph::Play /><span>"Start"</span>
                    </button>
                    <p class="start__note">"Takes a few seconds."</p>
                </div>
                <div class="tabs" hidden>
                    <ul class="tabs__list" aria-label="Terminals"></ul>
                    <button
                        class="icon-button icon-button--small"
                        title="New terminal"
                        aria-label="New terminal"
                        data-add
                    >
                        <Icon glyph=Glyph::Plus />
                    </button>
                </div>
                <div class="workbench__screens" hidden></div>
                <p class="workbench__keys" hidden>
                    <kbd>"F6"</kbd>" moves between text and terminal"
                </p>
            </div>
        },
    )
}

/// A dock with containers in it, and a place where yours will be.
#[component]
fn DockArt() -> impl IntoView {
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
