//! `drydock lesson`: for people who write lessons.

mod dev;
mod lint;
mod new;
mod report;
mod schema;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::settings::Settings;

/// What can be done with lessons.
#[derive(Debug, Subcommand)]
pub enum LessonCommand {
    /// Look for mistakes in lessons.
    Lint(lint::Options),
    /// Try lessons in fresh sandboxes: commands have to do what the page says, solutions have to pass, pitfalls have to fail.
    Test(test::Options),
    /// Serve lessons to whoever writes them: read again when they change, with a pane that shows what learners do not see.
    Dev {
        /// The folder that holds the courses; without it, the one that would be served.
        folder: Option<PathBuf>,
    },
    /// Make a lesson to begin with, and its course where there is none.
    New {
        /// Its folder: content/COURSE/NN-name.
        path: PathBuf,
    },
    /// Print a JSON schema, with which editors complete the YAML of lessons.
    Schema {
        /// Of what.
        of: schema::Of,
    },
}

/// Runs it. Exit code 1: there are mistakes.
pub async fn run(settings: Settings, command: LessonCommand) -> anyhow::Result<ExitCode> {
    match command {
        LessonCommand::Lint(options) => lint::run(&settings, &options),
        LessonCommand::Test(options) => test::run(settings, options).await,
        LessonCommand::Dev { folder } => dev::run(settings, folder).await,
        LessonCommand::New { path } => new::run(&settings, &path),
        LessonCommand::Schema { of } => schema::run(of),
    }
}
