//! Answers to an exercise's questions, as a learner would give them once the commands have run.

use drydock_grader::facts::{Journal, Live};
use drydock_grader::{Exercise, Pushes, Watch, answer};
use drydock_lesson::ExerciseSpec;
use drydock_lesson::expect::Matcher;
use drydock_protocol::verdict::Given;
use drydock_sandbox::Sandbox;

use super::trial::Fault;

/// Answers the questions: the first one with `first`, if there is one, and all else with what is right, read from the sandbox where it
/// has to be. What is known to be wrong must not be right there.
pub(crate) async fn answer(
    sandbox: &Sandbox,
    watch: &Watch,
    pushes: Option<&dyn Pushes>,
    spec: &ExerciseSpec,
    first: Option<&str>,
) -> anyhow::Result<Option<Fault>> {
    let exercise = Exercise::from(spec);
    let (journal, mut first) = (Journal::default(), first);
    for (index, expectation) in exercise.expect.iter().enumerate() {
        let Matcher::Answer(asked) = &expectation.matcher else {
            continue;
        };
        let facts = Live::new(sandbox, &journal, pushes);
        let typed = |text: &str| Given {
            choices: Vec::new(),
            text: text.to_owned(),
        };
        for wrong in asked.wrong.iter().flat_map(|wrong| &wrong.is) {
            let answer = wrong.example();
            let judged = answer::judge(&exercise, index, &typed(&answer), &facts).await;
            if judged.is_ok_and(|judged| judged.is_right()) {
                return Ok(Some(Fault::WrongIsRight { answer }));
            }
        }
        let given = match first.take() {
            Some(text) => Ok(typed(text)),
            None => answer::right_answer(&exercise, index, &facts).await,
        };
        match given {
            Ok(given) => {
                watch.answer(&exercise.id, index, given).await?;
            }
            Err(error) => {
                return Ok(Some(Fault::NotAnswered {
                    why: error.to_string(),
                }));
            }
        }
    }
    Ok(None)
}
