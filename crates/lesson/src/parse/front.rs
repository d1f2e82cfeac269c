//! The front matter: what a lesson is called, what it teaches, and what its sandbox needs.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::expect::{Reference, Size};
use crate::lesson::SandboxNeeds;
use crate::limits;
use crate::problem::Problem;
use crate::schema;
use crate::solutions::Solutions;
use crate::source::Source;
use crate::vars::{self, Var};
use crate::yaml::Yaml;

/// The least memory that an engine and a shell get along with, in bytes.
const MEMORY_MIN: u64 = 128 * 1024 * 1024;
/// The least disk, in bytes.
const DISK_MIN: u64 = 64 * 1024 * 1024;

/// A lesson's head, checked.
#[derive(Debug)]
pub(super) struct Front {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) minutes: u32,
    /// Markdown, each with its place.
    pub(super) objectives: Vec<Spanned<String>>,
    pub(super) sandbox: SandboxNeeds,
    /// The images that it names, and where.
    pub(super) images: Vec<(String, Range<usize>)>,
    pub(super) solutions: Option<Solutions>,
    pub(super) vars: Vec<Var>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    title: Spanned<String>,
    summary: Spanned<String>,
    minutes: Spanned<u32>,
    objectives: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    sandbox: SandboxBody,
    solutions: Option<Solutions>,
    #[serde(default)]
    vars: BTreeMap<String, Spanned<VarBody>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VarBody {
    pick: Vec<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SandboxBody {
    #[serde(default)]
    images: Vec<Spanned<Reference>>,
    #[serde(default)]
    available: Vec<Spanned<Reference>>,
    memory: Option<Spanned<Size>>,
    disk: Option<Spanned<Size>>,
}

/// The keys of a front matter.
pub(crate) fn keys() -> &'static [&'static str] {
    schema::keys::of::<Body>()
}

/// The keys of its `sandbox`.
pub(crate) fn sandbox_keys() -> &'static [&'static str] {
    schema::keys::of::<SandboxBody>()
}

/// Finds the front matter at the top of a lesson and where the text after it begins.
pub(super) fn find(source: &Source) -> Result<(Yaml<'_>, usize), Problem> {
    let text = source.text();
    let missing = |message: &str| {
        let example = "begin the file with `---`, then `title: …`, `summary: …`, `minutes: …`, `objectives: […]`, then `---`";
        source
            .problem(0..text.find('\n').unwrap_or(text.len()), message)
            .help(example)
    };
    if !text.starts_with("---\n") {
        return Err(missing("the lesson has no front matter"));
    }
    let Some(end) = text[3..].find("\n---\n").map(|at| at + 4) else {
        return Err(missing("the front matter has no end"));
    };
    Ok((
        Yaml {
            source,
            range: 4..end,
        },
        end + 4,
    ))
}

/// Reads and checks the front matter. What is wrong goes to `problems`; None if it cannot be made sense of.
pub(super) fn read(yaml: &Yaml<'_>, problems: &mut Vec<Problem>) -> Option<Front> {
    let body: Body = match yaml.read() {
        Ok(body) => body,
        Err(problem) => {
            problems.push(problem);
            return None;
        }
    };
    line(yaml, &body.title, "title", 80, problems);
    line(yaml, &body.summary, "summary", 300, problems);
    if !(1..=600).contains(&body.minutes.value) {
        problems.push(yaml.problem_at(body.minutes.referenced, "a lesson takes 1 to 600 minutes"));
    }
    if body.objectives.value.is_empty() || body.objectives.value.len() > 12 {
        let message = "a lesson has 1 to 12 objectives: what will the learner be able to do?";
        problems.push(yaml.problem_at(body.objectives.referenced, message));
    }
    let shown_to_all = [&body.title, &body.summary]
        .into_iter()
        .chain(&body.objectives.value);
    for text in shown_to_all {
        if vars::unknown_in(&text.value, &[]).is_some() {
            let problem = yaml.problem_at(text.referenced, "no value is put in here");
            problems
                .push(problem.help("the front matter is the same for everybody: use variables in the text"));
        }
    }
    let sandbox = &body.sandbox;
    let images = sandbox.images.iter().chain(&sandbox.available);
    let images = images
        .map(|image| (image.value.to_string(), yaml.place(image.referenced)))
        .collect();
    let vars = variables(yaml, body.vars, problems);
    Some(Front {
        images,
        vars,
        title: body.title.value,
        summary: body.summary.value,
        minutes: body.minutes.value,
        objectives: body.objectives.value,
        sandbox: needs(yaml, body.sandbox, problems),
        solutions: body.solutions,
    })
}

