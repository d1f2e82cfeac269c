//! The body of an `exercise` block: YAML to an [`ExerciseSpec`], with everything about it checked.

use std::time::Duration;

use drydock_protocol::page::{Check, Task};
use serde::Deserialize;
use serde_saphyr::{Location, Spanned};

use crate::exercise::{ExerciseSpec, HintSpec, HintWhen, Pitfall};
use crate::expect::{AnswerExpect, Expectation, Matcher, Right, Span};
use crate::limits;
use crate::nearest;
use crate::problem::Problem;
use crate::schema;
use crate::vars;
use crate::yaml::Yaml;

/// The longest that a hint may keep a learner waiting.
const HINT_MAX: Duration = Duration::from_secs(60 * 60);

/// An exercise, and the two texts of it that are Markdown, with the places to blame for what is in them.
pub(super) struct Read {
    pub(super) spec: ExerciseSpec,
    pub(super) goal: Spanned<String>,
    pub(super) body: Option<Spanned<String>>,
    /// Where the solution stands, and each pitfall.
    pub(super) solution: Location,
    pub(super) pitfalls: Vec<Location>,
    /// Where the setup stands, if there is one.
    pub(super) setup: Option<Location>,
}

/// The YAML as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    goal: Spanned<String>,
    body: Option<Spanned<String>>,
    #[serde(default)]
    check: Option<Spanned<Check>>,
    setup: Option<Spanned<String>>,
    expect: Spanned<Vec<Expectation>>,
    hints: Spanned<Vec<Spanned<Hint>>>,
    solution: Spanned<String>,
    #[serde(default)]
    pitfalls: Vec<PitfallBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hint {
    after: Option<Spanned<String>>,
    #[serde(default)]
    ask: Option<bool>,
    #[serde(default)]
    cost: u32,
    text: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PitfallBody {
    #[serde(default)]
    run: Option<Spanned<String>>,
    answer: Option<Spanned<String>>,
    fails: Spanned<String>,
}

/// The keys of an exercise.
pub(crate) fn keys() -> &'static [&'static str] {
    schema::keys::of::<Written>()
}

/// The keys of a hint.
pub(crate) fn hint_keys() -> &'static [&'static str] {
    schema::keys::of::<Hint>()
}

/// The keys of a pitfall.
pub(crate) fn pitfall_keys() -> &'static [&'static str] {
    schema::keys::of::<PitfallBody>()
}

/// Reads and checks an exercise. What is wrong goes to `problems`; None if it cannot be made sense of.
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
    checks.texts(&body);
    checks.sentences(&mut body.expect);
    let check = checks.check(body.check.as_ref(), &body.expect.value);
    checks.expectations(&body.expect);
    let hints = checks.hints(&body.hints);
    let places = body
        .pitfalls
        .iter()
        .map(|pitfall| {
            let said = pitfall.run.as_ref().or(pitfall.answer.as_ref());
            said.map_or(pitfall.fails.referenced, |said| said.referenced)
        })
        .collect();
    let setup = body.setup.as_ref().map(|setup| setup.referenced);
    let pitfalls = checks.pitfalls(body.pitfalls, &body.expect.value);
    Some(Read {
        spec: ExerciseSpec {
            id: id.to_owned(),
            task: Task::Exercise,
            points,
            goal: body.goal.value.clone(),
            check,
            setup: body.setup.map(|setup| setup.value),
            expect: body.expect.value,
            hints,
            solution: body.solution.value.clone(),
            pitfalls,
        },
        goal: body.goal,
        body: body.body,
        solution: body.solution.referenced,
        pitfalls: places,
        setup,
    })
}

/// What the checks need to know, and where they put what they find.
pub(super) struct Checks<'a, 'p> {
    pub(super) yaml: &'a Yaml<'a>,
    pub(super) points: u32,
    /// The names of the lesson's variables.
    pub(super) declared: &'a [String],
    pub(super) problems: &'p mut Vec<Problem>,
}

