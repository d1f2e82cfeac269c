//! The workbench: terminals and panels in tabs; before there is a sandbox, the way to one.

use leptos::prelude::*;

use super::divider::{Orientation, Separator};
use super::island;
use crate::components::icon::{Glyph, Icon};

/// What the start panel says before anything was started.
pub(crate) const TITLE: &str = "A Docker engine of your own";
/// What the start panel says before anything was started.
pub(crate) const TEXT: &str = "Drydock makes a small machine for you: Docker, a terminal and a home folder. \
                               Nobody else sees it, and you cannot break anything that matters.";

/// The panels: their names for scripts, and for readers. What is in them comes when the first is opened (`app/panels`).
const PANELS: [(&str, &str, Glyph); 4] = [
    ("files", "Files", Glyph::Page),
    ("images", "Images", Glyph::Layers),
    ("containers", "Containers", Glyph::Boxes),
    ("preview", "Preview", Glyph::Window),
];

/// Tabs and screens, empty, and the start panel over them.
#[component]
pub(crate) fn Workbench() -> impl IntoView {
    let tabs = PANELS.map(|(name, title, glyph)| {
        view! {
            <li class="tab">
                <button class="tab__name tab__name--alone" id=format!("tab-{name}") aria-controls=format!("panel-{name}") data-panel=name>
                    <Icon glyph /><span>{title}</span>
                </button>
            </li>
        }
    });
    let panels = PANELS.map(|(name, ..)| {
        view! {
            <div class="panel" id=format!("panel-{name}") role="region" aria-labelledby=format!("tab-{name}") tabindex="-1" hidden></div>
        }
    });
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
                    <button class="button" data-leave hidden>"Leave the queue"</button>
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
                    <ul class="tabs__list tabs__list--panels" aria-label="Your engine">{tabs}</ul>
                    <button
                        class="icon-button icon-button--small tabs__split"
                        title="Panels below the terminal (Ctrl Alt 0)"
                        aria-label="Panels below the terminal"
                        aria-pressed="false"
                        data-split
                    >
                        <Icon glyph=Glyph::Split />
                    </button>
                    <button
                        class="icon-button icon-button--small tabs__more"
                        title="Keys and screen reader"
                        aria-label="Keys and screen reader"
                        id="keys"
                        popovertarget="terminal-menu"
                    >
                        <Icon glyph=Glyph::Keyboard />
                    </button>
                    <TerminalMenu />
                </div>
                <div class="workbench__screens" id="screens" hidden></div>
                <div class="workbench__divider" hidden>
                    <Separator label="Height of the terminal" controls="screens" orientation=Orientation::Horizontal />
                </div>
                {panels}
                <p class="workbench__keys" hidden>
                    <span><kbd>"F6"</kbd>" moves between text and terminal"</span>
                    <span><kbd>"Esc"</kbd>" "<kbd>"Tab"</kbd>" leaves the terminal"</span>
                    <span><kbd>"?"</kbd>" lists all keys"</span>
                </p>
            </div>
        },
    )
}

/// The keys that are the page's, first of all the way out; and the mode for screen readers.
const KEYS: [(&[&str], &str); 9] = [
    (&["Esc", "Tab"], "leave the terminal"),
    (&["Esc", "Shift Tab"], "leave it backwards"),
    (&["F6"], "to the text, and back"),
    (&["Ctrl Alt 1"], "to the terminal"),
    (&["Ctrl Alt 2 … 5"], "to Files, Images, Containers, Preview"),
    (&["Ctrl Alt 0"], "panels below the terminal, or not"),
    (&["?"], "this list, from the text or a panel"),
    (&["Ctrl Shift C"], "copy what is selected"),
    (&["Ctrl Shift V"], "paste"),
];

/// What can be set and known about terminals.
#[component]
fn TerminalMenu() -> impl IntoView {
    let keys = KEYS
        .into_iter()
        .map(|(presses, does)| {
            let presses = presses
                .iter()
                .enumerate()
                .map(|(index, press)| {
                    let then = if index > 0 { " then " } else { "" };
                    view! { {then}<kbd>{*press}</kbd> }
                })
                .collect_view();
            view! { <div class="keys__row"><dt>{presses}</dt><dd>{does}</dd></div> }
        })
        .collect_view();
    view! {
        <div class="menu menu--keys" id="terminal-menu" popover="auto">
            <button class="menu__item menu__switch" role="switch" aria-checked="false" data-screen-reader>
                <span>
                    "Screen reader mode"<span class="menu__more">"Reads out what the terminal prints"</span>
                </span>
            </button>
            <h2 class="menu__title">"Keys"</h2>
            <dl class="keys">{keys}</dl>
        </div>
    }
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
