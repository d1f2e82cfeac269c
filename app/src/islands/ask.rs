//! A question with what it is answered by: choices, or a field. Nothing here knows the answer.

use drydock_protocol::page::{Ask, Input};
use leptos::either::Either;
use leptos::prelude::*;

/// The form of a question. In a quiz the button that answers stands at the card's foot; else it stands in the form.
#[component]
pub(crate) fn AskForm(
    /// The question.
    ask: Ask,
    /// The exercise that it belongs to.
    exercise: String,
    /// Whether it is a card of its own.
    quiz: bool,
    /// The element that says what is asked.
    labelled_by: String,
) -> impl IntoView {
    let form = form_id(&exercise, ask.expectation);
    let input = match ask.input {
        Input::Choices { several, choices } => {
            Either::Left(view! { <Choices form=form.clone() several choices labelled_by /> })
        }
        Input::Text => {
            Either::Right(view! { <Field form=form.clone() quiz numeric=false unit=None labelled_by /> })
        }
        Input::Number { unit } => {
            Either::Right(view! { <Field form=form.clone() quiz numeric=true unit labelled_by /> })
        }
    };
    view! {
        <form class="ask" class:ask--inline=!quiz id=form data-ask=ask.expectation.to_string() novalidate>
            {input}
            <div class="ask__said" role="status"></div>
        </form>
    }
}

/// The id of a question's form.
pub(super) fn form_id(exercise: &str, expectation: u32) -> String {
    format!("answer-{exercise}-{expectation}")
}

/// What there is to choose from.
#[component]
fn Choices(form: String, several: bool, choices: Vec<String>, labelled_by: String) -> impl IntoView {
    let kind = if several { "checkbox" } else { "radio" };
    let how = if several {
        "Choose all that are right."
    } else {
        "Choose one."
    };
    let legend = format!("{form}-how");
    let labels = format!("{labelled_by} {legend}");
    let choices = choices
        .into_iter()
        .enumerate()
        .map(|(number, html)| {
            let said = format!("{form}-said-{number}");
            view! {
                <div class="choice" data-choice=number.to_string()>
                    <label class="choice__label">
                        <input
                            class="choice__input"
                            r#type=kind
                            name=form.clone()
                            value=number.to_string()
                            autocomplete="off"
                            aria-describedby=said.clone()
                        />
                        <span class="choice__text" inner_html=html></span>
                    </label>
                    <div class="choice__said" id=said></div>
                </div>
            }
        })
        .collect_view();
    view! {
        <fieldset class="ask__choices" aria-labelledby=labels>
            <legend class="ask__how" id=legend>{how}</legend>
            {choices}
        </fieldset>
    }
}

/// Where an answer is typed.
#[component]
fn Field(
    form: String,
    quiz: bool,
    numeric: bool,
    unit: Option<String>,
    labelled_by: String,
) -> impl IntoView {
    let field = format!("{form}-field");
    let label = format!("{form}-label");
    let labels = format!("{labelled_by} {label}");
    view! {
        <div class="ask__row">
            <label class="ask__label" id=label r#for=field.clone()>"Your answer"</label>
            <input
                class="input ask__input"
                class:ask__input--number=numeric
                id=field
                r#type="text"
                inputmode=if numeric { "decimal" } else { "text" }
                maxlength="500"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-labelledby=labels
            />
            {unit.map(|unit| view! { <span class="ask__unit">{unit}</span> })}
            {(!quiz).then(|| view! {
                <button class="button button--small ask__button" data-answer><span>"Answer"</span></button>
            })}
        </div>
    }
}
