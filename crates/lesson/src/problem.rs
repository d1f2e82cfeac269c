//! What is wrong with a course, said as a compiler says it: where, what, and what to do about it.

use std::fmt;

/// How bad something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The lesson cannot be shown like this.
    #[default]
    Error,
    /// It can, and it will be worse for learners than it need be.
    Warning,
}

impl Severity {
    /// `error`, `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong in one file. Its `Display` is several lines for a terminal, without colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The file as it was named when it was read.
    pub file: String,
    /// Line, from 1; 0 when the problem is with the file as a whole.
    pub line: u32,
    /// Column in characters, from 1; 0 when the problem is with the file as a whole.
    pub column: u32,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// The line that it stands on.
    pub excerpt: Option<Excerpt>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A line of a file with a part of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line, cut to a width that fits a terminal.
    pub text: String,
    /// How many characters of `text` come before the mark.
    pub before: u32,
    /// How many characters are marked; at least 1.
    pub marked: u32,
}

impl Problem {
    /// A problem with a file as a whole.
    pub(crate) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            file: file.into(),
            line: 0,
            column: 0,
            message: message.into(),
            excerpt: None,
            help: None,
        }
    }

    /// It does not keep the lesson from being shown.
    #[must_use]
    pub(crate) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.severity.name(), self.message)?;
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        match &self.excerpt {
            Some(Excerpt { text, before, marked }) => {
                writeln!(f, "{gutter}--> {}:{}:{}", self.file, self.line, self.column)?;
                writeln!(f, "{gutter} |")?;
                writeln!(f, "{number} | {text}")?;
                let times = |mark: &str, count: u32| mark.repeat(usize::try_from(count).unwrap_or(0));
                writeln!(f, "{gutter} | {}{}", times(" ", *before), times("^", *marked))?;
            }
            None if self.line > 0 => writeln!(f, " --> {}:{}:{}", self.file, self.line, self.column)?,
            None => writeln!(f, " --> {}", self.file)?,
        }
        match &self.help {
            Some(help) => writeln!(f, "{gutter} = help: {help}"),
            None => Ok(()),
        }
    }
}

/// Everything that is wrong with a course, in the order of files and lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Ok` if there is nothing wrong.
    pub(crate) fn check(mut problems: Vec<Problem>) -> Result<(), Self> {
        if problems.is_empty() {
            return Ok(());
        }
        sort(&mut problems);
        Err(Self(problems))
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Each of them.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

/// In the order of files and lines.
pub(crate) fn sort(problems: &mut [Problem]) {
    problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        let files: std::collections::BTreeSet<_> = self.0.iter().map(|problem| &problem.file).collect();
        write!(
            f,
            "{} {} in {} {}",
            self.0.len(),
            if self.0.len() == 1 { "problem" } else { "problems" },
            files.len(),
            if files.len() == 1 { "file" } else { "files" }
        )
    }
}
