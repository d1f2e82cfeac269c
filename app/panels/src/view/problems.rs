//! What is wrong in a Dockerfile, below the text that it is in.

use drydock_protocol::workbench::{DockerfileProblem, Severity};
use leptos::prelude::*;

use super::sentence;
use crate::desk::Desk;
use crate::editor::go;

/// What is wrong in the file on show, or may be; nothing, where nothing is.
#[component]
pub(crate) fn Problems() -> impl IntoView {
    let desk = Desk::of_page();
    let problems = desk.problems.clone();
    let is_none = {
        let problems = problems.clone();
        Memo::new(move |_| problems.with(Vec::is_empty))
    };
    let row = move |problem: &DockerfileProblem| {
        let line = problem.line;
        view! {
            <li>
                <button
                    class="problem"
                    class:problem--error=problem.severity == Severity::Error
                    on:click=move |_| go(line)
                >
                    <span class="problem__line">{format!("Line {line}")}</span>
                    <span>{sentence(&problem.message)}</span>
                </button>
            </li>
        }
    };
    view! {
        <section class="problems" aria-label="Problems in this file" hidden=move || is_none.get()>
            <ul class="problems__list">
                {move || problems.with(|problems| problems.iter().map(row).collect_view())}
            </ul>
        </section>
    }
}
