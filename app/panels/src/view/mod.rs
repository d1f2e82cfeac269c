//! What panels look like. Styles are in `style/components/`, one file a panel.

// The macro makes public items of them.
#![allow(unreachable_pub)]

mod build;
mod containers;
mod details;
mod files;
mod images;
mod inside;
mod preview;
mod problems;
mod stacks;
mod table;

use leptos::mount::mount_to;
use leptos::prelude::*;
use web_sys::HtmlElement;

use crate::feed::{Feed, Loaded};

/// Draws a panel into an element, or has it catch up where it is drawn already.
pub(crate) fn open(name: &str, element: HtmlElement) {
    let is_new = element.child_element_count() == 0;
    Feed::of_page().shown_in(name, &element);
    if !is_new {
        return;
    }
    // They stay for as long as the page does.
    match name {
        "images" => mount_to(element, images::Images).forget(),
        "files" => mount_to(element, files::Files).forget(),
        "containers" => mount_to(element, containers::Containers).forget(),
        _ => mount_to(element, preview::Preview).forget(),
    }
}

/// What stands in a panel while it knows nothing, or cannot.
#[component]
fn Unknown<T: Send + Sync + 'static>(
    /// What it waits for.
    value: ArcRwSignal<Loaded<T>>,
) -> impl IntoView {
    move || {
        value.with(|value| match value {
            Loaded::Here(_) => None,
            Loaded::Waiting => Some(
                view! {
                    <div class="panel__waiting" role="status">
                        <span class="unseen">"Asking your engine"</span>
                        <span class="skeleton"></span>
                        <span class="skeleton"></span>
                        <span class="skeleton"></span>
                    </div>
                }
                .into_any(),
            ),
            Loaded::Failed(why) => Some(
                view! {
                    <div class="panel__failed" role="alert">
                        <p>{why.clone()}</p>
                        <button class="button button--small" on:click=|_| Feed::of_page().again()>
                            "Try again"
                        </button>
                    </div>
                }
                .into_any(),
            ),
        })
    }
}

/// A sentence with code in backticks. Never HTML: parts of it come from a learner's engine.
fn sentence(text: &str) -> impl IntoView + use<> {
    text.split('`')
        .enumerate()
        .map(|(index, piece)| {
            let piece = piece.to_owned();
            if index % 2 == 1 {
                view! { <code>{piece}</code> }.into_any()
            } else {
                piece.into_any()
            }
        })
        .collect_view()
}

/// Twelve digits of an id, as Docker prints them.
fn short_id(id: &str) -> String {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.chars().take(12).collect()
}

/// A moment as this browser's reader has it.
fn moment(seconds: i64) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(seconds as f64 * 1000.0));
    date.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED)
        .into()
}
