//! The page for a request that failed.

use drydock_protocol::api::Problem;
use leptos::prelude::*;

use crate::components::footer::Footer;
use crate::components::header::Header;
use crate::components::inline::Inline;

/// Says what happened and what to do.
#[component]
pub(crate) fn ErrorPage(problem: Problem, version: String) -> impl IntoView {
    view! {
        <Header here=problem.title.clone() />
        <main class="page page--notice" id="text" tabindex="-1">
            <div class="notice-page">
                <p class="notice-page__code">{problem.status.to_string()}</p>
                <h1 class="page__title">{problem.title}</h1>
                <p class="page__lead"><Inline text=problem.detail /></p>
                <p class="page__lead">"Nothing of yours is lost: progress is saved as it is made."</p>
                <p class="notice-page__buttons">
                    <a class="button button--main" href="">"Try again"</a>
                    <a class="button" href="/">"All courses"</a>
                </p>
            </div>
        </main>
        <Footer version />
    }
}
