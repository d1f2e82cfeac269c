//! Questions: whether an answer is right, and what is said of it.
//!
//! An answer is judged once, when it is given. Only then may something have to be read from the learner's engine. What came of
//! it is remembered ([`Memory`]), and a verdict is made of that alone: a quiz needs no sandbox to be shown again.

mod read;
mod said;
#[cfg(test)]
mod tests;

use drydock_lesson::expect::{AnswerExpect, AnswerKind, Expectation, Matcher, Right, number};
use drydock_protocol::verdict::Given;
use thiserror::Error;

use crate::error::FactError;
use crate::evaluate::Exercise;
use crate::facts::Facts;
use crate::memory::{Memory, Remembered, keys};

pub(crate) use said::outcome;

/// The longest answer that is typed, in characters.
pub const ANSWER_MAX: usize = 500;

/// Why an answer cannot be judged. It does not count as a wrong one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// That condition is no question.
    #[error("nothing is asked there: reload the page, the lesson may have changed")]
    NotAsked,
    /// No choice was made.
    #[error("Choose an answer first.")]
    NothingChosen,
    /// A choice that there is not, or more than one of those of which one is right.
    #[error("That cannot be chosen: reload the page, the lesson may have changed.")]
    NoSuchChoice,
    /// Nothing was typed.
    #[error("Type an answer first.")]
    NothingTyped,
    /// Too much was typed.
    #[error("An answer has at most {ANSWER_MAX} characters.")]
    TooLong,
    /// Something was typed that is no number.
    #[error("That is not a number. Digits will do, such as `7`.")]
    NoNumber,
    /// Something was typed that is no size.
    #[error("That is not a size. Write a number and its unit, such as `118MB`.")]
    NoSize,
    /// What is asked about is not in the learner's engine.
    #[error(
        "There is no {thing} in your engine, so the answer cannot be looked up. Make or pull it first, then answer."
    )]
    NotThere {
        /// What is asked about.
        thing: String,
    },
    /// It could not be read.
    #[error("The answer could not be looked up: {0}")]
    Unread(#[from] FactError),
}

/// The question among an exercise's conditions.
fn question(exercise: &Exercise, expectation: usize) -> Result<&AnswerExpect, AnswerError> {
    match exercise.expect.get(expectation).map(|one| &one.matcher) {
        Some(Matcher::Answer(answer)) => Ok(answer),
        _ => Err(AnswerError::NotAsked),
    }
}

/// Whether something has to be read from a sandbox before an answer to that question can be judged.
pub fn needs_sandbox(exercise: &Exercise, expectation: usize) -> bool {
    question(exercise, expectation).is_ok_and(|answer| answer.reads().is_some())
}

/// An answer as it is kept: choices in order and once, text without what surrounds it.
fn tidy(answer: &AnswerExpect, given: &Given) -> Result<Given, AnswerError> {
    if given.text.chars().count() > ANSWER_MAX {
        return Err(AnswerError::TooLong);
    }
    let kind = answer.kind();
    let Right::Choices { choices, .. } = &answer.right else {
        let text = given.text.trim().to_owned();
        return match kind {
            _ if text.is_empty() => Err(AnswerError::NothingTyped),
            // A size has a unit of its own, which is looked at when it is compared.
            AnswerKind::Number
                if answer.reads().is_none() && number(&text, answer.unit.as_deref()).is_none() =>
            {
                Err(AnswerError::NoNumber)
            }
            _ => Ok(Given {
                choices: Vec::new(),
                text,
            }),
        };
    };
    let mut chosen = given.choices.clone();
    chosen.truncate(choices.len() + 1);
    chosen.sort_unstable();
    chosen.dedup();
    if chosen.is_empty() {
        return Err(AnswerError::NothingChosen);
    }
    if chosen.len() > 1 && kind == AnswerKind::One
        || chosen.iter().any(|number| *number as usize >= choices.len())
    {
        return Err(AnswerError::NoSuchChoice);
    }
    Ok(Given {
        choices: chosen,
        text: String::new(),
    })
}

