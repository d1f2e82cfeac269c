//! `drydock lesson`: for people who write lessons.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use drydock_lesson::Library;

use crate::commands::content::{counted, folder};
use crate::settings::Settings;

/// What can be done with lessons.
#[derive(Debug, Subcommand)]
pub enum LessonCommand {
    /// Look for mistakes in lessons.
    Lint {
        /// The folder that holds the courses; without it, the one that would be served.
        folder: Option<PathBuf>,
    },
}

/// Runs it. Exit code 1: there are mistakes.
pub fn run(settings: &Settings, command: LessonCommand) -> anyhow::Result<ExitCode> {
    let LessonCommand::Lint { folder: named } = command;
    let folder = named.map_or_else(|| folder(settings), Ok)?;
    match Library::load(&folder) {
        Ok(library) => {
            let lessons: usize = library.courses().iter().map(|course| course.lessons.len()).sum();
            println!(
                "{} in {}, nothing wrong",
                counted(lessons, "lesson"),
                counted(library.courses().len(), "course")
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            eprintln!("{problems}");
            Ok(ExitCode::FAILURE)
        }
    }
}
