//! Dockerfiles, read as BuildKit reads them: directives, continued lines, comments, here-documents, stages, variables.
//!
//! What is read belongs to a learner: it may be anything, is often half written, and costs no more than its length.
//! Nothing is built and no image is looked up.

mod advice;
mod lines;
#[cfg(test)]
mod tests;
mod words;

pub use self::advice::dockerfile_problems;

use drydock_lesson::expect::nearest;

use self::words::Variables;
use crate::text::shown;

/// The instructions that there are.
const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];
/// Stages in one file.
const STAGES_MAX: usize = 200;
/// Variables of one stage.
const VARIABLES_MAX: usize = 200;

/// Why a text is no Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line, from 1.
    pub(crate) line: usize,
    /// What is wrong there, as a part of a sentence.
    pub(crate) what: String,
}

impl Problem {
    fn at(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}

/// A Dockerfile with at least one stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dockerfile {
    /// In the order of the file.
    pub(crate) stages: Vec<Stage>,
}

/// From one `FROM` to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stage {
    /// The line of its `FROM`.
    pub(crate) line: usize,
    /// Its `FROM`, on one line.
    pub(crate) text: String,
    /// The name that it gives itself, in lower case.
    pub(crate) name: Option<String>,
    /// What it begins with, variables filled in: an image, or an earlier stage.
    pub(crate) from: String,
    /// The earlier stage that it begins with.
    pub(crate) base: Option<usize>,
    /// What follows its `FROM`.
    pub(crate) instructions: Vec<Instruction>,
    /// What `ARG` and `ENV` set.
    variables: Variables,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// Its first line.
    pub(crate) line: usize,
    /// In capital letters.
    pub(crate) keyword: &'static str,
    /// `--from=build` as `from` and `build`, variables filled in.
    pub(crate) flags: Vec<(String, String)>,
    /// What follows, on one line.
    pub(crate) rest: String,
    /// The whole, on one line, each space once.
    pub(crate) text: String,
}

impl Instruction {
    /// What a flag is set to.
    pub(crate) fn flag(&self, name: &str) -> Option<&str> {
        let flag = self.flags.iter().find(|(flag, _)| flag == name);
        flag.map(|(_, value)| value.as_str())
    }

    /// Its arguments, if they are a list in JSON: the exec form.
    pub(crate) fn exec(&self) -> Option<Vec<String>> {
        // As BuildKit does, what follows the list is not looked at.
        let mut values = serde_json::Deserializer::from_str(&self.rest).into_iter::<Vec<String>>();
        values.next()?.ok()
    }
}

impl Dockerfile {
    /// Reads a file's text.
    pub(crate) fn read(text: &str) -> Result<Self, Problem> {
        match Self::read_as_far_as_it_goes(text) {
            (file, None) => Ok(file),
            (_, Some(problem)) => Err(problem),
        }
    }

    /// What stands before the first problem, and that.
    fn read_as_far_as_it_goes(text: &str) -> (Self, Option<Problem>) {
        let mut reader = Reader {
            escape: '\\',
            global: Variables::new(),
            stages: Vec::new(),
        };
        let problem = reader.read(text).err();
        let file = Self {
            stages: reader.stages,
        };
        (file, problem)
    }

    /// The stage that is built.
    pub(crate) fn last(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// A stage and those that it is built upon, the nearest first.
    pub(crate) fn chain<'d>(&'d self, stage: &'d Stage) -> impl Iterator<Item = &'d Stage> {
        // A base is always an earlier stage, so this ends.
        std::iter::successors(Some(stage), |stage| self.stages.get(stage.base?))
    }

    /// The stage that a `COPY --from=` names: by its name, or by its number.
    pub(crate) fn named(&self, from: &str) -> Option<(usize, &Stage)> {
        let by_name = find(&self.stages, from);
        let at = by_name.or_else(|| from.parse().ok().filter(|at| *at < self.stages.len()))?;
        Some((at, &self.stages[at]))
    }
}

/// The latest stage of that name.
fn find(stages: &[Stage], name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    stages
        .iter()
        .rposition(|stage| stage.name.as_deref() == Some(&name))
}

struct Reader {
    escape: char,
    /// `ARG` before the first `FROM`.
    global: Variables,
    stages: Vec<Stage>,
}

impl Reader {
    fn read(&mut self, text: &str) -> Result<(), Problem> {
        let (lines, escape) = lines::read(text)?;
        self.escape = escape;
        for line in lines {
            self.instruction(line)?;
        }
        if self.stages.is_empty() {
            return Err(Problem::at(1, "there is no `FROM` in it"));
        }
        Ok(())
    }

