//! `drydock lesson lint`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use drydock_lesson::{Library, Lint, Problem, Severity};
use serde_json::json;

use crate::commands::content::{counted, folder};
use crate::commands::images;
use crate::settings::Settings;

/// What is looked at, and how it is told.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder that holds the courses; without it, the one that would be served.
    folder: Option<PathBuf>,
    /// Fails where there are warnings, too.
    #[arg(long)]
    deny_warnings: bool,
    /// How problems are told.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// How problems are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// As a compiler does.
    Human,
    /// Annotations of a GitHub workflow.
    Github,
    /// A list of objects.
    Json,
}

pub(super) fn run(settings: &Settings, options: &Options) -> anyhow::Result<ExitCode> {
    let folder = options.folder.clone().map_or_else(|| folder(settings), Ok)?;
    let Lint {
        library,
        mut problems,
    } = Library::lint(&folder);
    if let Some(library) = &library {
        problems.extend(library.unknown_images(&images::known(settings)?));
        problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    }
    match options.format {
        Format::Human => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            let counts = library.as_ref().map(counts);
            println!("{}", summary(&problems, counts.as_deref()));
        }
        Format::Github => print!("{}", github(&problems)),
        Format::Json => println!("{}", json(&problems)?),
    }
    let has = |severity| problems.iter().any(|problem| problem.severity == severity);
    let failed = has(Severity::Error) || (options.deny_warnings && has(Severity::Warning));
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn counts(library: &Library) -> String {
    let lessons: usize = library.courses().iter().map(|course| course.lessons.len()).sum();
    format!(
        "{} in {}",
        counted(lessons, "lesson"),
        counted(library.courses().len(), "course")
    )
}

/// The last line.
fn summary(problems: &[Problem], counts: Option<&str>) -> String {
    let files: BTreeSet<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
    let errors = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .count();
    let warnings = problems.len() - errors;
    let told = match (errors, warnings) {
        (0, 0) => "nothing wrong".to_owned(),
        (0, _) => counted(warnings, "warning"),
        (_, 0) => counted(errors, "error"),
        _ => format!(
            "{} and {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    };
    match (counts, files.len()) {
        (Some(counts), _) => format!("{counts}, {told}"),
        (None, files) => format!("{told} in {}", counted(files, "file")),
    }
}

/// A line a problem, as a GitHub workflow reads them.
fn github(problems: &[Problem]) -> String {
    let text = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |value: &str| text(value).replace(':', "%3A").replace(',', "%2C");
    let mut lines = String::new();
    for problem in problems {
        let message = match &problem.help {
            Some(help) => format!("{}\n{help}", problem.message),
            None => problem.message.clone(),
        };
        let place = match problem.line {
            0 => String::new(),
            line => format!(",line={line},col={}", problem.column),
        };
        let _ = writeln!(
            lines,
            "::{} file={}{place}::{}",
            problem.severity.name(),
            property(&problem.file),
            text(&message)
        );
    }
    lines
}

fn json(problems: &[Problem]) -> serde_json::Result<String> {
    let list: Vec<_> = problems
        .iter()
        .map(|problem| {
            json!({
                "severity": problem.severity.name(),
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "message": problem.message,
                "help": problem.help,
            })
        })
        .collect();
    serde_json::to_string_pretty(&list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems() -> Vec<Problem> {
        let problem = |severity, line, message: &str, help: Option<&str>| Problem {
            severity,
            file: "a,b/lesson.md".to_owned(),
            line,
            column: line,
            message: message.to_owned(),
            excerpt: None,
            help: help.map(str::to_owned),
        };
        vec![
            problem(Severity::Error, 3, "100% wrong", Some("mend it")),
            problem(Severity::Warning, 0, "so so", None),
        ]
    }

    #[test]
    fn a_workflow_is_told_in_its_own_words() {
        assert_eq!(
            github(&problems()),
            "::error file=a%2Cb/lesson.md,line=3,col=3::100%25 wrong%0Amend it\n::warning file=a%2Cb/lesson.md::so so\n"
        );
    }

    #[test]
    fn machines_get_a_list() {
        let list: serde_json::Value = serde_json::from_str(&json(&problems()).unwrap()).unwrap();
        assert_eq!(list[0]["help"], "mend it");
        assert_eq!(list[1]["severity"], "warning");
    }

    #[test]
    fn the_last_line_counts() {
        assert_eq!(summary(&problems(), None), "1 error and 1 warning in 1 file");
        assert_eq!(
            summary(&problems()[1..], Some("2 lessons in 1 course")),
            "2 lessons in 1 course, 1 warning"
        );
        assert_eq!(
            summary(&[], Some("2 lessons in 1 course")),
            "2 lessons in 1 course, nothing wrong"
        );
    }
}
