//! What came of `drydock lesson test`: for people as it goes on and at the end, and for machines.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::commands::content::counted;
use crate::prove::{Case, Found, Report, Trial};

/// A case and what came of it.
pub(super) struct Tried<'a> {
    /// What was tried.
    pub(super) case: Case<'a>,
    /// What came of it. An error is the machine's fault.
    pub(super) report: anyhow::Result<Report>,
    /// Whether it was tried again after that: then that is what counts.
    pub(super) again: bool,
}

impl Tried<'_> {
    fn is_right(&self) -> bool {
        self.report.as_ref().is_ok_and(|report| report.found.is_empty())
    }
}

/// A line for each, as it ends: how long it took, and how long it had waited for its sandbox.
pub(super) fn tell(case: &Case<'_>, report: &anyhow::Result<Report>) {
    let (mark, took, waited) = match report {
        Ok(report) if report.found.is_empty() => ("ok  ", report.took, report.waited),
        Ok(report) => ("BAD ", report.took, report.waited),
        Err(_) => ("??  ", Duration::ZERO, Duration::ZERO),
    };
    println!(
        "{mark} {:<44} {:<12} {}  {:>5.1} s  after {:.1} s",
        case.name(),
        case.trial,
        case.occasion(),
        took.as_secs_f64(),
        waited.as_secs_f64()
    );
}

/// What is wrong, with its place, and how much of it.
pub(super) fn summary(tried: &[Tried<'_>], content: &Path, took: Duration) -> ExitCode {
    for one in tried {
        let found = match &one.report {
            Ok(report) => report.found.clone(),
            Err(error) => vec![Found {
                line: 1,
                said: format!("it could not be tried: {error:#}"),
            }],
        };
        for found in &found {
            println!("\n{}{}", told(&one.case, found, content), luck(one, tried));
        }
    }
    let (said, wrong) = counts(tried);
    println!("\n{said} ({:.0} s)", took.as_secs_f64());
    if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// `272 trials, nothing wrong`, and how many of them are wrong.
fn counts(tried: &[Tried<'_>]) -> (String, usize) {
    let last = tried.iter().filter(|one| !one.again);
    let (right, wrong): (Vec<_>, Vec<_>) = last.partition(|one| one.is_right());
    let trials = counted(right.len() + wrong.len(), "trial");
    let again = tried.len() - right.len() - wrong.len();
    let said = match wrong.len() {
        0 => format!("{trials}, nothing wrong"),
        wrong => format!("{trials}, {wrong} wrong"),
    };
    let said = match again {
        0 => said,
        again => format!("{said}; {again} tried again"),
    };
    (said, wrong.len())
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
        "{}:{line}: {}{of}, {}: {said}",
        file.display(),
        case.trial,
        case.occasion()
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

/// What is said besides where the same trial has found nothing wrong in another round.
fn luck(one: &Tried<'_>, tried: &[Tried<'_>]) -> String {
    let case = &one.case;
    let mut good = tried.iter().filter_map(|other| {
        let same = other.case.name() == case.name() && other.case.trial == case.trial;
        (same && other.is_right()).then_some(other.case.round)
    });
    good.next().map_or_else(String::new, |round| {
        let when = if round == case.round {
            "when it was tried again".to_owned()
        } else {
            format!("in round {round}")
        };
        format!("\n  {when} nothing was wrong with it: what holds now and then holds by luck")
    })
}

/// What the walks did, one after the other.
pub(super) fn transcript(tried: &[Tried<'_>]) -> String {
    let mut text = String::new();
    for Tried { case, report, .. } in tried {
        if let Ok(Report {
            transcript: Some(walk),
            ..
        }) = report
        {
            let _ = writeln!(text, "## {}, {}\n{walk}", case.name(), case.occasion());
        }
    }
    text
}

/// The same for machines: a suite an exercise and a lesson, a case a trial.
pub(super) fn junit(tried: &[Tried<'_>]) -> anyhow::Result<String> {
    let mut report = quick_junit::Report::new("drydock lesson test");
    let mut names: Vec<String> = tried.iter().map(|one| one.case.name()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let mut suite = TestSuite::new(name.clone());
        let of_suite = tried.iter().filter(|one| !one.again && one.case.name() == name);
        for Tried {
            case, report: result, ..
        } in of_suite
        {
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
            let mut entry = TestCase::new(format!("{}, {}", case.trial, case.occasion()), status);
            if let Ok(result) = result {
                entry.set_time(result.took);
            }
            suite.add_test_case(entry);
        }
        report.add_test_suite(suite);
    }
    report.to_string().context("the results cannot be written as XML")
}

#[cfg(test)]
mod tests {
    use drydock_lesson::Library;

    use super::*;
    use crate::state::LessonKey;

    #[test]
    fn what_was_found_is_told_with_its_place_and_what_was_luck() {
        let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../content");
        let library = Library::load(&content).unwrap();
        let lesson = &library.course("docker").unwrap().lessons[0];
        let tried = |round, found: &[&str]| {
            let case = Case {
                key: LessonKey {
                    course: "docker".into(),
                    lesson: lesson.slug.clone(),
                },
                lesson,
                trial: Trial::Walk,
                round,
            };
            let found = found.iter().map(|said| Found {
                line: 7,
                said: (*said).to_owned(),
            });
            let report = Report {
                waited: Duration::from_secs(1),
                took: Duration::from_millis(1500),
                found: found.collect(),
                transcript: Some("$ ls".to_owned()),
            };
            Tried {
                case,
                report: Ok(report),
                again: false,
            }
        };
        let mut all = [tried(1, &[]), tried(2, &["it differs"])];
        let Tried { case, report, .. } = &all[1];
        let found = &report.as_ref().unwrap().found[0];
        let told = told(case, found, Path::new("content"));
        let file = format!("content/docker/{}/lesson.md", lesson.folder);
        assert_eq!(told, format!("{file}:7: walk, round 2: it differs"));
        assert!(luck(&all[1], &all).contains("in round 1 nothing was wrong"));
        assert_eq!(luck(&all[1], &all[1..]), "");
        assert_eq!(counts(&all), ("2 trials, 1 wrong".to_owned(), 1));
        let xml = junit(&all).unwrap();
        assert!(
            xml.contains("line 7: it differs") && xml.contains("time=\"1.500\""),
            "{xml}"
        );
        assert!(transcript(&all).contains("round 2\n$ ls"));
        // Tried again, and right then.
        all[0].case.round = 2;
        all[1].again = true;
        assert_eq!(
            counts(&all),
            ("1 trial, nothing wrong; 1 tried again".to_owned(), 0)
        );
        assert!(luck(&all[1], &all).contains("when it was tried again nothing was wrong"));
    }
}
