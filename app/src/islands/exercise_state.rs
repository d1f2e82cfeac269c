//! The living part of an exercise's card: its conditions, its points, its hints, and what comes after it.

use drydock_protocol::page::{Check, Exercise};
use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};
use crate::components::inline::Inline;
use crate::components::steps::Onward;
use crate::text;

/// An exercise's conditions, points and hints, before anything is known.
#[component]
pub(crate) fn ExerciseState(
    /// The exercise.
    exercise: Exercise,
    /// What comes after it.
    onward: Option<Onward>,
) -> impl IntoView {
    let Exercise {
        id,
        points,
        check,
        expectations,
        hints,
        ..
    } = exercise;
    let conditions = expectations
        .into_iter()
        .map(|label| view! {
            <li class="condition" data-state="unmet">
                <Icon glyph=Glyph::Ring />
                <div class="condition__text">
                    <p class="condition__label">
                        <span class="unseen">"Not yet: "</span><span data-label><Inline text=label /></span>
                    </p>
                    <div class="condition__said"></div>
                </div>
            </li>
        })
        .collect_view();
    let (verb, asks_first) = match check {
        Check::Live => ("Check now", false),
        Check::Click => ("Check now", true),
        Check::Submit => ("Submit", true),
    };
    let check_class = if asks_first {
        "button button--small button--main"
    } else {
        "button button--small"
    };
    island(
        "exercise_state",
        view! {
            <div class="exercise__state" data-exercise=id data-points=points.to_string() data-hints=hints.to_string()>
                <ol class="conditions" aria-label="Conditions">{conditions}</ol>
                <div class="hints" aria-live="polite"></div>
                <div class="exercise__foot">
                    <progress class="exercise__bar" max=points.to_string() value="0" aria-hidden="true"></progress>
                    <div class="exercise__buttons">
                        <button class=check_class data-check><Icon glyph=Glyph::Again /><span>{verb}</span></button>
                        {(hints > 0).then(|| view! {
                            <button class="button button--small" data-hint>
                                <Icon glyph=Glyph::Lamp /><span>{format!("Hint (1 of {hints})")}</span>
                            </button>
                        })}
                        <p class="exercise__not-yet" role="status"></p>
                        <p class="exercise__won">{format!("0 of {}", text::count(points, "point"))}</p>
                    </div>
                </div>
                <div class="exercise__after" role="status" hidden>
                    <p class="exercise__done"><Icon glyph=Glyph::Tick />"Passed."</p>
                    {onward.map(|onward| view! {
                        <a class="exercise__onward" href=onward.href>"Next: "{onward.label}<Icon glyph=Glyph::Right /></a>
                    })}
                </div>
            </div>
        },
    )
}
