//! A course: what it is about, and its lessons.

use drydock_protocol::api::Progress;
use drydock_protocol::page::{CourseAbout, CourseSummary};
use leptos::prelude::*;

use super::{Standing, goes_on};
use crate::components::course_row::LessonRow;
use crate::components::footer::Footer;
use crate::components::header::Header;
use crate::components::icon::{Glyph, Icon};
use crate::components::inline::Inline;
use crate::text;

/// A course and its lessons, with the learner's progress.
#[component]
pub(crate) fn CoursePage(course: CourseSummary, progress: Progress, version: String) -> impl IntoView {
    let points: u32 = course.lessons.iter().map(|lesson| lesson.points).sum();
    let minutes: u32 = course.lessons.iter().map(|lesson| lesson.minutes).sum();
    let won: u32 = course
        .lessons
        .iter()
        .map(|lesson| Standing::of(&progress, &course.slug, &lesson.slug).points)
        .sum();
    let button = goes_on(&course, &progress).map(|lesson| {
        let begun = Standing::of(&progress, &course.slug, &lesson.slug).begun;
        view! {
            <a class="button button--main button--large" href=format!("/courses/{}/{}", course.slug, lesson.slug)>
                {if begun { "Continue with " } else { "Start with " }}{lesson.title.clone()}
                <Icon glyph=Glyph::Right />
            </a>
        }
    });
    let slug = course.slug.clone();
    let rows = course
        .lessons
        .into_iter()
        .enumerate()
        .map(|(index, lesson)| {
            let standing = Standing::of(&progress, &slug, &lesson.slug);
            view! { <LessonRow number=index + 1 course=slug.clone() lesson standing /> }
        })
        .collect_view();
    view! {
        <Header here=course.title.clone() />
        <main class="page" id="text" tabindex="-1">
            <div class="page__head">
                <h1 class="page__title">{course.title}</h1>
                <p class="page__lead">{course.summary}</p>
                <p class="page__facts">{text::minutes(minutes)}" · "{format!("{won} of {}", text::count(points, "point"))}</p>
                {button}
            </div>
            <About about=course.about />
            <h2 class="unseen">"Lessons"</h2>
            <ol class="lesson-rows">{rows}</ol>
        </main>
        <Footer version />
    }
}

/// What to know before it begins. What its author says nothing of is not there.
#[component]
fn About(about: CourseAbout) -> impl IntoView {
    let CourseAbout {
        prerequisites,
        objectives,
        makes,
    } = about;
    let parts = [
        ("about-objectives", "Afterwards you can", objectives),
        ("about-makes", "What you will have made", makes),
        ("about-prerequisites", "What you need to know", prerequisites),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(.., lines)| !lines.is_empty())
        .collect();
    (!parts.is_empty()).then(|| {
        let parts = parts
            .into_iter()
            .map(|(id, title, lines)| {
                let lines = lines
                    .into_iter()
                    .map(|line| view! { <li><Icon glyph=Glyph::Right /><span><Inline text=line /></span></li> })
                    .collect_view();
                view! {
                    <div class="objectives">
                        <h2 class="objectives__title" id=id>{title}</h2>
                        <ul aria-labelledby=id>{lines}</ul>
                    </div>
                }
            })
            .collect_view();
        view! { <div class="course-about">{parts}</div> }
    })
}