impl Checks<'_, '_> {
    fn texts(&mut self, body: &Written) {
        self.not_empty(&body.goal, "the goal is empty");
        self.not_empty(&body.solution, "the solution is empty");
        if let Some(text) = &body.body {
            self.not_empty(text, "the body is empty");
        }
        if let Some(setup) = &body.setup {
            self.not_empty(setup, "the setup is empty");
        }
    }

    pub(super) fn not_empty<'s>(&mut self, text: &'s Spanned<String>, message: &str) -> Option<&'s str> {
        if text.value.trim().is_empty() {
            self.problems.push(self.yaml.problem_at(text.referenced, message));
            return None;
        }
        Some(&text.value)
    }

    /// A sentence as it is shown. A name in it that no variable has is a mistake.
    pub(super) fn sentence(&mut self, location: Location, text: &str) -> String {
        if let Some(name) = vars::unknown(text, self.declared) {
            let problem = self
                .yaml
                .problem_at(location, format!("no variable is called `{name}`"));
            self.problems.push(problem.help(vars::help(name, self.declared)));
        }
        vars::plain(text.trim())
    }

    /// The same for all sentences of expectations; their messages are read elsewhere.
    fn sentences(&mut self, expect: &mut Spanned<Vec<Expectation>>) {
        let location = expect.referenced;
        for expectation in &mut expect.value {
            if let Some(label) = &mut expectation.own_label {
                *label = self.sentence(location, label);
            }
            if let Matcher::Answer(answer) = &mut expectation.matcher {
                self.answer(location, answer);
            }
        }
    }

    /// The same for what is said of answers.
    pub(super) fn answer(&mut self, location: Location, answer: &mut AnswerExpect) {
        answer.question = self.sentence(location, &answer.question);
        if let Some(why) = &mut answer.why {
            *why = self.sentence(location, why);
        }
        for wrong in &mut answer.wrong {
            wrong.why = self.sentence(location, &wrong.why);
        }
        if let Right::Choices { choices, .. } = &mut answer.right {
            for why in choices.iter_mut().filter_map(|choice| choice.why.as_mut()) {
                *why = self.sentence(location, why);
            }
        }
    }

    /// A result that is sealed must not stand on a script, which may run what the learner has brought along, nor on what a replay
    /// does not hold.
    fn check(&mut self, check: Option<&Spanned<Check>>, expect: &[Expectation]) -> Check {
        let Some(check) = check else { return Check::Live };
        let problem = expect.iter().find_map(|expectation| match expectation.matcher {
            Matcher::Script(_) => Some((
                "a `submit` exercise cannot stand on a `script`",
                "ask for what the script looks at with another matcher, or use `live` or `click`",
            )),
            Matcher::Answer(_) => Some((
                "a `submit` exercise cannot stand on an `answer`",
                "what is typed into a page is not replayed: make it a question of its own, or use `live` or `click`",
            )),
            _ => None,
        });
        if let (Check::Submit, Some((what, help))) = (check.value, problem) {
            let problem = self.yaml.problem_at(check.referenced, what);
            self.problems.push(problem.help(help));
        }
        check.value
    }

    fn expectations(&mut self, expect: &Spanned<Vec<Expectation>>) {
        let count = expect.value.len();
        if count == 0 || count > limits::EXPECTATIONS_MAX {
            let message = format!(
                "an exercise has 1 to {} expectations, this one has {count}",
                limits::EXPECTATIONS_MAX
            );
            self.problems
                .push(self.yaml.problem_at(expect.referenced, message));
        }
    }

    pub(super) fn hints(&mut self, hints: &Spanned<Vec<Spanned<Hint>>>) -> Vec<HintSpec> {
        let count = hints.value.len();
        if count == 0 || count > limits::HINTS_MAX {
            let message = format!(
                "an exercise has 1 to {} hints, this one has {count}",
                limits::HINTS_MAX
            );
            self.problems
                .push(self.yaml.problem_at(hints.referenced, message));
        }
        let total: u32 = hints
            .value
            .iter()
            .map(|hint| hint.value.cost)
            .fold(0, u32::saturating_add);
        if total > self.points {
            let message = format!(
                "the hints cost {total} points, but the exercise is worth {}",
                self.points
            );
            self.problems
                .push(self.yaml.problem_at(hints.referenced, message));
        }
        hints.value.iter().filter_map(|hint| self.hint(hint)).collect()
    }

    fn hint(&mut self, hint: &Spanned<Hint>) -> Option<HintSpec> {
        self.not_empty(&hint.value.text, "the hint is empty")?;
        let text = self.sentence(hint.value.text.referenced, &hint.value.text.value);
        let when = match (&hint.value.after, hint.value.ask) {
            (None, Some(true)) => HintWhen::Ask,
            (Some(after), None | Some(false)) => self.after(after)?,
            _ => {
                let problem = self
                    .yaml
                    .problem_at(hint.referenced, "it is not said when this hint is due");
                let help = "give one of `after: 90s`, `after: 2 fails` and `ask: true`";
                self.problems.push(problem.help(help));
                return None;
            }
        };
        if hint.value.cost > 0 && when != HintWhen::Ask {
            let problem = self
                .yaml
                .problem_at(hint.referenced, "a hint that comes by itself cannot cost points");
            self.problems
                .push(problem.help("use `ask: true`, or leave out `cost`"));
        }
        Some(HintSpec {
            when,
            cost: hint.value.cost,
            text,
        })
    }

    fn after(&mut self, after: &Spanned<String>) -> Option<HintWhen> {
        let text = after.value.trim();
        if let Some(count) = text.strip_suffix("fails").or_else(|| text.strip_suffix("fail")) {
            if let Ok(count @ 1..=100) = count.trim().parse() {
                return Some(HintWhen::AfterFails(count));
            }
        } else if let Ok(Span(duration)) = text.parse()
            && duration >= Duration::from_secs(1)
            && duration <= HINT_MAX
        {
            return Some(HintWhen::After(duration));
        }
        let message = format!("`{text}` is neither a time nor a number of fails");
        let problem = self.yaml.problem_at(after.referenced, message);
        self.problems
            .push(problem.help("write `90s`, `2m` (up to an hour) or `2 fails` (up to 100)"));
        None
    }

    fn pitfalls(&mut self, pitfalls: Vec<PitfallBody>, expect: &[Expectation]) -> Vec<Pitfall> {
        let mut known: Vec<&str> = expect.iter().flat_map(Expectation::failures).collect();
        known.sort_unstable();
        known.dedup();
        for pitfall in &pitfalls {
            if let Some(said) = pitfall.run.as_ref().or(pitfall.answer.as_ref()) {
                self.not_empty(said, "the pitfall runs nothing");
            } else {
                let problem = self
                    .yaml
                    .problem_at(pitfall.fails.referenced, "the pitfall does nothing");
                let help = "give the commands that lead to it as `run`, or the wrong `answer`";
                self.problems.push(problem.help(help));
            }
            let asks = expect.iter().any(|one| matches!(one.matcher, Matcher::Answer(_)));
            if let Some(answer) = &pitfall.answer
                && !asks
            {
                self.problems.push(self.yaml.problem_at(
                    answer.referenced,
                    "nothing is asked that this could be answered to",
                ));
            }
            if !known.contains(&pitfall.fails.value.as_str()) {
                let message = format!("no expectation here can fail at `{}`", pitfall.fails.value);
                let problem = self.yaml.problem_at(pitfall.fails.referenced, message);
                self.problems
                    .push(problem.help(nearest::help(&pitfall.fails.value, &known)));
            }
        }
        pitfalls
            .into_iter()
            .map(|body| Pitfall {
                run: body.run.map(|run| run.value).unwrap_or_default(),
                answer: body.answer.map(|answer| answer.value),
                fails: body.fails.value,
            })
            .collect()
    }
}
