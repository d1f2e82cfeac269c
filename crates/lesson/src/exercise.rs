//! A graded unit of a lesson, whole: what the grader, the server and `lesson test` need, and what a
//! learner must not see before it is due (solution, pitfalls, hints).

use std::time::Duration;

use drydock_protocol::page::{Check, Task};

use crate::expect::{Expectation, Matcher};

/// An exercise or a quiz as its author wrote it, checked. A quiz is an exercise whose one expectation is an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ExerciseSpec {
    /// Unique in its lesson.
    pub id: String,
    /// What it is.
    pub task: Task,
    /// What it is worth; at least 1.
    pub points: u32,
    /// What is to be achieved, or what is asked: Markdown.
    pub goal: String,
    /// When it is evaluated.
    pub check: Check,
    /// Bash, run as the learner when the exercise is started or started again.
    pub setup: Option<String>,
    /// The conditions that must all hold; at least one.
    pub expect: Vec<Expectation>,
    /// The ladder of hints, in order; an exercise has at least one.
    pub hints: Vec<HintSpec>,
    /// Commands, one a line as a learner would type them, that meet every expectation but its questions. A quiz may have none.
    pub solution: String,
    /// Known mistakes, and how each is to fail.
    pub pitfalls: Vec<Pitfall>,
}

impl ExerciseSpec {
    /// Whether all that it asks for are answers: then no sandbox has to be looked at again and again.
    pub fn is_answered_only(&self) -> bool {
        self.expect
            .iter()
            .all(|expectation| matches!(expectation.matcher, Matcher::Answer(_)))
    }
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
    /// What is answered to its first question; None: what is right.
    pub answer: Option<String>,
    /// The failure that the exercise must then show: a field, or `missing`.
    pub fails: String,
}
