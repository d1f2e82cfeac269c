//! A graded unit of a lesson, whole: what the grader, the server and `lesson test` need, and what a
//! learner must not see before it is due (solution, pitfalls, hints).

use std::time::Duration;

use drydock_protocol::page::Check;

use crate::expect::Expectation;

/// An exercise as its author wrote it, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ExerciseSpec {
    /// Unique in its lesson.
    pub id: String,
    /// What it is worth; at least 1.
    pub points: u32,
    /// What is to be achieved: Markdown.
    pub goal: String,
    /// When it is evaluated.
    pub check: Check,
    /// Bash, run as the learner when the exercise is started or started again.
    pub setup: Option<String>,
    /// The conditions that must all hold; at least one.
    pub expect: Vec<Expectation>,
    /// The ladder of hints, in order; at least one.
    pub hints: Vec<HintSpec>,
    /// Commands, one a line as a learner would type them, that meet every expectation.
    pub solution: String,
    /// Known mistakes, and how each is to fail.
    pub pitfalls: Vec<Pitfall>,
}

/// A hint and when it is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintSpec {
    /// When it is shown.
    pub when: HintWhen,
    /// Points that it takes off what the exercise gives; only hints that are asked for may cost.
    pub cost: u32,
    /// Plain text with `code` in backticks.
    pub text: String,
}

/// When a hint is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintWhen {
    /// So long after the learner began with the exercise.
    After(Duration),
    /// After so many verdicts that were not passes.
    AfterFails(u32),
    /// When the learner asks.
    Ask,
}

/// A known mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pitfall {
    /// The commands that make it, as a learner would type them.
    pub run: String,
    /// The failure that the exercise must then show: a field, or `missing`.
    pub fails: String,
}
