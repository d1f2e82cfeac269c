//! From expectations and facts to a verdict.

#[cfg(test)]
mod tests;

use drydock_lesson::ExerciseSpec;
use drydock_lesson::expect::{Expectation, Matcher, Mode};
use drydock_protocol::UnixSeconds;
use drydock_protocol::page::Check;
use drydock_protocol::verdict::{Outcome, OutcomeState, Verdict};
use futures::FutureExt;
use futures::future::join_all;

use crate::answer;
use crate::error::FactError;
use crate::facts::Facts;
use crate::matchers::{self, Failure};
use crate::memory::{Memory, Remembered, keys};
use crate::points::share;

/// The part of an exercise that is evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// Unique in its lesson.
    pub id: String,
    /// What it is worth.
    pub points: u32,
    /// When it is evaluated.
    pub check: Check,
    /// What has to hold.
    pub expect: Vec<Expectation>,
}

impl Exercise {
    /// Whether all that it asks for are answers.
    pub fn is_answered_only(&self) -> bool {
        self.expect
            .iter()
            .all(|expectation| matches!(expectation.matcher, Matcher::Answer(_)))
    }
}

impl From<&ExerciseSpec> for Exercise {
    fn from(spec: &ExerciseSpec) -> Self {
        Self {
            id: spec.id.clone(),
            points: spec.points,
            check: spec.check,
            expect: spec.expect.clone(),
        }
    }
}

/// Evaluates an exercise at one moment. Nothing in the sandbox is changed by it.
///
/// The memory says what held before and is brought up to date. `at` is the moment of the verdict; the first one is
/// remembered as the exercise's start.
///
/// What cannot be read (the engine is starting again, say) does not fail the evaluation: that expectation is unmet, or as it
/// was if it is kept, and its message says why. See also [`Facts`].
pub async fn evaluate(
    exercise: &Exercise,
    facts: &impl Facts,
    memory: &mut Memory,
    at: UnixSeconds,
) -> Verdict {
    evaluate_all(exercise, facts, memory, at).await.verdict
}

/// A verdict and what a watcher wants to know beside it.
pub(crate) struct Evaluation {
    pub(crate) verdict: Verdict,
    /// Some facts could not be read for a reason that passes.
    pub(crate) again: bool,
}

pub(crate) async fn evaluate_all(
    exercise: &Exercise,
    facts: &impl Facts,
    memory: &mut Memory,
    at: UnixSeconds,
) -> Evaluation {
    let started_at = *memory.started_at.get_or_insert(at);
    let checks = exercise
        .expect
        .iter()
        .map(|one| matchers::check(&one.matcher, &one.messages, facts, started_at).boxed());
    let findings = join_all(checks).await;
    settle(exercise, findings, memory, at)
}

/// A verdict from what is remembered, for an exercise that asks for answers and nothing else. None for any other, which has to be
/// looked at.
pub fn recall(exercise: &Exercise, memory: &mut Memory, at: UnixSeconds) -> Option<Verdict> {
    if !exercise.is_answered_only() {
        return None;
    }
    let findings = exercise.expect.iter().map(|_| Ok(None)).collect();
    Some(settle(exercise, findings, memory, at).verdict)
}

/// From what matchers found to a verdict.
fn settle(
    exercise: &Exercise,
    findings: Vec<Result<Option<Failure>, FactError>>,
    memory: &mut Memory,
    at: UnixSeconds,
) -> Evaluation {
    let again = findings
        .iter()
        .any(|finding| finding.as_ref().is_err_and(FactError::may_pass));

    let keys = keys(&exercise.expect);
    let weights: Vec<u32> = exercise
        .expect
        .iter()
        .map(|expectation| expectation.points)
        .collect();
    let shares = share(exercise.points, &weights);
    let mut points: u32 = 0;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (((expectation, finding), key), share) in exercise.expect.iter().zip(findings).zip(&keys).zip(shares)
    {
        let remembered = memory.of(key);
        let outcome = if let Matcher::Answer(asked) = &expectation.matcher {
            points += answer::points(expectation, remembered, share);
            answer::outcome(expectation, asked, remembered)
        } else {
            let outcome = outcome(expectation, finding, remembered);
            points += if outcome.state.counts() { share } else { 0 };
            outcome
        };
        outcomes.push(outcome);
    }
    memory.keep_only(&keys);

    let verdict = Verdict {
        exercise: exercise.id.clone(),
        passed: outcomes.iter().all(|outcome| outcome.state.counts()),
        points,
        points_max: exercise.points,
        outcomes,
        at,
    };
    Evaluation { verdict, again }
}

