//! An exercise's card. What is the same for everyone stands in the page; what is the learner's is the island
//! inside it, [`ExerciseState`].

use drydock_protocol::page::{Check, Exercise, Solutions, Task};
use leptos::prelude::*;

use super::steps::Onward;
use crate::islands::exercise_state::ExerciseState;
use crate::islands::submission::Submission;
use crate::text;

/// The anchor of an exercise's card.
pub(crate) fn anchor(id: &str) -> String {
    format!("exercise-{id}")
}

/// What a card offers besides checks and hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offers {
    /// When its solution may be seen.
    pub(crate) solutions: Solutions,
    /// Whether it can be skipped to: something comes before it.
    pub(crate) skip: bool,
}

/// The id of what is to be achieved, or is asked.
pub(crate) fn goal_id(id: &str) -> String {
    format!("{}-goal", anchor(id))
}

/// The card: goal, further text, and the learner's standing.
#[component]
pub(crate) fn ExerciseCard(
    exercise: Exercise,
    /// What comes after it.
    onward: Option<Onward>,
    /// What it offers.
    offers: Offers,
) -> impl IntoView {
    let card = anchor(&exercise.id);
    let title = goal_id(&exercise.id);
    let kind = match exercise.task {
        Task::Exercise => "Exercise",
        Task::Quiz => "Question",
    };
    let labelled_by = title.clone();
    let submission = (exercise.check == Check::Submit).then(|| {
        let exercise = exercise.id.clone();
        view! { <Submission exercise /> }
    });
    view! {
        <section class="exercise" id=card aria-labelledby=labelled_by>
            <header class="exercise__head">
                <p class="exercise__kind">
                    {kind}<span class="exercise__points">{text::count(exercise.points, "point")}</span>
                </p>
                <h3 class="exercise__goal" id=title inner_html=exercise.goal.clone()></h3>
            </header>
            {(!exercise.body.is_empty())
                .then(|| view! { <div class="exercise__body prose" inner_html=exercise.body.clone()></div> })}
            <ExerciseState exercise onward offers />
            {submission}
        </section>
    }
}
