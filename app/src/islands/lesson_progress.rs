//! The ring in the header: how many of the lesson's exercises are passed.

use leptos::prelude::*;

use super::island;
use crate::components::ring::Ring;

/// `0/7` and an open ring.
#[component]
pub(crate) fn LessonProgress(
    /// The lesson's exercises.
    exercises: Vec<String>,
) -> impl IntoView {
    let total = u32::try_from(exercises.len()).unwrap_or(u32::MAX);
    let title = format!("0 of {total} exercises passed");
    (total > 0).then(|| {
        island(
            "lesson_progress",
            view! {
                <span class="lesson-progress" data-exercises=exercises.join(" ") title=title.clone() role="img" aria-label=title>
                    <Ring done=0 total />
                    <span aria-hidden="true">{format!("0/{total}")}</span>
                </span>
            },
        )
    })
}
