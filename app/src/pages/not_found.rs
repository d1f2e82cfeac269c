//! The page for an address that leads nowhere.

use leptos::prelude::*;

use crate::components::footer::Footer;
use crate::components::header::Header;
use crate::components::icon::{Glyph, Icon};

/// Says what was asked for, and offers the way back.
#[component]
pub(crate) fn NotFoundPage(
    /// The path that was asked for.
    path: String,
    version: String,
) -> impl IntoView {
    view! {
        <Header here="Not found" />
        <main class="page page--notice" id="text" tabindex="-1">
            <div class="notice-page">
                <p class="notice-page__code">"404"</p>
                <h1 class="page__title">"There is no such page"</h1>
                <p class="page__lead">
                    "Nothing is at "<code class="notice-page__path">{path}</code>
                    ". A lesson may have been renamed, or the link cut short. All courses start from the home page."
                </p>
                <a class="button button--main" href="/"><Icon glyph=Glyph::Left />"All courses"</a>
            </div>
        </main>
        <Footer version />
    }
}
