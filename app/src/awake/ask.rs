//! A question's form: what was answered, and what is said of it.

use std::cell::Cell;
use std::rc::Rc;

use drydock_protocol::verdict::{Answered, Given, Note, Outcome};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use crate::browser;
use crate::components::icon::Glyph;

/// A question and its parts.
pub(super) struct Ask {
    pub(super) form: Element,
    /// Which of the exercise's conditions it is.
    pub(super) expectation: u32,
    inputs: Vec<HtmlInputElement>,
    choices: Vec<Element>,
    said: Element,
    /// Whether something was changed since it was last answered: then the learner's own is left alone.
    changed: Cell<bool>,
}

impl Ask {
    /// All questions within an element.
    pub(super) fn all(element: &Element) -> Vec<Rc<Self>> {
        browser::find_all(element, "form[data-ask]")
            .into_iter()
            .filter_map(Self::of)
            .collect()
    }

    fn of(form: Element) -> Option<Rc<Self>> {
        let ask = Rc::new(Self {
            expectation: form.get_attribute("data-ask")?.parse().ok()?,
            inputs: browser::find_all(&form, "input")
                .into_iter()
                .filter_map(|input| input.dyn_into().ok())
                .collect(),
            choices: browser::find_all(&form, ".choice"),
            said: browser::find(&form, ".ask__said")?,
            changed: Cell::new(false),
            form,
        });
        browser::on(&ask.form, "input", {
            let ask = Rc::clone(&ask);
            move |_| ask.changed.set(true)
        });
        Some(ask)
    }

    /// What stands in the form.
    pub(super) fn given(&self) -> Given {
        if self.choices.is_empty() {
            return Given {
                text: self
                    .inputs
                    .first()
                    .map(HtmlInputElement::value)
                    .unwrap_or_default(),
                ..Given::default()
            };
        }
        let checked = (0..)
            .zip(&self.inputs)
            .filter_map(|(number, input)| input.checked().then_some(number));
        Given {
            choices: checked.collect(),
            text: String::new(),
        }
    }

    /// It was answered with what stands in it.
    pub(super) fn answered(&self) {
        self.changed.set(false);
    }

    /// Shows what came of it.
    pub(super) fn show(&self, outcome: Option<&Outcome>, passed: bool) {
        let right = passed || outcome.is_some_and(|outcome| outcome.state.counts());
        browser::attribute(&self.form, "data-right", right.then_some(""));
        for input in &self.inputs {
            let disabled = right.then_some("");
            // A text that was right can still be read and copied.
            let name = if self.choices.is_empty() {
                "readonly"
            } else {
                "disabled"
            };
            browser::attribute(input, name, disabled);
        }
        let Some(answered) = outcome.and_then(|outcome| outcome.answered.as_ref()) else {
            return;
        };
        if right || !self.changed.get() {
            self.fill(answered);
        }
        for (number, choice) in (0..).zip(&self.choices) {
            let note = answered.notes.iter().find(|note| note.choice == Some(number));
            show_choice(choice, note);
        }
        self.said.set_text_content(None);
        if !self.choices.is_empty() {
            // What stands under the choices, for those who do not see that it has come.
            let told = told(answered.notes.iter().filter(|note| note.choice.is_some()));
            browser::text(&browser::append(&self.said, "p", "unseen"), &told);
        }
        for note in answered.notes.iter().filter(|note| note.choice.is_none()) {
            show_note(&self.said, note);
        }
    }

    /// Puts an answer that was given back into the form.
    fn fill(&self, answered: &Answered) {
        let given = &answered.given;
        for (number, input) in (0..).zip(&self.inputs) {
            if self.choices.is_empty() {
                if input.value() != given.text {
                    input.set_value(&given.text);
                }
            } else {
                input.set_checked(given.choices.contains(&number));
            }
        }
    }
}

/// How many of the chosen answers are right, in one sentence.
fn told<'a>(notes: impl Iterator<Item = &'a Note>) -> String {
    let (right, wrong): (Vec<_>, Vec<_>) = notes.partition(|note| note.right);
    match (right.len(), wrong.len()) {
        (0, 0) => String::new(),
        (1, 0) => "Right.".into(),
        (0, 1) => "Not right.".into(),
        (right, 0) => format!("All {right} chosen are right."),
        (right, wrong) => format!("Of {} chosen, {right} right and {wrong} not.", right + wrong),
    }
}

fn show_choice(choice: &Element, note: Option<&Note>) -> Option<()> {
    let state = note.map(|note| if note.right { "right" } else { "wrong" });
    browser::attribute(choice, "data-state", state);
    let said = browser::find(choice, ".choice__said")?;
    said.set_text_content(None);
    if let Some(note) = note {
        show_note(&said, note);
    }
    Some(())
}

/// What is said: in words and with an icon, so that colour is not all that tells right from wrong.
fn show_note(said: &Element, note: &Note) {
    let class = if note.right {
        "note note--right"
    } else {
        "note note--wrong"
    };
    let line = browser::append(said, "p", class);
    browser::append_icon(&line, if note.right { Glyph::Tick } else { Glyph::Info });
    let words = browser::append(&line, "span", "");
    // Of the whole, the card's foot says that it is right.
    if note.choice.is_some() || !note.right {
        let verdict = if note.right { "Right. " } else { "Not right. " };
        browser::text(&browser::append(&words, "strong", ""), verdict);
    }
    browser::sentence(&browser::append(&words, "span", ""), &note.text);
}
