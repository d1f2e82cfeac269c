//! The body of a `quiz` block: YAML to an [`ExerciseSpec`] whose one expectation is an answer.

use drydock_protocol::page::{Check, Task};
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use super::exercise::{Checks, Hint};
use crate::exercise::ExerciseSpec;
use crate::expect::{
    AnswerExpect, Choice, Else, Expectation, Is, Matcher, Mode, Right, Template, WrongAnswer,
};
use crate::limits;
use crate::problem::Problem;
use crate::schema;
use crate::yaml::Yaml;

/// A quiz, and the texts of it that are Markdown, with the places to blame for what is in them.
pub(super) struct Read {
    pub(super) spec: ExerciseSpec,
    pub(super) question: Spanned<String>,
    pub(super) body: Option<Spanned<String>>,
    /// Where its solution stands, if it has one.
    pub(super) solution: Option<Location>,
    /// The choices' texts.
    pub(super) choices: Vec<Spanned<String>>,
}

/// The YAML as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    question: Spanned<String>,
    body: Option<Spanned<String>>,
    choices: Option<Spanned<Vec<Spanned<ChoiceBody>>>>,
    #[serde(default)]
    choose: Choose,
    answer: Option<Spanned<Is>>,
    #[serde(default)]
    exact: bool,
    unit: Option<String>,
    #[serde(default)]
    wrong: Vec<WrongAnswer>,
    why: Option<Spanned<String>>,
    #[serde(rename = "else")]
    otherwise: Option<Spanned<Template>>,
    cost: Option<Spanned<u32>>,
    hints: Option<Spanned<Vec<Spanned<Hint>>>>,
    setup: Option<Spanned<String>>,
    solution: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChoiceBody {
    text: Spanned<String>,
    #[serde(default)]
    right: bool,
    why: Option<Spanned<String>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Choose {
    #[default]
    One,
    Several,
}

/// The keys of a quiz.
pub(crate) fn keys() -> &'static [&'static str] {
    schema::keys::of::<Written>()
}

/// The keys of a choice.
pub(crate) fn choice_keys() -> &'static [&'static str] {
    schema::keys::of::<ChoiceBody>()
}

