//! A lesson as a row of its course, with how far the learner is.

use drydock_protocol::page::LessonSummary;
use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use super::ring::Ring;
use crate::pages::Standing;
use crate::text;

/// A lesson: its place in the course, what it is about, how long it takes, how much of it is done.
#[component]
pub(crate) fn LessonRow(
    /// 1 for the first.
    number: usize,
    course: String,
    lesson: LessonSummary,
    standing: Standing,
) -> impl IntoView {
    let done = standing.passed;
    let total = lesson.exercises;
    let told = match (done, total) {
        (_, 0) => String::new(),
        (0, _) => text::count(total, "exercise"),
        (done, total) if done >= total => "Done".into(),
        (done, total) => format!("{done} of {total} exercises"),
    };
    view! {
        <li class="lesson-row" class:lesson-row--done={ total > 0 && done >= total }>
            <span class="lesson-row__number" aria-hidden="true">{number}</span>
            <div class="lesson-row__text">
                <a class="lesson-row__title" href=format!("/courses/{course}/{}", lesson.slug)>{lesson.title}</a>
                <p class="lesson-row__summary">{lesson.summary}</p>
            </div>
            <dl class="lesson-row__facts">
                <div>
                    <dt class="unseen">"Takes"</dt>
                    <dd><Icon glyph=Glyph::Clock />{text::minutes(lesson.minutes)}</dd>
                </div>
                <div>
                    <dt class="unseen">"Points"</dt>
                    <dd>{format!("{} of {}", standing.points, text::count(lesson.points, "point"))}</dd>
                </div>
                <div>
                    <dt class="unseen">"Progress"</dt>
                    <dd class="lesson-row__progress"><Ring done=done total />{told}</dd>
                </div>
            </dl>
        </li>
    }
}
