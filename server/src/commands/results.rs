//! `drydock results`: looks over the record of sealed results.

use std::process::ExitCode;

use anyhow::bail;
use clap::Subcommand;

use crate::commands::content::counted;
use crate::settings::Settings;
use crate::store::{Chain, Store};

/// What can be done with the record.
#[derive(Debug, Subcommand)]
pub enum ResultsCommand {
    /// Look whether a sealed result was changed or removed. Prints the hash of the last one: note it elsewhere, and nothing can be cut
    /// off unseen.
    Verify,
}

/// Runs it. Exit code 1: the record does not hold.
pub async fn run(settings: &Settings, command: ResultsCommand) -> anyhow::Result<ExitCode> {
    let ResultsCommand::Verify = command;
    let path = settings.data_dir.join("drydock.db");
    if !path.exists() {
        bail!("there is no database {}: set `data_dir`", path.display());
    }
    match Store::open(&path).await?.verify_results().await? {
        Chain::Whole { count, head } => {
            println!(
                "{}, nothing changed or removed; the last one's hash is {head}",
                counted(usize::try_from(count).unwrap_or_default(), "sealed result")
            );
            Ok(ExitCode::SUCCESS)
        }
        Chain::Broken { number, why } => {
            println!("sealed result {number}: {why}; what follows it proves nothing");
            Ok(ExitCode::FAILURE)
        }
    }
}