/// Reads and checks a quiz. What is wrong goes to `problems`; None if it cannot be made sense of.
pub(super) fn read(
    yaml: &Yaml<'_>,
    id: &str,
    points: u32,
    declared: &[String],
    problems: &mut Vec<Problem>,
) -> Option<Read> {
    let mut body: Written = match yaml.read() {
        Ok(body) => body,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    let mut checks = Checks {
        yaml,
        points,
        declared,
        problems,
    };
    checks.not_empty(&body.question, "the question is empty");
    for (text, message) in [
        (&body.body, "the body is empty"),
        (&body.why, "the explanation is empty"),
        (&body.setup, "the setup is empty"),
        (&body.solution, "the solution is empty"),
    ] {
        if let Some(text) = text {
            checks.not_empty(text, message);
        }
    }
    let cost = cost(&body, &mut checks);
    let hints = body
        .hints
        .as_ref()
        .map(|hints| checks.hints(hints))
        .unwrap_or_default();
    let answer = answer(&mut body, cost, &mut checks)?;
    let messages = Else {
        any: body.otherwise.map(|text| text.value),
        ..Else::default()
    };
    if answer.reads().is_none() && (body.setup.is_some() || body.solution.is_some()) {
        let problem = yaml.problem_at(
            body.question.referenced,
            "nothing is read from the engine here, so there is nothing to set up",
        );
        checks
            .problems
            .push(problem.help("leave out `setup` and `solution`"));
    }
    let expectation = Expectation {
        matcher: Matcher::Answer(Box::new(answer)),
        absent: false,
        points: 1,
        mode: Mode::Keep,
        within: None,
        own_label: Some(body.question.value.trim().to_owned()),
        messages,
    };
    if let Some((message, help)) = expectation.refusal() {
        checks
            .problems
            .push(yaml.problem_at(body.question.referenced, message).help(help));
    }
    Some(Read {
        solution: body.solution.as_ref().map(|solution| solution.referenced),
        spec: ExerciseSpec {
            id: id.to_owned(),
            task: Task::Quiz,
            points,
            goal: body.question.value.clone(),
            check: Check::Click,
            setup: body.setup.map(|setup| setup.value),
            expect: vec![expectation],
            hints,
            solution: body.solution.map(|solution| solution.value).unwrap_or_default(),
            pitfalls: Vec::new(),
        },
        question: body.question,
        body: body.body,
        choices: body
            .choices
            .map(|choices| {
                choices
                    .value
                    .into_iter()
                    .map(|choice| choice.value.text)
                    .collect()
            })
            .unwrap_or_default(),
    })
}

/// What is asked, and what is right.
fn answer(body: &mut Written, cost: u32, checks: &mut Checks<'_, '_>) -> Option<AnswerExpect> {
    let place = body.question.referenced;
    let mut refuse = |message: &str, help: &str| {
        let problem = checks.yaml.problem_at(place, message);
        checks.problems.push(problem.help(help));
    };
    let (right, place) = match (&body.choices, body.answer.take()) {
        (Some(_), Some(_)) => {
            refuse(
                "there are `choices` and an `answer`",
                "a question is answered by choosing or by typing",
            );
            return None;
        }
        (None, None) => {
            refuse(
                "it is not said how the question is answered",
                "give `choices`, or an `answer`: a text, a number, a list, a range, or a fact",
            );
            return None;
        }
        (Some(choices), None) => {
            if !body.wrong.is_empty() {
                refuse(
                    "`wrong` is for answers that are typed",
                    "give each wrong choice a `why`",
                );
            }
            let right = choose(choices, body.choose, checks);
            (right, choices.referenced)
        }
        (None, Some(answer)) => {
            if body.choose == Choose::Several {
                refuse(
                    "there is nothing to choose from",
                    "leave out `choose`, or give `choices`",
                );
            }
            let right = match answer.value {
                Is::Typed(accepted) => Right::Typed(accepted),
                Is::Read(fact) => Right::Read(fact),
            };
            (right, answer.referenced)
        }
    };
    let mut answer = AnswerExpect {
        question: String::new(),
        right,
        exact: body.exact,
        unit: body.unit.take(),
        wrong: std::mem::take(&mut body.wrong),
        why: body.why.as_ref().map(|why| why.value.trim().to_owned()),
        cost,
    };
    if let Some((message, help)) = answer.refusal() {
        let problem = checks.yaml.problem_at(place, message);
        checks.problems.push(match help {
            Some(help) => problem.help(help),
            None => problem,
        });
    }
    checks.answer(place, &mut answer);
    Some(answer)
}

/// The choices, checked against each other.
fn choose(choices: &Spanned<Vec<Spanned<ChoiceBody>>>, choose: Choose, checks: &mut Checks<'_, '_>) -> Right {
    let all = &choices.value;
    let right = all.iter().filter(|choice| choice.value.right).count();
    let whole = match (all.len(), right, choose) {
        (count, ..) if !(2..=limits::CHOICES_MAX).contains(&count) => Some((
            format!(
                "a question has 2 to {} choices, this one has {count}",
                limits::CHOICES_MAX
            ),
            "give more, or fewer",
        )),
        (_, 0, _) => Some(("no choice is right".to_owned(), "mark it with `right: true`")),
        (_, 2.., Choose::One) => Some((
            format!("{right} choices are right, and one can be chosen"),
            "write `choose: several`, or let one be right",
        )),
        _ => None,
    };
    if let Some((message, help)) = whole {
        let problem = checks.yaml.problem_at(choices.referenced, message);
        checks.problems.push(problem.help(help));
    }
    for (index, choice) in all.iter().enumerate() {
        let ChoiceBody { text, right, why } = &choice.value;
        checks.not_empty(text, "the choice is empty");
        if let Some(why) = why {
            checks.not_empty(why, "the explanation is empty");
        } else if !right {
            let problem = checks
                .yaml
                .problem_at(choice.referenced, "it is not said why this choice is wrong");
            checks
                .problems
                .push(problem.help("give it a `why`: whoever chooses it reads that"));
        }
        if all[..index]
            .iter()
            .any(|other| other.value.text.value.trim() == text.value.trim())
        {
            checks.problems.push(
                checks
                    .yaml
                    .problem_at(text.referenced, "this choice stands here twice"),
            );
        }
    }
    Right::Choices {
        several: choose == Choose::Several,
        choices: all
            .iter()
            .map(|choice| Choice {
                text: choice.value.text.value.trim().to_owned(),
                right: choice.value.right,
                why: choice.value.why.as_ref().map(|why| why.value.trim().to_owned()),
            })
            .collect(),
    }
}

fn cost(body: &Written, checks: &mut Checks<'_, '_>) -> u32 {
    let Some(cost) = &body.cost else { return 0 };
    if cost.value > checks.points {
        let message = format!(
            "a wrong answer costs {} points, but the question is worth {}",
            cost.value, checks.points
        );
        checks
            .problems
            .push(checks.yaml.problem_at(cost.referenced, message));
    }
    cost.value
}
