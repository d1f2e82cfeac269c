//! What came of `drydock lesson test`: for people as it goes on and at the end, and for machines.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::commands::content::counted;
use crate::prove::{Case, Found, Report, Trial};

/// A case and what came of it. An error is the machine's fault.
pub(super) type Tried<'a> = (Case<'a>, anyhow::Result<Report>);

/// A line for each, as it ends.
pub(super) fn tell(case: &Case<'_>, report: &anyhow::Result<Report>) {
    let (mark, took) = match report {
        Ok(report) if report.found.is_empty() => ("ok  ", report.took),
        Ok(report) => ("BAD ", report.took),
        Err(_) => ("??  ", Duration::ZERO),
    };
    println!(
        "{mark} {:<44} {:<12} round {}  {:>5.1} s",
        case.name(),
        case.trial,
        case.round,
        took.as_secs_f64()
    );
}

/// What is wrong, with its place, and how much of it.
pub(super) fn summary(tried: &[Tried<'_>], content: &Path, took: Duration) -> ExitCode {
    let mut wrong = 0;
    for (case, report) in tried {
        let found = match report {
            Ok(report) => report.found.clone(),
            Err(error) => vec![Found {
                line: 1,
                said: format!("it could not be tried: {error:#}"),
            }],
        };
        wrong += usize::from(!found.is_empty());
        for found in &found {
            println!("\n{}", told(case, found, content));
        }
    }
    let trials = counted(tried.len(), "trial");
    if wrong == 0 {
        println!("\n{trials}, nothing wrong ({:.0} s)", took.as_secs_f64());
        ExitCode::SUCCESS
    } else {
        println!("\n{trials}, {wrong} wrong ({:.0} s)", took.as_secs_f64());
        ExitCode::FAILURE
    }
}

/// One thing that is wrong: `file:line: which trial: what`.
fn told(case: &Case<'_>, found: &Found, content: &Path) -> String {
    let file = content
        .join(&case.key.course)
        .join(&case.lesson.folder)
        .join("lesson.md");
    let Found { line, said } = found;
    let of = case
        .trial
        .exercise()
        .map_or_else(String::new, |exercise| format!(" of `{}`", exercise.id));
    let mut told = format!(
        "{}:{line}: {}{of}, round {}: {said}",
        file.display(),
        case.trial,
        case.round
    );
    if let Trial::Pitfall(_, pitfall, _) = case.trial {
        let _ = write!(
            told,
            "\n  it runs: {}\n  and has to fail at: {}",
            pitfall.run.trim(),
            pitfall.fails
        );
    }
    told
}

/// What the walks did, one after the other.
pub(super) fn transcript(tried: &[Tried<'_>]) -> String {
    let mut text = String::new();
    for (case, report) in tried {
        if let Ok(Report {
            transcript: Some(walk),
            ..
        }) = report
        {
            let _ = writeln!(text, "## {}, round {}\n{walk}", case.name(), case.round);
        }
    }
    text
}

/// The same for machines: a suite an exercise and a lesson, a case a trial.
pub(super) fn junit(tried: &[Tried<'_>]) -> anyhow::Result<String> {
    let mut report = quick_junit::Report::new("drydock lesson test");
    let mut names: Vec<String> = tried.iter().map(|(case, _)| case.name()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let mut suite = TestSuite::new(name.clone());
        for (case, result) in tried.iter().filter(|(case, _)| case.name() == name) {
            let status = match result {
                Ok(report) if report.found.is_empty() => TestCaseStatus::success(),
                Ok(report) => {
                    let said = |found: &Found| format!("line {}: {}", found.line, found.said);
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(report.found.iter().map(said).collect::<Vec<_>>().join("\n\n"));
                    status
                }
                Err(error) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    status.set_message(format!("{error:#}"));
                    status
                }
            };
            let mut entry = TestCase::new(format!("{}, round {}", case.trial, case.round), status);
            if let Ok(result) = result {
                entry.set_time(result.took);
            }
            suite.add_test_case(entry);
        }
        report.add_test_suite(suite);
    }
    report.to_string().context("the results cannot be written as XML")
}
