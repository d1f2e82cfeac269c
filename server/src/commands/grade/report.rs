//! Grades, written for people and for machines.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use drydock_protocol::UnixSeconds;
use drydock_protocol::grade::{Evidence, Grade, GradeState, GradedExercise};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde::Serialize;
use time::OffsetDateTime;

/// How results are written, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Format {
    kind: Kind,
    /// None: standard output.
    pub(super) file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Table,
    Json,
    Junit,
    Csv,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, file) = match text.split_once('=') {
            Some((kind, file)) => (kind, Some(file)),
            None => (text, None),
        };
        let kind = match kind {
            "table" => Kind::Table,
            "json" => Kind::Json,
            "junit" => Kind::Junit,
            "csv" => Kind::Csv,
            other => return Err(format!("`{other}` is none of table, json, junit and csv")),
        };
        if file == Some("") {
            return Err("name a file after the `=`".to_owned());
        }
        Ok(Self {
            kind,
            file: file.map(PathBuf::from),
        })
    }
}

impl Format {
    /// Writes them.
    pub(super) fn write(&self, grades: &[Grade]) -> anyhow::Result<()> {
        let text = match self.kind {
            Kind::Table => table(grades),
            Kind::Json => json(grades)?,
            Kind::Junit => junit(grades)?,
            Kind::Csv => csv(grades),
        };
        if let Some(file) = &self.file {
            return std::fs::write(file, text)
                .with_context(|| format!("{} cannot be written", file.display()));
        }
        print!("{text}");
        Ok(())
    }
}

/// A text on one line, without what would move a cursor.
fn plain(text: &str) -> String {
    let letters = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    letters.collect::<String>().trim().to_owned()
}

fn state(grade: &Grade) -> &'static str {
    match grade.state {
        GradeState::Graded => "graded",
        GradeState::Refused => "refused",
        GradeState::Failed => "failed",
        GradeState::Lost => "lost",
    }
}

fn evidence(grade: &Grade) -> &'static str {
    match grade.evidence {
        Evidence::Live => "live",
        Evidence::Replayed => "replayed",
    }
}

fn table(grades: &[Grade]) -> String {
    let mut out = String::new();
    if let Some(first) = grades.first() {
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{}, version {}, {}\n",
            first.assignment,
            first.lesson_hash.get(..12).unwrap_or_default(),
            evidence(first)
        );
    }
    for grade in grades {
        let name = plain(&grade.student_id);
        let mark = match grade.state {
            GradeState::Graded => String::new(),
            _ => format!("  {}", state(grade)),
        };
        let _ = writeln!(out, "{name:<24} {:>4} of {}{mark}", grade.score, grade.max_score);
        for remark in &grade.remarks {
            let _ = writeln!(out, "    {}", plain(remark));
        }
        if grade.state == GradeState::Refused {
            continue;
        }
        for exercise in &grade.exercises {
            let message = exercise.message().map(plain).unwrap_or_default();
            let line = format!(
                "  {:<22} {:>4} of {:<4} {message}",
                exercise.id, exercise.points, exercise.points_max
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

#[derive(Serialize)]
struct Whole<'a> {
    grades: &'a [Grade],
}

fn json(grades: &[Grade]) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&Whole { grades })? + "\n")
}

fn junit(grades: &[Grade]) -> anyhow::Result<String> {
    let mut report = Report::new("drydock grade");
    for grade in grades {
        let mut suite = TestSuite::new(grade.student_id.clone());
        for exercise in &grade.exercises {
            let mut case = TestCase::new(exercise.id.clone(), case_status(grade, exercise));
            case.set_classname(grade.assignment.clone());
            suite.add_test_case(case);
        }
        report.add_test_suite(suite);
    }
    report.to_string().context("the results cannot be written as XML")
}

fn case_status(grade: &Grade, exercise: &GradedExercise) -> TestCaseStatus {
    if exercise.passed {
        return TestCaseStatus::success();
    }
    let kind = match grade.state {
        GradeState::Lost => NonSuccessKind::Error,
        _ => NonSuccessKind::Failure,
    };
    let mut status = TestCaseStatus::non_success(kind);
    let why = exercise
        .message()
        .map(plain)
        .or_else(|| grade.remarks.last().map(|remark| plain(remark)))
        .unwrap_or_default();
    status.set_message(format!("{} of {}: {why}", exercise.points, exercise.points_max));
    status
}

