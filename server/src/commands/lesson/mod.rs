//! `drydock lesson`: for people who write lessons.

mod lint;
mod report;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::settings::Settings;

/// What can be done with lessons.
#[derive(Debug, Subcommand)]
pub enum LessonCommand {
    /// Look for mistakes in lessons.
    Lint {
        /// The folder that holds the courses; without it, the one that would be served.
        folder: Option<PathBuf>,
    },
    /// Try lessons in fresh sandboxes: commands have to do what the page says, solutions have to pass, pitfalls have to fail.
    Test(test::Options),
}

/// Runs it. Exit code 1: there are mistakes.
pub async fn run(settings: Settings, command: LessonCommand) -> anyhow::Result<ExitCode> {
    match command {
        LessonCommand::Lint { folder } => lint::run(&settings, folder),
        LessonCommand::Test(options) => test::run(settings, options).await,
    }
}