/// An answer that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    expectation: usize,
    given: Given,
    right: bool,
}

impl Judged {
    /// Whether it is right.
    pub fn is_right(&self) -> bool {
        self.right
    }
}

/// Judges an answer.
pub async fn judge(
    exercise: &Exercise,
    expectation: usize,
    given: &Given,
    facts: &impl Facts,
) -> Result<Judged, AnswerError> {
    let answer = question(exercise, expectation)?;
    let given = tidy(answer, given)?;
    let right = match &answer.right {
        Right::Read(fact) => read::fits(fact, &given.text, answer.unit.as_deref(), facts).await?,
        _ => is_right(answer, &given),
    };
    Ok(Judged {
        expectation,
        given,
        right,
    })
}

/// Judges an answer to a question that needs no sandbox. None if it needs one.
pub fn judge_alone(
    exercise: &Exercise,
    expectation: usize,
    given: &Given,
) -> Result<Option<Judged>, AnswerError> {
    let answer = question(exercise, expectation)?;
    if answer.reads().is_some() {
        return Ok(None);
    }
    let given = tidy(answer, given)?;
    let right = is_right(answer, &given);
    Ok(Some(Judged {
        expectation,
        given,
        right,
    }))
}

fn is_right(answer: &AnswerExpect, given: &Given) -> bool {
    match &answer.right {
        Right::Choices { choices, .. } => (0..)
            .zip(choices)
            .all(|(number, choice)| choice.right == given.choices.contains(&number)),
        Right::Typed(accepted) => answer.takes(accepted, &given.text),
        Right::Read(_) => false,
    }
}

/// An answer that is right at this moment, for whoever proves that there is one.
pub async fn right_answer(
    exercise: &Exercise,
    expectation: usize,
    facts: &impl Facts,
) -> Result<Given, AnswerError> {
    let answer = question(exercise, expectation)?;
    match &answer.right {
        Right::Read(fact) => Ok(Given {
            choices: Vec::new(),
            text: read::shown(fact, facts).await?,
        }),
        _ => answer.example().ok_or(AnswerError::NotAsked),
    }
}

impl Memory {
    /// Takes in an answer. One that was right once stays so, and nothing more is asked. Says whether this one was taken in as a
    /// wrong one.
    pub fn answer(&mut self, exercise: &Exercise, judged: Judged) -> bool {
        let Some(key) = keys(&exercise.expect).into_iter().nth(judged.expectation) else {
            return false;
        };
        let remembered = self.of(&key);
        if remembered.met {
            return false;
        }
        remembered.met = judged.right;
        if !judged.right {
            remembered.wrong = remembered.wrong.saturating_add(1);
        }
        remembered.given = Some(judged.given);
        !judged.right
    }
}

/// The points for a question, of those that it is worth: a part for a part of the right choices, and less for each wrong answer
/// where that costs.
pub(crate) fn points(expectation: &Expectation, remembered: &Remembered, share: u32) -> u32 {
    let Matcher::Answer(answer) = &expectation.matcher else {
        return 0;
    };
    let won = match (&answer.right, &remembered.given) {
        _ if remembered.met => share,
        (
            Right::Choices {
                several: true,
                choices,
            },
            Some(given),
        ) => {
            let count = |right: bool| {
                let chosen = given
                    .choices
                    .iter()
                    .filter_map(|number| choices.get(*number as usize));
                chosen.filter(|choice| choice.right == right).count()
            };
            let all = choices.iter().filter(|choice| choice.right).count().max(1);
            let good = count(true).saturating_sub(count(false));
            let part = u64::from(share) * good as u64 / all as u64;
            // All that is right with something that is not is not the whole.
            u32::try_from(part).unwrap_or(share).min(share.saturating_sub(1))
        }
        _ => 0,
    };
    won.saturating_sub(answer.cost.saturating_mul(remembered.wrong))
}
