//! Where to go next.

use drydock_protocol::page::Link;
use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// A place that comes after something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Onward {
    /// Its address.
    pub(crate) href: String,
    /// What it is, for people.
    pub(crate) label: String,
}

/// The lessons before and after this one.
#[component]
pub(crate) fn Steps(course: String, previous: Option<Link>, next: Option<Link>) -> impl IntoView {
    let href = {
        let course = course.clone();
        move |link: &Link| format!("/courses/{course}/{}", link.slug)
    };
    let next = match next {
        Some(link) => Onward {
            href: href(&link),
            label: link.title,
        },
        None => Onward {
            href: format!("/courses/{course}"),
            label: "Back to the course".into(),
        },
    };
    view! {
        <nav class="steps" aria-label="Lessons before and after">
            {previous.map(|link| view! {
                <a class="steps__link" rel="prev" href=href(&link)>
                    <span class="steps__which"><Icon glyph=Glyph::Left />"Previous"</span>
                    <span class="steps__title">{link.title.clone()}</span>
                </a>
            })}
            <a class="steps__link steps__link--next" rel="next" href=next.href>
                <span class="steps__which">"Next"<Icon glyph=Glyph::Right /></span>
                <span class="steps__title">{next.label}</span>
            </a>
        </nav>
    }
}
