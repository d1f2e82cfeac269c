//! A course: what it is about, and its lessons.

use drydock_protocol::api::Progress;
use drydock_protocol::page::CourseSummary;
use leptos::prelude::*;

use super::{Standing, goes_on};
use crate::components::course_row::LessonRow;
use crate::components::footer::Footer;
use crate::components::header::Header;
use crate::components::icon::{Glyph, Icon};
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
            <ol class="lesson-rows">{rows}</ol>
        </main>
        <Footer version />
    }
}
