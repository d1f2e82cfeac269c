//! What is remembered of an exercise between evaluations: what held once, and what has been seen.
//!
//! It is the learner's, for one lesson; whoever keeps progress keeps it too.

use std::collections::BTreeMap;

use drydock_lesson::expect::Expectation;
use drydock_protocol::UnixSeconds;
use drydock_protocol::verdict::Given;
use serde::{Deserialize, Serialize};

/// The memories of a lesson's exercises, by their ids.
pub type Memories = BTreeMap<String, Memory>;

/// The memory of one exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// When the exercise was first evaluated: the `start` of `created_after: start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<UnixSeconds>,
    /// When the learner began with the exercise: when all live ones before it were passed, or when something that they did
    /// changed its verdict, or when they asked for a check. Hints that come after a time count from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun_at: Option<UnixSeconds>,
    /// How often something that the learner did led to another verdict that was no better than the one before. Checks on
    /// request are not among them. Hints that come after failed tries count these too.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tries: u32,
    /// By what an expectation asks for, so that an author who puts one more in front, or mends a message, takes
    /// nothing from anybody.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    expectations: BTreeMap<String, Remembered>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What is remembered of an expectation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// It held.
    #[serde(default)]
    pub(crate) met: bool,
    /// What is to be absent was there.
    #[serde(default)]
    pub(crate) seen: bool,
    /// Of a question: the answer that was given last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) given: Option<Given>,
    /// Of a question: how many answers were wrong.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) wrong: u32,
}

impl Memory {
    /// Begins again: what held and what was seen is forgotten, and `start` is the next evaluation. Hints go on counting.
    pub fn restart(&mut self) {
        self.started_at = None;
        self.expectations.clear();
    }

    /// What is left of it for a look through another engine than the one that it is about: when things began, and that something was
    /// there before it went, which nobody can look for afterwards. That something held has to be found again.
    #[must_use]
    pub fn for_another_look(&self) -> Self {
        let seen = self.expectations.iter().filter(|(_, remembered)| remembered.seen);
        let only_seen = Remembered {
            seen: true,
            ..Remembered::default()
        };
        Self {
            expectations: seen.map(|(key, _)| (key.clone(), only_seen.clone())).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn of(&mut self, key: &str) -> &mut Remembered {
        self.expectations.entry(key.to_owned()).or_default()
    }

    /// What is not asked for any more is forgotten.
    pub(crate) fn keep_only(&mut self, keys: &[String]) {
        self.expectations
            .retain(|key, remembered| keys.contains(key) && *remembered != Remembered::default());
    }
}

/// A name for each of an exercise's expectations: what it looks at and which fields it asks for. Equal ones are counted.
pub(crate) fn keys(expectations: &[Expectation]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for expectation in expectations {
        let matcher = &expectation.matcher;
        let absent = if expectation.absent { "absent " } else { "" };
        let mut key = format!("{absent}{} {}", matcher.key(), matcher.selector());
        for field in matcher.asked() {
            key.push(' ');
            key.push_str(field);
        }
        let twins = keys
            .iter()
            .filter(|other| **other == key || other.starts_with(&format!("{key} #")))
            .count();
        if twins > 0 {
            key = format!("{key} #{}", twins + 1);
        }
        keys.push(key);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_look_knows_what_was_seen_and_not_what_held() {
        let mut memory = Memory {
            started_at: Some(7),
            ..Memory::default()
        };
        memory.of("container web state").met = true;
        *memory.of("absent image mine:v1") = Remembered {
            met: true,
            seen: true,
            ..Remembered::default()
        };
        let mut other = memory.for_another_look();
        assert_eq!(other.started_at, Some(7));
        assert_eq!(*other.of("container web state"), Remembered::default());
        let seen = other.of("absent image mine:v1").clone();
        assert!(seen.seen && !seen.met);
    }
}
