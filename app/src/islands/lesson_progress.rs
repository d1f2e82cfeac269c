//! The ring in the header: how many of the lesson's exercises are passed.

use leptos::prelude::*;

use crate::components::ring::Ring;
use crate::live::Store;

/// `3/7` and a ring that closes.
#[island]
pub fn LessonProgress(
    /// The lesson's exercises.
    exercises: Vec<String>,
) -> impl IntoView {
    let store = Store::of_page();
    let total = u32::try_from(exercises.len()).unwrap_or(u32::MAX);
    let done = Memo::new(move |_| {
        store.progress.with(|progress| {
            exercises.iter().map(|id| u32::from(progress.get(id).is_some_and(|known| known.passed))).sum::<u32>()
        })
    });
    let title = move || format!("{} of {total} exercises passed", done.get());
    view! {
        <span class="lesson-progress" title=title role="img" aria-label=title hidden={ total == 0 }>
            <Ring done total />
            <span aria-hidden="true">{move || format!("{}/{total}", done.get())}</span>
        </span>
    }
}
