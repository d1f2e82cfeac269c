//! Code that can be acted on: commands to run, and files to save. The buttons are islands; the code itself
//! stands in the page once, and they read it from there.

use drydock_protocol::page::{Console, ConsoleLine, File};
use leptos::either::Either;
use leptos::prelude::*;

use crate::islands::copy_button::CopyButton;
use crate::islands::run_button::RunButton;
use crate::islands::save_button::SaveButton;

/// Commands, each with its buttons, and what they print.
#[component]
pub(crate) fn ConsoleBlock(console: Console) -> impl IntoView {
    let runnable = console.runnable;
    let lines = console
        .lines
        .into_iter()
        .map(|line| match line {
            ConsoleLine::Command { text: _, html } => Either::Left(view! {
                <div class="code__row" data-code>
                    <pre class="code__command"><code inner_html=html></code></pre>
                    <span class="code__actions">
                        {runnable.then(|| view! { <RunButton /> })}
                        <CopyButton />
                    </span>
                </div>
            }),
            ConsoleLine::Output { text } => Either::Right(view! {
                <pre class="code__output" tabindex="0" aria-label="What it prints">{text}</pre>
            }),
        })
        .collect_view();
    view! { <div class="code code--console">{lines}</div> }
}

/// A file with the button that writes it to the workspace.
#[component]
pub(crate) fn FileBlock(file: File) -> impl IntoView {
    view! {
        <figure class="code code--file" data-code>
            <figcaption class="code__head">
                <span class="code__path">{file.path.clone()}</span>
                <span class="code__actions">
                    <SaveButton path=file.path.clone() />
                    <CopyButton />
                </span>
            </figcaption>
            <pre class="code__body" tabindex="0" aria-label=file.path>
                <code inner_html=file.html></code>
            </pre>
        </figure>
    }
}
