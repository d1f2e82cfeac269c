//! The newest build, step by step: what runs, what ran, and what came from the cache.

use drydock_protocol::workbench::{BuildState, BuildStepView, BuildView, StepState};
use leptos::prelude::*;

use super::sentence;
use crate::builder::Builder;
use crate::builds::{state, time, told, why};

/// The newest build, until it is put away. Nothing, as long as there was none.
#[component]
pub(super) fn Build() -> impl IntoView {
    let builder = Builder::of_page();
    builder.listen();
    let newest = builder.newest.clone();
    let put_away = RwSignal::new(None::<String>);
    let build = Memo::new(move |_| {
        let build = newest.get()?;
        (put_away.get().as_ref() != Some(&build.id)).then_some(build)
    });
    // A newer one is shown whole; one that was built before this panel was opened is a line.
    let is_open = RwSignal::new(false);
    Effect::new(move || {
        if build.with(|build| {
            build
                .as_ref()
                .is_some_and(|build| build.state == BuildState::Running)
        }) {
            is_open.set(true);
        }
    });
    let said = Memo::new(move |_| build.with(|build| build.as_ref().map(told)).unwrap_or_default());
    let has_failed = Memo::new(move |_| {
        build.with(|build| {
            build
                .as_ref()
                .is_some_and(|build| build.state == BuildState::Failed)
        })
    });
    // What is told while it runs changes too often to be read out.
    let ended = Memo::new(move |_| {
        build.with(|build| {
            let build = build.as_ref().filter(|build| build.state != BuildState::Running);
            build.map(told).unwrap_or_default()
        })
    });
    view! {
        <p class="unseen" role="status">{move || ended.get()}</p>
        <Show when=move || build.with(Option::is_some)>
            <section class="build" class:build--failed=move || has_failed.get() aria-label="The newest build">
                <div class="build__head">
                    <button
                        class="build__said disclosure"
                        aria-expanded=move || is_open.get().to_string()
                        on:click=move |_| is_open.update(|open| *open = !*open)
                    >
                        {move || sentence(&said.get())}
                    </button>
                    <button
                        class="tree__act"
                        title="Put the build away"
                        aria-label="Put the build away"
                        on:click=move |_| put_away.set(build.with_untracked(|build| build.as_ref().map(|build| build.id.clone())))
                    >
                        "×"
                    </button>
                </div>
                <Show when=move || is_open.get()>
                    <ol class="build__steps">
                        {move || build.with(|build| build.as_ref().map(|build| build.steps.iter().map(step).collect_view()))}
                    </ol>
                    {move || build.with(|build| build.as_ref().and_then(error))}
                </Show>
            </section>
        </Show>
    }
}

fn step(step: &BuildStepView) -> impl IntoView + use<> {
    let class = match step.state {
        StepState::Waiting => "build__step build__step--waiting",
        StepState::Running => "build__step build__step--running",
        StepState::Done => "build__step build__step--done",
        StepState::Cached => "build__step build__step--cached",
        StepState::Failed => "build__step build__step--failed",
    };
    let took = match (step.state, step.took_ms) {
        (StepState::Cached, _) => "cached".to_owned(),
        (_, Some(ms)) => time(ms),
        _ => String::new(),
    };
    let text = if step.place.is_empty() {
        step.text.clone().into_any()
    } else {
        view! { <code>{step.text.clone()}</code> }.into_any()
    };
    view! {
        <li class=class>
            <span class="build__place">{step.place.clone()}</span>
            <span class="build__text" title=step.text.clone()>{text}</span>
            <span class="unseen">{state(step.state)}</span>
            <span class="build__took">{took}</span>
        </li>
    }
}

fn error(build: &BuildView) -> Option<impl IntoView + use<>> {
    let said = why(build.error.as_ref()?).to_owned();
    Some(view! { <p class="build__error">{said}</p> })
}