/// What an expectation comes to, given what its matcher found and what is remembered of it.
fn outcome(
    expectation: &Expectation,
    finding: Result<Option<Failure>, FactError>,
    remembered: &mut Remembered,
) -> Outcome {
    let finding = match finding {
        Ok(found) if expectation.absent => Ok(absence(expectation, found, remembered)),
        other => other,
    };
    let label = expectation.label();
    let kept = remembered.met && expectation.mode == Mode::Keep;
    match finding {
        Ok(None) => {
            remembered.met = true;
            Outcome {
                state: OutcomeState::Met,
                label,
                field: None,
                message: None,
                expected: None,
                actual: None,
                answered: None,
            }
        }
        Ok(Some(failure)) => Outcome {
            state: if kept {
                OutcomeState::WasMet
            } else {
                OutcomeState::Unmet
            },
            label,
            field: Some(failure.field.to_owned()),
            message: Some(failure.message(&expectation.messages)),
            expected: failure.expected,
            actual: failure.actual,
            answered: None,
        },
        Err(error) => Outcome {
            state: if kept {
                OutcomeState::WasMet
            } else {
                OutcomeState::Unmet
            },
            label,
            field: None,
            message: Some(sentence(&error)),
            expected: None,
            actual: None,
            answered: None,
        },
    }
}

/// Turns a matcher's finding round: what it failed to find is absent, and that counts once it has been there.
fn absence(
    expectation: &Expectation,
    found: Option<Failure>,
    remembered: &mut Remembered,
) -> Option<Failure> {
    let thing = expectation.matcher.selector();
    let thing = match &expectation.matcher {
        Matcher::Image(_) => format!("The image `{thing}`"),
        Matcher::Dangling(_) => "An image without a tag".to_owned(),
        Matcher::Container(_) => format!("The container `{thing}`"),
        Matcher::Network(_) => format!("The network `{thing}`"),
        Matcher::Volume(_) => format!("The volume `{thing}`"),
        Matcher::Compose(_) => format!("The Compose project `{thing}`"),
        Matcher::Registry(_) => format!("What was pushed as `{thing}`"),
        Matcher::File(_) => format!("The file `{thing}`"),
        Matcher::Dockerfile(_) => format!("The Dockerfile `{thing}`"),
        Matcher::BuildContext(_) => format!("The build context `{thing}`"),
        Matcher::Archive(_) => format!("The archive `{thing}`"),
        Matcher::Http(_) => format!("What answers on port `{thing}`"),
        Matcher::Script(_) => format!("What `{}` looks for", thing.replace('`', "'")),
        Matcher::Answer(_) => format!("The answer to `{thing}`"),
        Matcher::Ran(ran) => format!("A command that matches `{}`", ran.command.plain()),
    };
    match found {
        None => {
            remembered.seen = true;
            let asked = if expectation.matcher.asked().is_empty() {
                ""
            } else {
                " as it is not to be"
            };
            Some(Failure::new("present", format!("{thing} is still there{asked}.")).compare("gone", "there"))
        }
        Some(_) if remembered.seen => None,
        Some(_) => {
            let message = format!("{thing} has not been there yet. It is to be made first, and then to go.");
            Some(Failure::new("unseen", message).compare("there, then gone", "never there"))
        }
    }
}

/// An error as a learner reads it.
fn sentence(error: &FactError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => text,
    }
}
