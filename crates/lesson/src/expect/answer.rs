//! `answer`: what a learner is asked, which answers are right, and what is said of the wrong ones.
//!
//! Whether an answer is right is decided here wherever it does not depend on a sandbox, because lint wants to know it
//! too. What has to be read from a learner's engine is a [`Fact`]; reading it is the grader's.

mod accepted;
mod fact;
mod number;

use drydock_protocol::verdict::Given;

use super::error::ExpectError;
pub use accepted::{Accepted, Is};
pub use fact::{Fact, FactField, FactKind, Thing};
pub use number::{Decimal, number};

/// The longest question of an exercise, in letters.
const QUESTION_MAX: usize = 300;
/// The longest unit, in letters.
const UNIT_MAX: usize = 20;
/// How many known wrong answers a question may have.
const WRONG_MAX: usize = 40;

/// `answer: QUESTION`: holds when the learner has given the right answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerExpect {
    /// What is asked, with `code` in backticks. Empty for a quiz: its question is the card's heading.
    pub question: String,
    /// What is right.
    pub right: Right,
    /// Whether capitals and spaces matter in a text.
    pub exact: bool,
    /// What stands behind a number.
    pub unit: Option<String>,
    /// Wrong answers that are known, each with why it is wrong.
    pub wrong: Vec<WrongAnswer>,
    /// What is said of the right answer.
    pub why: Option<String>,
    /// Points that each wrong answer takes off.
    pub cost: u32,
}

/// What is right.
#[derive(Clone, Debug, PartialEq)]
pub enum Right {
    /// Those of these that are marked.
    Choices {
        /// Whether more than one may be chosen.
        several: bool,
        /// In the order of the page.
        choices: Vec<Choice>,
    },
    /// Any of these, typed.
    Typed(Vec<Accepted>),
    /// What is read from the learner's engine when the answer is given.
    Read(Fact),
}

/// One of the answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Markdown, one paragraph.
    pub text: String,
    /// Whether it is right.
    pub right: bool,
    /// What is said of it to whoever chooses it.
    pub why: Option<String>,
}

/// A wrong answer that an author knows of.
#[derive(Clone, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongAnswer {
    /// The answer: any of these.
    #[serde(deserialize_with = "accepted::list")]
    pub is: Vec<Accepted>,
    /// Why it is wrong.
    pub why: String,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerKind {
    /// One of the choices.
    One,
    /// Any number of the choices.
    Several,
    /// A text is typed.
    Text,
    /// A number is typed; also a size.
    Number,
}

impl AnswerExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 6] = ["is", "exact", "unit", "wrong", "why", "cost"];

    /// The fields that the author asks for.
    #[allow(clippy::unused_self, reason = "as of every other matcher")]
    pub fn asked(&self) -> Vec<&'static str> {
        vec!["is"]
    }

    /// How it is answered.
    pub fn kind(&self) -> AnswerKind {
        match &self.right {
            Right::Choices { several: false, .. } => AnswerKind::One,
            Right::Choices { several: true, .. } => AnswerKind::Several,
            Right::Typed(accepted) if accepted.iter().all(Accepted::is_number) => AnswerKind::Number,
            Right::Typed(_) => AnswerKind::Text,
            Right::Read(fact) => match fact.field.kind() {
                FactKind::Number | FactKind::Size => AnswerKind::Number,
                FactKind::Id | FactKind::Text => AnswerKind::Text,
            },
        }
    }

    /// The fact that has to be read before an answer can be judged.
    pub fn reads(&self) -> Option<&Fact> {
        match &self.right {
            Right::Read(fact) => Some(fact),
            _ => None,
        }
    }

    /// Whether one of these is what was typed.
    pub fn takes(&self, accepted: &[Accepted], typed: &str) -> bool {
        accepted
            .iter()
            .any(|one| one.takes(typed, self.exact, self.unit.as_deref()))
    }

    /// What is known of a wrong answer that was typed.
    pub fn known_wrong(&self, typed: &str) -> Option<&WrongAnswer> {
        self.wrong.iter().find(|wrong| self.takes(&wrong.is, typed))
    }

    /// An answer that is right. None where that has to be read first.
    pub fn example(&self) -> Option<Given> {
        match &self.right {
            Right::Choices { choices, .. } => Some(Given {
                choices: (0..)
                    .zip(choices)
                    .filter_map(|(number, choice)| choice.right.then_some(number))
                    .collect(),
                text: String::new(),
            }),
            Right::Typed(accepted) => accepted.first().map(|one| Given {
                choices: Vec::new(),
                text: one.example(),
            }),
            Right::Read(_) => None,
        }
    }

    /// Why it makes no sense, if it does not: message and help.
    pub(crate) fn refusal(&self) -> Option<(String, Option<String>)> {
        let said = self.check().err()?.to_string();
        Some(match said.split_once("\nhelp: ") {
            Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
            None => (said, None),
        })
    }

    /// Whether it makes sense.
    pub(super) fn check(&self) -> Result<(), ExpectError> {
        if self.question.chars().count() > QUESTION_MAX {
            return Err(ExpectError::Range(format!(
                "a question has at most {QUESTION_MAX} letters"
            )));
        }
        let kind = self.kind();
        if let Right::Typed(accepted) = &self.right
            && kind != AnswerKind::Number
            && accepted.iter().any(Accepted::is_number)
        {
            return Err(ExpectError::Matcher(
                "numbers and texts do not mix in one answer\nhelp: put quotes round what is a text"
                    .to_owned(),
            ));
        }
        if self.unit.is_some() && kind != AnswerKind::Number {
            return Err(ExpectError::Matcher("only a number has a `unit`".to_owned()));
        }
        if let Some(unit) = &self.unit
            && (unit.trim().is_empty()
                || unit.chars().count() > UNIT_MAX
                || unit.contains(|c: char| c.is_ascii_digit()))
        {
            return Err(ExpectError::Range(format!(
                "a `unit` has 1 to {UNIT_MAX} letters, and no digits"
            )));
        }
        if self.exact && kind != AnswerKind::Text {
            return Err(ExpectError::Matcher("only a text can be `exact`".to_owned()));
        }
        if self.wrong.len() > WRONG_MAX {
            return Err(ExpectError::Range(format!(
                "at most {WRONG_MAX} wrong answers are known"
            )));
        }
        self.wrong
            .iter()
            .try_for_each(|wrong| self.check_wrong(wrong, kind))
    }

    fn check_wrong(&self, wrong: &WrongAnswer, kind: AnswerKind) -> Result<(), ExpectError> {
        if wrong.why.trim().is_empty() {
            return Err(ExpectError::Matcher(
                "it is not said why this answer is wrong".to_owned(),
            ));
        }
        if kind == AnswerKind::Number && !wrong.is.iter().all(Accepted::is_number) {
            return Err(ExpectError::Matcher(
                "the answer is a number, so wrong answers are numbers too".to_owned(),
            ));
        }
        let right = |one: &Accepted| match &self.right {
            Right::Typed(accepted) => self.takes(accepted, &one.example()),
            _ => false,
        };
        match wrong.is.iter().find(|one| right(one)) {
            Some(one) => Err(ExpectError::Matcher(format!(
                "`{}` is said to be wrong, and it is right",
                one.example()
            ))),
            None => Ok(()),
        }
    }
}