/// A text of one line that is not empty and not longer than `max` characters.
pub(crate) fn line(
    yaml: &Yaml<'_>,
    text: &Spanned<String>,
    name: &str,
    max: usize,
    problems: &mut Vec<Problem>,
) {
    let value = text.value.trim();
    if value.is_empty() || value.contains('\n') || value.chars().count() > max {
        let message = format!("the {name} is one line of 1 to {max} characters");
        problems.push(yaml.problem_at(text.referenced, message));
    }
}

/// The variables, checked. One that is not sound is left out, and one too many has a single value.
fn variables(
    yaml: &Yaml<'_>,
    written: BTreeMap<String, Spanned<VarBody>>,
    problems: &mut Vec<Problem>,
) -> Vec<Var> {
    let mut all = Vec::new();
    let mut combinations = 1;
    for (name, body) in written {
        let before = problems.len();
        let mut refuse = |location, message: String, help: &str| {
            problems.push(yaml.problem_at(location, message).help(help));
        };
        let values: Vec<String> = body.value.pick.iter().map(|value| value.value.clone()).collect();
        combinations *= values.len().max(1);
        if !vars::is_name(&name) {
            let help = "use capitals, digits and `_`, up to 32, such as `VERSION`";
            refuse(
                body.referenced,
                format!("`{name}` is not a variable's name"),
                help,
            );
        }
        if vars::OF_THE_SHELL.contains(&name.as_str()) {
            let help = "choose another name: in commands it would not be the shell's any more";
            refuse(body.referenced, format!("`{name}` is the shell's own"), help);
        }
        if values.len() < 2 {
            refuse(
                body.referenced,
                format!("`{name}` has nothing to pick from"),
                "give at least two values",
            );
        }
        for (index, value) in body.value.pick.iter().enumerate() {
            if !vars::is_value(&value.value) {
                let help = "a value is one word of letters, digits and `. - / :`, up to 64, and begins with a letter or a digit";
                refuse(value.referenced, "this cannot be a value".to_owned(), help);
            }
            if values[..index].contains(&value.value) {
                refuse(
                    value.referenced,
                    format!("`{}` stands here twice", value.value),
                    "keep one of them",
                );
            }
        }
        if all.len() == limits::VARS_MAX || combinations > limits::COMBINATIONS_MAX {
            let message = format!(
                "there are more than {} variables, or {} combinations of values",
                limits::VARS_MAX,
                limits::COMBINATIONS_MAX
            );
            refuse(
                body.referenced,
                message,
                "each combination is a lesson of its own, which is checked: give fewer values",
            );
            break;
        }
        if problems.len() == before {
            all.push(Var { name, pick: values });
        }
    }
    all
}

fn needs(yaml: &Yaml<'_>, body: SandboxBody, problems: &mut Vec<Problem>) -> SandboxNeeds {
    let mut images = Vec::new();
    let mut available = Vec::new();
    let loaded = body.images.into_iter().map(|image| (image, true));
    for (image, is_loaded) in loaded.chain(body.available.into_iter().map(|image| (image, false))) {
        let reference = image.value;
        if images.contains(&reference) || available.contains(&reference) {
            problems.push(yaml.problem_at(image.referenced, format!("`{reference}` is listed twice")));
        } else if is_loaded {
            images.push(reference);
        } else {
            available.push(reference);
        }
    }
    if images.len() + available.len() > limits::IMAGES_MAX {
        let message = format!("a lesson names at most {} images", limits::IMAGES_MAX);
        problems.push(Problem::of_file(yaml.source.file(), message));
    }
    let mut size = |size: Option<Spanned<Size>>, least: u64, name: &str| {
        let size = size?;
        if size.value.0 < least {
            let message = format!("the {name} is at least {} MiB", least / (1024 * 1024));
            problems.push(yaml.problem_at(size.referenced, message));
        }
        Some(size.value.0)
    };
    let memory_bytes = size(body.memory, MEMORY_MIN, "memory");
    let disk_bytes = size(body.disk, DISK_MIN, "disk");
    SandboxNeeds {
        images,
        available,
        memory_bytes,
        disk_bytes,
    }
}
