//! What can be said of a lesson's commands without running them: whether the shell would take them, whether Docker's client
//! knows them, whether the images that they begin with are there.

mod docker;
mod shell;

use std::ops::Range;

use crate::expect::{Reference, nearest};
use crate::problem::Problem;
use crate::source::Source;

/// What a sample shows where a command is meant to be refused by Docker's client.
const REFUSED: [&str; 4] = [
    "is not a docker command",
    "unknown flag",
    "unknown shorthand flag",
    "unknown command",
];
/// What a sample shows where an image is meant to be missing.
const FAILED: [&str; 5] = ["Error", "ERROR", "error", "denied", "not found"];

/// Where a text of commands stands in the file.
#[derive(Clone, Debug)]
pub(crate) enum At {
    /// It begins there, and goes on byte by byte.
    Offset(usize),
    /// It is a value of some YAML there, with other spaces before its lines.
    Within(Range<usize>),
}

/// How closely commands are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner<'a> {
    /// What a learner is told to type; with the sample of what it prints.
    Shown(&'a str),
    /// What a learner would type.
    Right,
    /// What a learner would type by mistake.
    Wrong,
}

/// An image that a lesson needs, and what to say where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    reference: Reference,
    problem: Problem,
}

impl Wanted {
    pub(crate) fn new(reference: Reference, problem: Problem) -> Self {
        Self { reference, problem }
    }

    /// What is wrong, where the classroom has only these.
    pub(crate) fn problem(&self, known: &[Reference]) -> Option<Problem> {
        if known.contains(&self.reference) {
            return None;
        }
        let names: Vec<String> = known.iter().map(ToString::to_string).collect();
        let help = match nearest(&self.reference.to_string(), names.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`drydock images list` tells what there is".to_owned(),
        };
        Some(self.problem.clone().help(help))
    }
}

/// What is found in one lesson.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) errors: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
    wanted: Vec<Wanted>,
    /// The repositories of images that the lesson makes itself.
    made: Vec<String>,
}

impl Findings {
    /// Looks at a text of commands.
    pub(crate) fn commands(&mut self, source: &Source, text: &str, at: &At, manner: Manner<'_>) {
        let commands = match shell::parse(text) {
            Ok(commands) => commands,
            Err(broken) => {
                let problem = source.problem(place(source, text, at, &broken.range), broken.message);
                self.errors.push(problem.help(broken.help));
                return;
            }
        };
        let sample = match manner {
            Manner::Shown(sample) => sample,
            Manner::Right | Manner::Wrong => "",
        };
        for command in &commands {
            let used = match docker::Use::read(command) {
                None => continue,
                Some(Ok(used)) => used,
                Some(Err(complaint)) => {
                    if manner != Manner::Wrong && !has_any(sample, &REFUSED) {
                        let range = place(source, text, at, &complaint.range);
                        let problem = source.problem(range, complaint.message).warning();
                        self.warnings.push(problem.help(complaint.help));
                    }
                    continue;
                }
            };
            let made = used
                .makes()
                .into_iter()
                .filter_map(|name| name.parse::<Reference>().ok());
            self.made.extend(made.map(|made| made.repository().to_owned()));
            if let Some(word) = used.wants()
                && manner != Manner::Wrong
                && !has_any(sample, &FAILED)
            {
                self.want(source, &word.text, place(source, text, at, &word.range));
            }
        }
    }

    /// Looks at a Dockerfile that the lesson shows: at the images that it builds on.
    pub(crate) fn dockerfile(&mut self, source: &Source, text: &str, at: usize) {
        let mut stages: Vec<String> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let mut words = line.split_whitespace();
            if words.next().is_some_and(|word| word.eq_ignore_ascii_case("from")) {
                let mut words = words.skip_while(|word| word.starts_with("--"));
                if let Some(image) = words.next() {
                    let is_stage = stages.iter().any(|stage| stage.eq_ignore_ascii_case(image));
                    if !is_stage && image != "scratch" {
                        let offset = at + start + line.find(image).unwrap_or(0);
                        self.want(source, image, offset..offset + image.len());
                    }
                }
                if words.next().is_some_and(|word| word.eq_ignore_ascii_case("as")) {
                    stages.extend(words.next().map(str::to_owned));
                }
            }
            start += line.len();
        }
    }

    /// An image that has to come from somewhere. What is no reference (a variable, an ID, a digest) is left alone.
    pub(crate) fn want(&mut self, source: &Source, name: &str, range: Range<usize>) {
        if name.contains(['$', '@']) {
            return;
        }
        if let Ok(reference) = name.parse::<Reference>() {
            let message = format!("the classroom has no image `{reference}`");
            let problem = source.problem(range, message).warning();
            self.wanted.push(Wanted::new(reference, problem));
        }
    }

    /// An exercise should know the mistakes that people make.
    pub(crate) fn pitfalls(&mut self, source: &Source, id: &str, count: usize, opening: Range<usize>) {
        let how_many = match count {
            0 => "no pitfall",
            1 => "only one pitfall",
            _ => return,
        };
        let problem = source
            .problem(opening, format!("`{id}` has {how_many}"))
            .warning();
        self.warnings.push(
            problem.help("add at least two mistakes that people make, and where each has to fail: what is not tried will be wrong"),
        );
    }

    /// The images that the lesson needs and does not make itself.
    pub(crate) fn wanted(&mut self) -> Vec<Wanted> {
        let made = std::mem::take(&mut self.made);
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.retain(|wanted| !made.iter().any(|made| made == wanted.reference.repository()));
        wanted
    }
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

/// Where in the file a part of a text of commands stands.
fn place(source: &Source, text: &str, at: &At, range: &Range<usize>) -> Range<usize> {
    let within = match at {
        At::Offset(offset) => return offset + range.start..offset + range.end,
        At::Within(within) => within,
    };
    let start = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
    let end = text[range.start..]
        .find('\n')
        .map_or(text.len(), |newline| range.start + newline);
    // The value's own place may be no more than the mark that begins it: what follows is looked through for the line.
    let line = text[start..end].trim();
    let found = source.text()[within.start..].find(line);
    let found = found
        .filter(|_| !line.is_empty())
        .map(|found| within.start + found);
    let Some(found) = found else { return within.clone() };
    let lead = text[start..end].len() - text[start..end].trim_start().len();
    let offset = found + (range.start - start).saturating_sub(lead);
    offset..offset + range.len().min(end.saturating_sub(range.start)).max(1)
}
