//! What is said of an answer.

use drydock_lesson::expect::{AnswerExpect, Expectation, Right, Side, Template};
use drydock_protocol::verdict::{Answered, Given, Note, Outcome, OutcomeState};

use crate::memory::Remembered;
use crate::text;

/// What a question comes to, given what is remembered of its answers.
pub(crate) fn outcome(expectation: &Expectation, answer: &AnswerExpect, remembered: &Remembered) -> Outcome {
    let met = remembered.met;
    let answered = remembered.given.as_ref().map(|given| Answered {
        given: given.clone(),
        wrong: remembered.wrong,
        notes: if met {
            notes_right(answer, given)
        } else {
            notes_wrong(expectation, answer, given)
        },
    });
    let (field, message) = match &answered {
        _ if met => (None, None),
        Some(answered) => {
            let said = answered.notes.iter().filter(|note| !note.right);
            let said: Vec<&str> = said.map(|note| note.text.as_str()).collect();
            (Some("is"), Some(said.join(" ")))
        }
        None => {
            let own = expectation.messages.by_field.get("missing");
            // A quiz has nothing but its question: that it waits for an answer need not be said.
            let asked = !answer.question.is_empty();
            let message = own.map_or_else(
                || asked.then(|| "This question waits for your answer.".to_owned()),
                |own| Some(filled(own, "")),
            );
            (Some("missing"), message)
        }
    };
    Outcome {
        state: if met {
            OutcomeState::Met
        } else {
            OutcomeState::Unmet
        },
        label: expectation.label(),
        field: field.map(str::to_owned),
        message,
        expected: None,
        actual: answered
            .as_ref()
            .filter(|answered| !met && !answered.given.text.is_empty())
            .map(|answered| text::shown(&answered.given.text)),
        answered,
    }
}

/// The choices that were made, with what is said of each, and what is said of the whole.
fn notes_right(answer: &AnswerExpect, given: &Given) -> Vec<Note> {
    let mut notes = notes_on_choices(answer, given);
    notes.extend(answer.why.as_ref().map(|why| Note {
        choice: None,
        right: true,
        text: why.clone(),
    }));
    notes
}

fn notes_wrong(expectation: &Expectation, answer: &AnswerExpect, given: &Given) -> Vec<Note> {
    let mut notes = notes_on_choices(answer, given);
    if notes.iter().any(|note| !note.right) {
        return notes;
    }
    let own = answer
        .known_wrong(&given.text)
        .map(|wrong| wrong.why.trim().to_owned());
    let default = || {
        let messages = &expectation.messages;
        match (messages.for_field("is"), &answer.right) {
            (Some(own), _) => filled(own, &given.text),
            (None, Right::Choices { .. }) => "That is right so far, and it is not all.".to_owned(),
            (None, Right::Typed(_)) => "That is not it. Look once more, and try again.".to_owned(),
            (None, Right::Read(_)) => {
                "That is not what your engine says. Look once more, and try again.".to_owned()
            }
        }
    };
    notes.push(Note {
        choice: None,
        right: false,
        text: own.unwrap_or_else(default),
    });
    notes
}

/// What is said of each choice that was made, and of no other.
fn notes_on_choices(answer: &AnswerExpect, given: &Given) -> Vec<Note> {
    let Right::Choices { choices, .. } = &answer.right else {
        return Vec::new();
    };
    let note = |number: &u32| {
        let choice = choices.get(*number as usize)?;
        Some(Note {
            choice: Some(*number),
            right: choice.right,
            text: choice.why.clone().unwrap_or_default(),
        })
    };
    given.choices.iter().filter_map(note).collect()
}

/// An author's message: all that it can speak of is what was typed.
fn filled(template: &Template, typed: &str) -> String {
    template.render(|placeholder| match placeholder.side {
        Side::Actual if !typed.is_empty() => text::shown(typed),
        _ => "nothing".to_owned(),
    })
}
