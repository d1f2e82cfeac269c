//! `drydock lesson schema`: JSON schemas, for editors.

use std::process::ExitCode;

use clap::ValueEnum;
use drydock_lesson::Schema;

/// What a schema is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Of {
    /// The front matter of a lesson.
    Lesson,
    /// What is inside an `exercise` block.
    Exercise,
    /// What is inside a `quiz` block.
    Quiz,
    /// `course.yaml`.
    Course,
}

pub(super) fn run(of: Of) -> anyhow::Result<ExitCode> {
    let schema = match of {
        Of::Lesson => Schema::Lesson,
        Of::Exercise => Schema::Exercise,
        Of::Quiz => Schema::Quiz,
        Of::Course => Schema::Course,
    };
    println!("{}", serde_json::to_string_pretty(&schema.to_json())?);
    Ok(ExitCode::SUCCESS)
}
