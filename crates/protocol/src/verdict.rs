//! What an evaluation of an exercise found.

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;

/// The outcomes of all of an exercise's expectations at one moment, and the points earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// The exercise's id.
    pub exercise: String,
    /// Whether every expectation holds (or has held, where keeping is enough).
    pub passed: bool,
    /// Points for the expectations that hold, from 0 to `points_max`. Hints' costs are not yet taken off.
    pub points: u32,
    /// What the exercise is worth.
    pub points_max: u32,
    /// One outcome an expectation, in order.
    pub outcomes: Vec<Outcome>,
    /// When it was evaluated.
    pub at: UnixSeconds,
}

impl Verdict {
    /// The first expectation that does not hold: the one whose message the learner needs now.
    pub fn first_unmet(&self) -> Option<&Outcome> {
        self.outcomes.iter().find(|outcome| !outcome.state.counts())
    }
}

/// What one expectation came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcome {
    /// Whether it holds.
    pub state: OutcomeState,
    /// What it asks for, in a few words, with `code` in backticks.
    pub label: String,
    /// The field that failed (`missing` for a thing that was not found). None when it holds.
    pub field: Option<String>,
    /// What is not right yet and what to do. Plain text with `code` in backticks; parts of it may come
    /// from the learner's engine, so it is never HTML. None when it holds.
    pub message: Option<String>,
    /// What the field was expected to be, for people. None when it holds or when there is nothing to compare.
    pub expected: Option<String>,
    /// What the field was found to be, for people.
    pub actual: Option<String>,
    /// If it is a question that was answered: the answer, and what is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
}

/// A learner's answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Given {
    /// The numbers of the choices, from 0, each once. Empty where something was typed.
    #[serde(default)]
    pub choices: Vec<u32>,
    /// What was typed. Empty where choices were made.
    #[serde(default)]
    pub text: String,
}

/// An answer that was given last, and what is said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answered {
    /// The answer.
    pub given: Given,
    /// How many answers were wrong so far.
    pub wrong: u32,
    /// What is said of it. Nothing is said of choices that were not made.
    pub notes: Vec<Note>,
}

/// What is said of an answer, or of one of the choices that were made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// The number of the choice; null for the answer as a whole.
    pub choice: Option<u32>,
    /// Whether that was right.
    pub right: bool,
    /// Why: plain text with `code` in backticks. Empty where there is nothing to say.
    pub text: String,
}

/// The state of an expectation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OutcomeState {
    /// It does not hold.
    #[default]
    Unmet,
    /// It holds.
    Met,
    /// It held once, which is enough for an exercise that keeps, and no longer does.
    WasMet,
}

impl OutcomeState {
    /// Whether it earns its points.
    pub fn counts(self) -> bool {
        self != Self::Unmet
    }
}