    fn instruction(&mut self, line: lines::Line) -> Result<(), Problem> {
        let text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let trimmed = line.text.trim();
        let (keyword, rest) = trimmed
            .split_once(char::is_whitespace)
            .map_or((trimmed, ""), |(keyword, rest)| (keyword, rest.trim()));
        let Some(known) = KEYWORDS.iter().find(|known| known.eq_ignore_ascii_case(keyword)) else {
            let hint = near_keyword(keyword)
                .map(|near| format!(" (is it meant to be `{near}`?)"))
                .unwrap_or_default();
            return Err(Problem::at(
                line.number,
                format!("`{}` is not an instruction{hint}", shown(keyword)),
            ));
        };
        let variables = self.stages.last().map_or(&self.global, |stage| &stage.variables);
        let (flags, rest) = flags(rest, self.escape, variables);
        let instruction = Instruction {
            line: line.number,
            keyword: known,
            flags,
            rest: rest.to_owned(),
            text: format!("{known}{}", &text[keyword.len()..]),
        };
        if *known == "FROM" {
            return self.from(&instruction);
        }
        let Self {
            escape,
            global,
            stages,
        } = self;
        match (stages.last_mut(), *known) {
            (Some(stage), keyword) => {
                set(keyword, rest, *escape, &mut stage.variables, global);
                stage.instructions.push(instruction);
            }
            (None, "ARG") => set("ARG", rest, *escape, global, &Variables::new()),
            (None, _) => {
                return Err(Problem::at(
                    line.number,
                    format!("`{known}` stands before the first `FROM`"),
                ));
            }
        }
        Ok(())
    }

    fn from(&mut self, instruction: &Instruction) -> Result<(), Problem> {
        let wrong = || {
            Problem::at(
                instruction.line,
                "`FROM` is followed by an image, and perhaps by `AS` and a name",
            )
        };
        let words: Vec<&str> = instruction.rest.split_whitespace().collect();
        let (image, name) = match words.as_slice() {
            [image] => (image, None),
            [image, by, name] if by.eq_ignore_ascii_case("as") => (image, Some(name.to_ascii_lowercase())),
            _ => return Err(wrong()),
        };
        if self.stages.len() == STAGES_MAX {
            return Err(Problem::at(
                instruction.line,
                format!("there are more than {STAGES_MAX} stages"),
            ));
        }
        let from = words::process(image, self.escape, &self.global);
        if from.is_empty() {
            return Err(wrong());
        }
        let base = find(&self.stages, &from);
        self.stages.push(Stage {
            line: instruction.line,
            text: instruction.text.clone(),
            name,
            base,
            instructions: Vec::new(),
            variables: base
                .map(|base| self.stages[base].variables.clone())
                .unwrap_or_default(),
            from,
        });
        Ok(())
    }
}

/// A misspelt keyword's likely meaning: [`nearest`] compares in lower case.
fn near_keyword(keyword: &str) -> Option<&'static str> {
    let lower: Vec<String> = KEYWORDS.iter().map(|known| known.to_ascii_lowercase()).collect();
    let near = nearest(keyword, lower.iter().map(String::as_str))?;
    KEYWORDS
        .iter()
        .copied()
        .find(|known| known.eq_ignore_ascii_case(near))
}

/// The flags at the beginning, and what follows them.
fn flags<'t>(mut rest: &'t str, escape: char, variables: &Variables) -> (Vec<(String, String)>, &'t str) {
    let mut flags = Vec::new();
    while let Some(flag) = rest.strip_prefix("--") {
        let (flag, after) = flag.split_once(char::is_whitespace).unwrap_or((flag, ""));
        rest = after.trim_start();
        if flag.is_empty() {
            break;
        }
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        flags.push((
            name.to_ascii_lowercase(),
            words::process(value, escape, variables),
        ));
    }
    (flags, rest)
}

/// What `ARG` and `ENV` set. An `ARG` without a value has that of the one before the first `FROM`.
fn set(keyword: &str, rest: &str, escape: char, variables: &mut Variables, global: &Variables) {
    if !matches!(keyword, "ARG" | "ENV") || variables.len() >= VARIABLES_MAX {
        return;
    }
    let words = words::split(rest, escape).unwrap_or_default();
    let old_form = keyword == "ENV" && words.first().is_some_and(|word| !word.contains('='));
    if old_form {
        if let Some((name, value)) = rest.split_once(char::is_whitespace) {
            let value = words::process(value.trim(), escape, variables);
            variables.insert(name.to_owned(), value);
        }
        return;
    }
    for word in words.into_iter().take(VARIABLES_MAX) {
        match word.split_once('=') {
            Some((name, value)) => {
                let value = words::process(value, escape, variables);
                variables.insert(name.to_owned(), value);
            }
            None => {
                if let Some(value) = global.get(&word) {
                    variables.insert(word, value.clone());
                }
            }
        }
    }
}

impl Stage {
    /// A word of this stage's, variables filled in as they stand at its end.
    pub(crate) fn fill(&self, word: &str) -> String {
        words::process(word, '\\', &self.variables)
    }
}
