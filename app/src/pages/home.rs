//! The home page: one sentence, one button, the courses.

use drydock_protocol::api::Progress;
use drydock_protocol::page::CourseSummary;
use leptos::either::Either;
use leptos::prelude::*;

use super::{Standing, goes_on};
use crate::components::footer::Footer;
use crate::components::header::Header;
use crate::components::icon::{Glyph, Icon};
use crate::components::ring::Ring;
use crate::components::strip::Strip;
use crate::site::Assets;
use crate::text;

/// What the one button does.
struct Next {
    href: String,
    verb: &'static str,
    title: String,
}

fn next(courses: &[CourseSummary], progress: &Progress) -> Option<Next> {
    let begun = |course: &&CourseSummary| {
        course
            .lessons
            .iter()
            .any(|lesson| Standing::of(progress, &course.slug, &lesson.slug).begun)
    };
    let course = courses
        .iter()
        .find(|course| begun(course) && goes_on(course, progress).is_some())
        .or_else(|| courses.iter().find(|course| goes_on(course, progress).is_some()))?;
    let lesson = goes_on(course, progress)?;
    let verb = if Standing::of(progress, &course.slug, &lesson.slug).begun {
        "Continue with"
    } else {
        "Start with"
    };
    Some(Next {
        href: format!("/courses/{}/{}", course.slug, lesson.slug),
        verb,
        title: lesson.title.clone(),
    })
}

/// One sentence, one button that goes on where the learner left off, the courses, and the product itself.
#[component]
pub(crate) fn HomePage(
    courses: Vec<CourseSummary>,
    progress: Progress,
    assets: Assets,
    version: String,
) -> impl IntoView {
    let button = next(&courses, &progress).map(|next| {
        view! {
            <a class="button button--main button--large" href=next.href>
                {next.verb}" "{next.title}<Icon glyph=Glyph::Right />
            </a>
        }
    });
    let rows = if courses.is_empty() {
        Either::Left(view! {
            <p class="empty">"No course is installed here yet. An operator adds one below the content folder."</p>
        })
    } else {
        Either::Right(
            courses
                .into_iter()
                .map(|course| view! { <CourseRow course progress=progress.clone() /> })
                .collect_view(),
        )
    };
    view! {
        <Header />
        <main class="page" id="text" tabindex="-1">
            <div class="hero">
                <h1 class="hero__sentence">"Learn Docker on a real engine of your own."</h1>
                <p class="hero__more">
                    "Read, run each command beside the text, and watch the exercises tick themselves off. "
                    "Nothing to install, nothing to break."
                </p>
                {button}
            </div>
            <section class="courses" aria-labelledby="courses">
                <h2 class="page__heading" id="courses">"Courses"</h2>
                <ul class="courses__list">{rows}</ul>
            </section>
            <Strip assets />
        </main>
        <Footer version />
    }
}

/// A course as a row.
#[component]
fn CourseRow(course: CourseSummary, progress: Progress) -> impl IntoView {
    let exercises: u32 = course.lessons.iter().map(|lesson| lesson.exercises).sum();
    let minutes: u32 = course.lessons.iter().map(|lesson| lesson.minutes).sum();
    let passed: u32 = course
        .lessons
        .iter()
        .map(|lesson| Standing::of(&progress, &course.slug, &lesson.slug).passed)
        .sum();
    let lessons = text::count(u32::try_from(course.lessons.len()).unwrap_or(u32::MAX), "lesson");
    view! {
        <li class="course-row">
            <div class="course-row__text">
                <a class="course-row__title" href=format!("/courses/{}", course.slug)>{course.title}</a>
                <p class="course-row__summary">{course.summary}</p>
                <p class="course-row__facts">{lessons}" · "{text::minutes(minutes)}</p>
            </div>
            <p class="course-row__progress">
                <Ring done=passed total=exercises />
                <span>{format!("{passed} of {}", text::count(exercises, "exercise"))}</span>
            </p>
        </li>
    }
}
