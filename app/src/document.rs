//! Whole documents: what stands around a page, and a page as a string.
//!
//! No document holds a script or a style of its own: the content security policy allows neither.

use drydock_protocol::api::{Problem, Progress};
use drydock_protocol::page::{CourseSummary, LessonPage};
use leptos::either::EitherOf5;
use leptos::prelude::*;

use crate::islands::live_region::LiveRegion;
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
            _ => "Lessons with a real Docker engine beside the text, and exercises that check themselves."
                .into(),
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
    let owner = Owner::new();
    let html = owner.with(|| document(page, site.clone()).to_html());
    format!("<!DOCTYPE html>{html}")
}

/// The document's view.
fn document(page: Page, site: Site) -> impl IntoView {
    let Site {
        assets,
        theme,
        version,
    } = site;
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
        Page::Home { courses, progress } => {
            EitherOf5::A(view! { <HomePage courses progress assets version /> })
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::site::{Assets, Theme};

    fn site() -> Site {
        Site {
            assets: Assets {
                boot: "boot-1.js".into(),
                css: "drydock-1.css".into(),
                wasm: "app-1.wasm".into(),
                fonts: vec!["inter-1.woff2".into()],
                icon: "icon-1.svg".into(),
                files: [
                    "lesson-light",
                    "lesson-dark",
                    "lesson-phone-light",
                    "lesson-phone-dark",
                ]
                .map(|name| (format!("{name}.webp"), format!("{name}-1.webp")))
                .into(),
            },
            theme: Theme::Dark,
            version: "0.1.0".into(),
        }
    }

    fn lesson() -> String {
        render(
            Page::Lesson {
                page: Box::new(sample::page()),
            },
            &site(),
        )
    }

    /// A line for each element, so that a snapshot's difference can be read.
    fn lines(html: &str) -> String {
        html.replace("><", ">\n<")
    }

    /// The part of a document from the first `from` up to the first `to` after it.
    fn part<'a>(html: &'a str, from: &str, to: &str) -> &'a str {
        let start = html.find(from).expect("the page has the part");
        let end = html[start..].find(to).expect("the part ends") + start + to.len();
        &html[start..end]
    }

    #[test]
    fn the_head_names_what_the_page_needs() {
        insta::assert_snapshot!(lines(part(&lesson(), "<!DOCTYPE", "<body>")));
    }

    #[test]
    fn an_exercise_is_a_card_that_knows_no_learner() {
        insta::assert_snapshot!(lines(part(
            &lesson(),
            "<section id=\"exercise-two-tags\"",
            "</section>"
        )));
    }

    #[test]
    fn a_question_can_be_answered_and_does_not_know_the_answer() {
        for id in ["tag-copies", "layers"] {
            let start = format!("<section id=\"exercise-{id}\"");
            insta::assert_snapshot!(id, lines(part(&lesson(), &start, "</section>")));
        }
    }

    #[test]
    fn commands_stand_in_the_page_once() {
        let html = lesson();
        insta::assert_snapshot!(lines(part(&html, "<div class=\"code code--console\">", "</pre>")));
        assert_eq!(html.matches(">docker images</code></pre>").count(), 1);
    }

    #[test]
    fn a_file_can_be_saved() {
        insta::assert_snapshot!(lines(part(
            &lesson(),
            "<figure data-code class=\"code code--file\"",
            "</figure>"
        )));
    }

    #[test]
    fn contents_name_every_section() {
        insta::assert_snapshot!(lines(part(
            &lesson(),
            "<nav aria-label=\"Contents\" class=\"contents\"",
            "</nav>"
        )));
    }

    #[test]
    fn the_home_page_goes_on_where_the_learner_left_off() {
        let begun = Page::Home {
            courses: vec![sample::course()],
            progress: sample::progress(),
        };
        let html = render(begun, &site());
        insta::assert_snapshot!(lines(part(&html, "<main", "</main>")));
        let new = Page::Home {
            courses: vec![sample::course()],
            progress: Progress::default(),
        };
        assert!(render(new, &site()).contains("Start with"));
    }

    #[test]
    fn a_course_lists_its_lessons() {
        let page = Page::Course {
            course: sample::course(),
            progress: sample::progress(),
        };
        insta::assert_snapshot!(lines(part(&render(page, &site()), "<main", "</main>")));
    }

    #[test]
    fn what_was_asked_for_is_shown_as_text() {
        let page = Page::NotFound {
            path: "/<script>alert(1)</script>".into(),
        };
        let html = render(page, &site());
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn no_page_holds_a_script_or_a_style() {
        let problem = Problem {
            kind: "/problems/x".into(),
            title: "A problem".into(),
            status: 503,
            detail: "What to do.".into(),
        };
        let pages = [
            Page::Home {
                courses: vec![sample::course()],
                progress: sample::progress(),
            },
            Page::Course {
                course: sample::course(),
                progress: sample::progress(),
            },
            Page::Lesson {
                page: Box::new(sample::page()),
            },
            Page::NotFound { path: "/x".into() },
            Page::Error { problem },
        ];
        for page in pages {
            let html = render(page, &site());
            assert_eq!(html.matches("<script").count(), 1, "one script, and it is a file");
            for inline in ["<style", " style=", "onclick=", "javascript:"] {
                assert!(!html.contains(inline), "{inline} in {html}");
            }
        }
    }

    #[test]
    fn the_same_page_is_the_same_bytes() {
        assert_eq!(lesson(), lesson());
    }
}