/// The columns that users of nbgrader know come first.
const COLUMNS: &str = "assignment,student_id,score,max_score,timestamp,state,evidence,lesson_hash,message";

fn csv(grades: &[Grade]) -> String {
    let mut out = format!("{COLUMNS}\n");
    for grade in grades {
        let cells = [
            cell(&grade.assignment),
            cell(&grade.student_id),
            grade.score.to_string(),
            grade.max_score.to_string(),
            timestamp(grade.timestamp),
            state(grade).to_owned(),
            evidence(grade).to_owned(),
            grade.lesson_hash.clone(),
            cell(&message(grade)),
        ];
        let _ = writeln!(out, "{}", cells.join(","));
    }
    out
}

/// All that is to be said about a submission, in one line.
fn message(grade: &Grade) -> String {
    let of_exercises = grade.exercises.iter().filter_map(|exercise| {
        let said = exercise.message()?;
        Some(format!("{}: {said}", exercise.id))
    });
    let all = grade.remarks.iter().cloned().chain(of_exercises);
    plain(&all.collect::<Vec<_>>().join(" | "))
}

/// A cell, quoted where it has to be. What a spreadsheet would take for a formula is made a text.
fn cell(text: &str) -> String {
    let text = plain(text);
    let text = if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    };
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn timestamp(at: UnixSeconds) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

#[cfg(test)]
mod tests {
    use drydock_protocol::verdict::{Outcome, OutcomeState};

    use super::*;

    fn grades() -> Vec<Grade> {
        let unmet = Outcome {
            state: OutcomeState::Unmet,
            label: "an image tagged `v1`".into(),
            field: Some("missing".into()),
            message: Some("No image is tagged `v1`,\x1b[31m \"yet\".".into()),
            expected: None,
            actual: None,
            answered: None,
        };
        let grade = |student: &str, state, score, remarks: &[&str]| Grade {
            assignment: "docker/images".into(),
            student_id: student.into(),
            state,
            remarks: remarks.iter().map(ToString::to_string).collect(),
            score,
            max_score: 5,
            timestamp: 1_764_111_600,
            graded_at: 1_764_115_200,
            evidence: Evidence::Replayed,
            lesson_hash: "0123456789abcdef".repeat(4),
            exercises: vec![
                GradedExercise {
                    passed: score > 0,
                    points: score,
                    ..GradedExercise::unseen("pull", 2)
                },
                GradedExercise {
                    outcomes: if state == GradeState::Graded {
                        vec![unmet.clone()]
                    } else {
                        Vec::new()
                    },
                    ..GradedExercise::unseen("tag", 3)
                },
            ],
        };
        vec![
            grade(
                "alice",
                GradeState::Graded,
                2,
                &["its commands did not end within 5 s"],
            ),
            grade(
                "=HYPERLINK(\"x\",\"y\")",
                GradeState::Refused,
                0,
                &["`../x` leads up"],
            ),
            grade("carol", GradeState::Failed, 0, &["the disk is full"]),
            grade("dave", GradeState::Lost, 0, &["it could not be graded"]),
        ]
    }

    #[test]
    fn each_format() {
        insta::assert_snapshot!("table", table(&grades()));
        insta::assert_snapshot!("csv", csv(&grades()));
        insta::assert_snapshot!("junit", junit(&grades()).unwrap());
        insta::assert_snapshot!("json", json(&grades()[..1]).unwrap());
    }

    #[test]
    fn a_format_may_have_a_file() {
        let file = |text: &str| text.parse::<Format>().map(|format| format.file);
        assert_eq!(file("csv=a=b.csv"), Ok(Some("a=b.csv".into())));
        assert_eq!(file("junit"), Ok(None));
        assert!(file("xml").is_err() && file("csv=").is_err());
    }

    #[test]
    fn the_exit_code_tells() {
        use std::process::ExitCode;
        let all = grades();
        let code = |grades: &[Grade], threshold| format!("{:?}", super::super::exit(grades, threshold));
        let is = |code: u8| format!("{:?}", ExitCode::from(code));
        assert_eq!(code(&all, None), is(3));
        assert_eq!(code(&all[..3], None), is(0));
        assert_eq!(code(&all[..1], Some(40)), is(0));
        assert_eq!(code(&all[..1], Some(41)), is(1));
    }
}
