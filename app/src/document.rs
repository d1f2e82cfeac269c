//! Whole documents: what stands around a page, and a page as a string.
//!
//! No document holds a script or a style of its own: the content security policy allows neither.

use std::sync::Arc;

use drydock_protocol::api::{Problem, Progress};
use drydock_protocol::page::{CourseSummary, LessonPage};
use hydration_context::SsrSharedContext;
use leptos::either::EitherOf5;
use leptos::prelude::*;

use crate::islands::live_region::LiveRegion;
use crate::live::Store;
use crate::pages::{CoursePage, ErrorPage, HomePage, LessonView, NotFoundPage};
use crate::site::Site;

/// A page, with all that it shows.
#[derive(Clone, Debug)]
pub enum Page {
    /// `/`
    Home {
        /// All courses.
        courses: Vec<CourseSummary>,
        /// How far this learner is.
        progress: Progress,
    },
    /// `/courses/{course}`
    Course {
        /// The course.
        course: CourseSummary,
        /// How far this learner is.
        progress: Progress,
    },
    /// `/courses/{course}/{lesson}`: the same for every learner.
    Lesson {
        /// The lesson.
        page: Box<LessonPage>,
    },
    /// An address that leads nowhere.
    NotFound {
        /// The path that was asked for.
        path: String,
    },
    /// A request that failed.
    Error {
        /// What happened and what to do.
        problem: Problem,
    },
}

impl Page {
    fn title(&self) -> String {
        match self {
            Self::Home { .. } => "Drydock: learn Docker on a real engine".into(),
            Self::Course { course, .. } => format!("{} · Drydock", course.title),
            Self::Lesson { page } => format!("{} · {} · Drydock", page.lesson.title, page.course.title),
            Self::NotFound { .. } => "Not found · Drydock".into(),
            Self::Error { problem } => format!("{} · Drydock", problem.title),
        }
    }

    fn description(&self) -> String {
        match self {
            Self::Course { course, .. } => course.summary.clone(),
            Self::Lesson { page } => page.lesson.summary.clone(),
            _ => "Lessons with a real Docker engine beside the text, and exercises that check themselves.".into(),
        }
    }

    /// The course's and the lesson's slug, for the islands.
    fn place(&self) -> Option<(String, String)> {
        match self {
            Self::Lesson { page } => Some((page.course.slug.clone(), page.lesson.slug.clone())),
            _ => None,
        }
    }
}

/// Renders the whole document.
pub fn render(page: Page, site: &Site) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let site = site.clone();
    let html = owner.with(move || {
        Store::provide();
        document(page, site).to_html()
    });
    owner.unset_with_forced_cleanup();
    format!("<!DOCTYPE html>{html}")
}

/// The document's view.
fn document(page: Page, site: Site) -> impl IntoView {
    let Site { assets, theme, version } = site;
    let asset = |name: &str| format!("/assets/{name}");
    let (course, lesson) = page.place().unzip();
    let fonts = assets
        .fonts
        .iter()
        .map(|font| view! { <link rel="preload" href=asset(font) r#as="font" r#type="font/woff2" crossorigin="anonymous" /> })
        .collect_view();
    let icon = (!assets.icon.is_empty())
        .then(|| view! { <link rel="icon" href=asset(&assets.icon) r#type="image/svg+xml" /> });
    let head = view! {
        <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <title>{page.title()}</title>
            <meta name="description" content=page.description() />
            <meta name="color-scheme" content="light dark" />
            <meta name="theme-color" content="#fafbfc" media="(prefers-color-scheme: light)" />
            <meta name="theme-color" content="#0d1318" media="(prefers-color-scheme: dark)" />
            {icon}
            {fonts}
            <link rel="stylesheet" href=asset(&assets.css) />
            <script r#type="module" src=asset(&assets.boot) data-wasm=asset(&assets.wasm)></script>
        </head>
    };
    let body = match page {
        Page::Home { courses, progress } => EitherOf5::A(view! { <HomePage courses progress version /> }),
        Page::Course { course, progress } => EitherOf5::B(view! { <CoursePage course progress version /> }),
        Page::Lesson { page } => EitherOf5::C(view! { <LessonView page=*page version /> }),
        Page::NotFound { path } => EitherOf5::D(view! { <NotFoundPage path version /> }),
        Page::Error { problem } => EitherOf5::E(view! { <ErrorPage problem version /> }),
    };
    view! {
        <html lang="en" data-theme=theme.name() data-course=course data-lesson=lesson>
            {head}
            <body>
                {body}
                <LiveRegion />
            </body>
        </html>
    }
}
