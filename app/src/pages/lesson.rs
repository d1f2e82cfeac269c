//! A lesson: the text on one side, the workbench on the other. The same bytes for every learner.

use drydock_protocol::page::{Block, Heading, LessonPage, Solutions};
use leptos::prelude::*;

use crate::components::block::BlockView;
use crate::components::exercise;
use crate::components::footer::Footer;
use crate::components::header::Header;
use crate::components::icon::{Glyph, Icon};
use crate::components::steps::{Onward, Steps};
use crate::islands::commands::Commands;
use crate::islands::contents::Contents;
use crate::islands::divider::Divider;
use crate::islands::lesson_progress::LessonProgress;
use crate::islands::plain_code::PlainCode;
use crate::islands::sandbox_status::SandboxStatus;
use crate::islands::view_switch::ViewSwitch;
use crate::islands::workbench::Workbench;
use crate::text;

/// What comes after each exercise, in their order: the next exercise of its section; after the section's last, the next section, where
/// there is something to be read and tried before the next exercise; and after the last of all, the next lesson.
fn onwards(page: &LessonPage) -> Vec<Option<Onward>> {
    let ids: Vec<&str> = page.exercises().map(|exercise| exercise.id.as_str()).collect();
    let section = |id: &str| {
        let mut headings = page.contents.iter();
        headings.position(|heading| heading.exercises.iter().any(|known| known == id))
    };
    ids.iter()
        .enumerate()
        .map(|(index, id)| match ids.get(index + 1) {
            Some(next) => {
                let (own, following) = (section(id), section(next));
                let heading: Option<&Heading> = match (own, following) {
                    (own, following) if own == following => None,
                    (Some(own), Some(_)) => page.contents.get(own + 1),
                    (None, following) => following.and_then(|at| page.contents.get(at)),
                    (Some(_), None) => None,
                };
                Some(match heading {
                    Some(heading) => Onward {
                        href: format!("#{}", heading.id),
                        label: heading.text.clone(),
                    },
                    None => Onward {
                        href: format!("#{}", exercise::anchor(next)),
                        label: "the next exercise".into(),
                    },
                })
            }
            None => page.next.as_ref().map(|link| Onward {
                href: format!("/courses/{}/{}", page.course.slug, link.slug),
                label: link.title.clone(),
            }),
        })
        .collect()
}

/// A lesson, whole.
#[component]
pub(crate) fn LessonView(page: LessonPage, version: String) -> impl IntoView {
    let exercises: Vec<String> = page.exercises().map(|exercise| exercise.id.clone()).collect();
    let mut onwards = onwards(&page).into_iter();
    let course = Onward {
        href: format!("/courses/{}", page.course.slug),
        label: page.course.title.clone(),
    };
    let lesson = page.lesson;
    let facts = [
        text::minutes(lesson.minutes),
        text::count(lesson.exercises, "exercise"),
        text::count(lesson.points, "point"),
    ];
    let solutions = page.solutions;
    let mut offers = exercise::Offers {
        solutions,
        skip: false,
    };
    let blocks = page
        .blocks
        .into_iter()
        .map(|block| {
            let here = offers;
            let onward = if matches!(block, Block::Exercise(_)) {
                offers.skip = solutions != Solutions::Never;
                onwards.next().flatten()
            } else {
                None
            };
            view! { <BlockView block onward offers=here /> }
        })
        .collect_view();
    view! {
        <Header crumbs=vec![course] here=lesson.title.clone()>
            <SandboxStatus />
            <LessonProgress exercises />
        </Header>
        <div class="lesson" id="lesson">
            <div class="lesson__side">
                <Contents headings=page.contents />
                <main class="lesson__text" id="text" tabindex="-1">
                    <article class="article">
                        <header class="article__head">
                            <h1 class="article__title">{lesson.title.clone()}</h1>
                            <p class="article__lead">{lesson.summary.clone()}</p>
                            <ul class="article__facts">
                                {facts.into_iter().map(|fact| view! { <li>{fact}</li> }).collect_view()}
                            </ul>
                            {(!page.objectives.is_empty()).then(|| view! {
                                <div class="objectives">
                                    <p class="objectives__title" id="objectives">"Afterwards you can"</p>
                                    <ul aria-labelledby="objectives">
                                        {page.objectives.into_iter().map(|objective| view! {
                                            <li><Icon glyph=Glyph::Right /><span inner_html=objective></span></li>
                                        }).collect_view()}
                                    </ul>
                                </div>
                            })}
                        </header>
                        {blocks}
                    </article>
                    <Commands />
                    <PlainCode />
                    <Steps course=page.course.slug previous=page.previous next=page.next />
                    <Footer version />
                </main>
            </div>
            <aside class="lesson__bench" id="bench" aria-label="Workbench" tabindex="-1">
                <Divider />
                <Workbench />
            </aside>
        </div>
        <ViewSwitch />
    }
}
