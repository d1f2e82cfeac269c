//! The part of an exercise's card that hands it in, where it is graded once.

use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// Submitting, before anything is known: a button, the question whether one is sure, and room for what comes of it.
#[component]
pub(crate) fn Submission(
    /// The exercise's id.
    exercise: String,
) -> impl IntoView {
    let sure = format!("submit-{exercise}");
    let asked = sure.clone();
    island(
        "submission",
        view! {
            <div class="submission" data-exercise=exercise>
                <button class="button button--small button--main" data-submit aria-expanded="false" aria-controls=asked>
                    <Icon glyph=Glyph::Save /><span>"Submit…"</span>
                </button>
                <div class="submission__sure" id=sure hidden>
                    <p>
                        "This is graded once. Your files and the commands that you ran are replayed in a fresh sandbox, and what they lead "
                        "to is what counts. It cannot be taken back."
                    </p>
                    <div class="submission__buttons">
                        <button class="button button--small" data-not-yet>"Not yet"</button>
                        <button class="button button--small button--main" data-submit-now>"Submit for good"</button>
                    </div>
                </div>
                <p class="submission__state" role="status"></p>
                <div class="submission__result"></div>
            </div>
        },
    )
}
