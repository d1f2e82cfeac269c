//! The living part of an exercise's card: its conditions, its points, its hints, and what comes after it.

use drydock_protocol::page::{Ask, Check, Exercise, Solutions, Task};
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::ask::{AskForm, form_id};
use super::island;
use crate::components::exercise::{Offers, anchor, goal_id};
use crate::components::icon::{Glyph, Icon};
use crate::components::inline::Inline;
use crate::components::steps::Onward;
use crate::text;

/// An exercise's conditions, points and hints, before anything is known; of a quiz, its question's answers.
#[component]
pub(crate) fn ExerciseState(
    /// The exercise.
    exercise: Exercise,
    /// What comes after it.
    onward: Option<Onward>,
    /// What its card offers.
    offers: Offers,
) -> impl IntoView {
    let Exercise {
        id,
        task,
        asks,
        points,
        check,
        expectations,
        hints,
        setup,
        ..
    } = exercise;
    let is_quiz = task == Task::Quiz;
    // The button stands at the foot, away from the form that it sends.
    let form = form_id(&id, 0);
    let body = if is_quiz {
        let question = goal_id(&id);
        Either::Left(
            asks.into_iter()
                .map(|ask| view! { <AskForm ask exercise=id.clone() quiz=true labelled_by=question.clone() /> })
                .collect_view(),
        )
    } else {
        Either::Right(view! { <Conditions id=id.clone() expectations asks /> })
    };
    // A question has no solution but its answer.
    let shown = solution_shown(offers.solutions).filter(|_| !is_quiz);
    let more = (setup || offers.skip).then(|| More {
        menu: format!("{}-more", anchor(&id)),
        restart: setup,
        skip: offers.skip,
    });
    // One that is graded once has a part of its own to hand it in.
    let is_checked = check != Check::Submit;
    let check_class = if check == Check::Click {
        "button button--small button--main"
    } else {
        "button button--small"
    };
    island(
        "exercise_state",
        view! {
            <div
                class="exercise__state"
                data-exercise=id
                data-points=points.to_string()
                data-hints=hints.to_string()
                data-solution-shown=shown
            >
                {body}
                <div class="hints" aria-live="polite"></div>
                <div class="solution" aria-live="polite"></div>
                <div class="exercise__foot">
                    <progress class="exercise__bar" max=points.to_string() value="0" aria-hidden="true"></progress>
                    <div class="exercise__buttons">
                        {match (is_quiz, is_checked) {
                            (true, _) => EitherOf3::A(view! {
                                <button class="button button--small button--main" form=form data-answer><span>"Answer"</span></button>
                            }),
                            (false, true) => EitherOf3::B(view! {
                                <button class=check_class data-check><Icon glyph=Glyph::Again /><span>"Check now"</span></button>
                            }),
                            (false, false) => EitherOf3::C(()),
                        }}
                        {(hints > 0).then(|| view! {
                            <button class="button button--small" data-hint>
                                <Icon glyph=Glyph::Lamp /><span>{format!("Hint (1 of {hints})")}</span>
                            </button>
                        })}
                        {shown.map(|shown| view! {
                            <button class="button button--small" data-solution hidden={shown == "passed"}>
                                <Icon glyph=Glyph::Page /><span>"Solution"</span>
                            </button>
                        })}
                        <p class="exercise__not-yet" role="status"></p>
                        <p class="exercise__won">{format!("0 of {}", text::count(points, "point"))}</p>
                        {more.map(|more| view! { <Menu more /> })}
                    </div>
                </div>
                <div class="replay" role="status" hidden></div>
                <div class="exercise__after" role="status" hidden>
                    <p class="exercise__done">
                        <Icon glyph=Glyph::Tick /><span>{if is_quiz { "Right." } else { "Passed." }}</span>
                    </p>
                    {onward.map(|onward| view! {
                        <a class="exercise__onward" href=onward.href>"Next: "{onward.label}<Icon glyph=Glyph::Right /></a>
                    })}
                </div>
            </div>
        },
    )
}

/// From when on the button of the solution is there; the server says when it is due. None: there is none.
fn solution_shown(solutions: Solutions) -> Option<&'static str> {
    match solutions {
        Solutions::Always | Solutions::AfterFails => Some("always"),
        Solutions::AfterPassing => Some("passed"),
        Solutions::Never => None,
    }
}

/// What is not needed often.
pub(crate) struct More {
    menu: String,
    restart: bool,
    skip: bool,
}

/// The button, and the menu that it opens.
#[component]
fn Menu(more: More) -> impl IntoView {
    let More { menu, restart, skip } = more;
    view! {
        <button
            class="icon-button icon-button--small"
            title="More for this exercise"
            aria-label="More for this exercise"
            popovertarget=menu.clone()
        >
            <Icon glyph=Glyph::Dots />
        </button>
        <div class="menu menu--exercise" id=menu.clone() popover="auto">
            {restart.then(|| view! {
                <button class="menu__item" popovertarget=menu.clone() popovertargetaction="hide" data-restart>
                    <Icon glyph=Glyph::Again />
                    <span>"Begin it again"<span class="menu__more">"Its setup runs once more."</span></span>
                </button>
            })}
            {skip.then(|| view! {
                <button class="menu__item" popovertarget=menu.clone() popovertargetaction="hide" data-skip>
                    <Icon glyph=Glyph::Right />
                    <span>"Skip to here"<span class="menu__more">"What comes before is done for you."</span></span>
                </button>
            })}
        </div>
    }
}

/// The conditions of an exercise, each with its field if it is a question.
#[component]
fn Conditions(id: String, expectations: Vec<String>, asks: Vec<Ask>) -> impl IntoView {
    let conditions = (0..)
        .zip(expectations)
        .map(|(number, label)| {
            let ask = asks.iter().find(|ask| ask.expectation == number).cloned();
            let named = ask.is_some().then(|| format!("{}-asked", form_id(&id, number)));
            let ask = ask.zip(named.clone()).map(|(ask, labelled_by)| view! {
                <AskForm ask exercise=id.clone() quiz=false labelled_by />
            });
            view! {
                <li class="condition" data-state="unmet">
                    <Icon glyph=Glyph::Ring />
                    <div class="condition__text">
                        <p class="condition__label">
                            <span class="unseen">"Not yet: "</span><span data-label id=named><Inline text=label /></span>
                        </p>
                        {ask}
                        <div class="condition__said"></div>
                    </div>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="conditions" aria-label="Conditions">{conditions}</ol> }
}
