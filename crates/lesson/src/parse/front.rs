//! The front matter: what a lesson is called, what it teaches, and what its sandbox needs.

use std::ops::Range;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;

use crate::expect::{Reference, Size};
use crate::lesson::SandboxNeeds;
use crate::limits;
use crate::problem::Problem;
use crate::schema;
use crate::solutions::Solutions;
use crate::source::Source;
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
    vars: Option<Spanned<IgnoredAny>>,
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
    if let Some(vars) = body.vars {
        let problem = yaml.problem_at(vars.referenced, "`vars` are not available yet");
        problems.push(problem.help("write the value itself where the variable would stand"));
    }
    let sandbox = &body.sandbox;
    let images = sandbox.images.iter().chain(&sandbox.available);
    let images = images
        .map(|image| (image.value.to_string(), yaml.place(image.referenced)))
        .collect();
    Some(Front {
        images,
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
