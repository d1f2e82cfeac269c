//! The head of every page: the mark, where one is, and what belongs to the learner.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use super::mark::Mark;
use super::steps::Onward;
use crate::islands::recovery::Recovery;
use crate::islands::theme_toggle::ThemeToggle;

/// The head of every page.
#[component]
pub(crate) fn Header(
    /// Places above this page, outermost first; home is the mark itself.
    #[prop(default = Vec::new())]
    crumbs: Vec<Onward>,
    /// This page's own name; empty on the home page.
    #[prop(into, default = String::new())]
    here: String,
    /// What a lesson shows there: its sandbox and its progress.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let crumbs = crumbs
        .into_iter()
        .map(|crumb| {
            view! {
                <li class="crumbs__above">
                    <a href=crumb.href>{crumb.label}</a>
                    <Icon glyph=Glyph::Right />
                </li>
            }
        })
        .collect_view();
    view! {
        <a class="skip" href="#text">"Skip to the text"</a>
        <header class="header">
            <a class="header__home" href="/" aria-label="Drydock, home">
                <Mark />
                <span class="header__name">"Drydock"</span>
            </a>
            {(!here.is_empty()).then(|| view! {
                <nav class="crumbs" aria-label="You are here">
                    <ol>{crumbs}<li class="crumbs__here" aria-current="page">{here.clone()}</li></ol>
                </nav>
            })}
            <div class="header__right">
                {children.map(|children| children())}
                <Recovery />
                <ThemeToggle />
            </div>
        </header>
    }
}
