//! The command line, and the one way in: the binary calls it and nothing else, so that everything is compiled once, here.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{commands, routes, settings};

/// Learn Docker by doing: lessons beside a real engine of your own.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
struct Arguments {
    /// Settings to read in place of ./drydock.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the lessons.
    Serve,
    /// Look at what this machine has and say what is missing.
    Doctor,
    /// Make the images that sandboxes are made from and that lessons use.
    #[command(subcommand)]
    Images(commands::images::Images),
    /// Work on lessons.
    #[command(subcommand)]
    Lesson(commands::lesson::LessonCommand),
    /// Grade what was handed in for a lesson: replayed in fresh sandboxes, looked at, and written as a table, JSON, JUnit or CSV.
    Grade(commands::grade::Options),
    /// Look over the record of sealed results.
    #[command(subcommand)]
    Results(commands::results::ResultsCommand),
    /// Remove every sandbox, disk, network and registry of this Drydock from the host engine. Progress is kept.
    Purge,
    /// Print the API's description.
    Openapi,
}

/// Runs the command that the process's arguments name, and gives its exit code.
///
/// # Panics
/// If the system gives no threads to run on.
#[must_use]
#[tokio::main]
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    // SQL statements, HTTP frames and the like are of interest only to whoever asks for them; and what does one thing and
    // says on its output how that went, logs what is wrong.
    let usual = match arguments.command {
        Command::Serve => "info,sqlx=warn,tower_sessions=warn",
        _ => "warn",
    };
    let filter = EnvFilter::try_from_env("DRYDOCK_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match command(arguments).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("drydock: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn command(arguments: Arguments) -> anyhow::Result<ExitCode> {
    if let Command::Openapi = arguments.command {
        println!("{}", routes::openapi().to_pretty_json()?);
        return Ok(ExitCode::SUCCESS);
    }
    let settings = settings::Settings::load(arguments.config.as_deref())?;
    match arguments.command {
        Command::Serve => commands::serve::run(settings).await,
        Command::Doctor => commands::doctor::run(&settings).await,
        Command::Images(what) => commands::images::run(&settings, what).await,
        Command::Lesson(what) => commands::lesson::run(settings, what).await,
        Command::Grade(options) => commands::grade::run(settings, options).await,
        Command::Results(what) => commands::results::run(&settings, what).await,
        Command::Purge => commands::purge::run(settings).await,
        Command::Openapi => unreachable!("answered above, before the settings are read"),
    }
}
