//! What is in a layer: files that it adds, changes and removes. Read when it is asked for, as the engine writes the whole image
//! out for it.

use drydock_protocol::workbench::{FileChange, LayerFile, LayerFiles, LayerTotal};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::api;
use crate::news::count;
use crate::size;

/// What is known.
#[derive(Clone)]
enum Read {
    Not,
    Waiting,
    Here(LayerFiles),
    Failed(String),
}

#[component]
pub(crate) fn Inside(
    /// The id of an image that has the layer.
    image: String,
    /// How many layers lie below it.
    layer: usize,
) -> impl IntoView {
    let read = RwSignal::new(Read::Not);
    let ask = move || {
        read.set(Read::Waiting);
        let path = format!("/api/v1/sandbox/images/{image}/layers/{layer}");
        spawn_local(async move {
            let answer = api::get(&path).await;
            // Another layer may have been chosen meanwhile, and with it this is gone.
            _ = read.try_set(answer.map_or_else(Read::Failed, Read::Here));
        });
    };
    let button = move |words: &'static str| {
        let ask = ask.clone();
        view! { <button class="button button--small" on:click=move |_| ask()>{words}</button> }
    };
    view! {
        <div class="inside" aria-live="polite">
            {move || match read.get() {
                Read::Not => button("What is in it?").into_any(),
                Read::Waiting => view! {
                    <p class="inside__said" role="status">"Your engine writes the image out, to be looked into…"</p>
                    <span class="skeleton"></span>
                }
                .into_any(),
                Read::Failed(why) => view! { <p class="inside__said" role="alert">{why}</p> {button("Try again")} }.into_any(),
                Read::Here(files) => listed(&files).into_any(),
            }}
        </div>
    }
}

fn listed(read: &LayerFiles) -> impl IntoView + use<> {
    let rows = read.files.iter().map(row).collect_view();
    let totals = &read.totals;
    let all = totals.added.files + totals.changed.files + totals.removed.files;
    let left_out = all.saturating_sub(read.files.len() as u64);
    let rest = (left_out > 0).then(|| {
        let left_out = usize::try_from(left_out).unwrap_or(usize::MAX);
        view! { <p class="inside__said">{format!("and {} more, smaller than these", count(left_out, "file"))}</p> }
    });
    view! {
        <h4 class="details__heading">{said(read)}</h4>
        <ul class="inside__files">{rows}</ul>
        {rest}
    }
}

fn row(file: &LayerFile) -> impl IntoView + use<> {
    let (name, mark, words) = match file.change {
        FileChange::Added => ("added", "+", "added: "),
        FileChange::Changed => ("changed", "~", "changed: "),
        FileChange::Removed => ("removed", "−", "removed: "),
    };
    view! {
        <li class="inside__file" data-change=name>
            <span class="inside__mark" aria-hidden="true">{mark}</span>
            <span class="unseen">{words}</span>
            <code class="inside__path">{file.path.clone()}</code>
            <span class="inside__size">{size::docker(file.size)}</span>
        </li>
    }
}

/// All of it in a sentence.
fn said(read: &LayerFiles) -> String {
    let part = |total: LayerTotal, does: &str| {
        let files = usize::try_from(total.files).unwrap_or(usize::MAX);
        (files > 0).then(|| format!("{does} {} ({})", count(files, "file"), size::docker(total.bytes)))
    };
    // What is removed as a whole, a folder too, is one.
    let gone = |total: LayerTotal| match total.files {
        0 => None,
        1 => Some(format!("hides one thing ({})", size::docker(total.bytes))),
        files => Some(format!("hides {files} things ({})", size::docker(total.bytes))),
    };
    let totals = &read.totals;
    let parts: Vec<String> = [
        part(totals.added, "adds"),
        part(totals.changed, "stores again, changed,"),
        gone(totals.removed),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        return "It changes no file.".to_owned();
    }
    let hidden = if totals.removed.bytes > 0 {
        " What is hidden still lies in the layers below, and travels with the image."
    } else {
        ""
    };
    format!("It {}.{hidden}", parts.join(", "))
}
