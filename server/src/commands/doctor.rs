//! `drydock doctor`: looks at the host and says for each thing what it means and how to mend it.

use std::process::ExitCode;

use drydock_sandbox::{Finding, FindingStatus};
use tokio::net::TcpListener;

use crate::commands::content::{self, counted};
use crate::settings::Settings;
use crate::store::Store;

/// Prints what was found. Exit code 1: something keeps Drydock from working.
pub async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let mut findings = vec![port(settings).await, database(settings).await, lessons(settings)];
    match crate::host::connect(&settings.docker_host) {
        Ok(host) => findings.extend(drydock_sandbox::doctor(&host, &settings.sandbox).await),
        Err(error) => findings.push(finding(
            "Host engine",
            FindingStatus::Bad,
            error.to_string(),
            "Run `scripts/setup run`, or set `docker_host`",
        )),
    }
    for found in &findings {
        let mark = match found.status {
            FindingStatus::Ok => "ok  ",
            FindingStatus::Warn => "note",
            FindingStatus::Bad => "BAD ",
        };
        println!("{mark}  {}: {}", found.name, found.detail);
        if !found.fix.is_empty() {
            println!("      {}", found.fix);
        }
    }
    let bad = findings
        .iter()
        .filter(|found| found.status == FindingStatus::Bad)
        .count();
    if bad == 0 {
        println!("\nDrydock can run here.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!("\n{} to mend before Drydock can run here.", counted(bad, "thing"));
        Ok(ExitCode::FAILURE)
    }
}

fn finding(name: &'static str, status: FindingStatus, detail: String, fix: &str) -> Finding {
    Finding {
        name,
        status,
        detail,
        fix: fix.to_owned(),
    }
}

async fn port(settings: &Settings) -> Finding {
    let name = "Address";
    match TcpListener::bind(settings.listen).await {
        Ok(_) => finding(
            name,
            FindingStatus::Ok,
            format!("{} is free", settings.listen),
            "",
        ),
        Err(error) => finding(
            name,
            FindingStatus::Warn,
            format!("{} cannot be listened on: {error}", settings.listen),
            "If that is not a Drydock which is running, set `listen` to another address",
        ),
    }
}

async fn database(settings: &Settings) -> Finding {
    let name = "Data folder";
    let opened = match std::fs::create_dir_all(&settings.data_dir) {
        Ok(()) => Store::open(&settings.data_dir.join("drydock.db"))
            .await
            .map(|_| ())
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match opened {
        Ok(()) => finding(
            name,
            FindingStatus::Ok,
            format!("{}, with its database", settings.data_dir.display()),
            "",
        ),
        Err(error) => finding(
            name,
            FindingStatus::Bad,
            error,
            "Set `data_dir` to a folder that can be written",
        ),
    }
}

fn lessons(settings: &Settings) -> Finding {
    let name = "Lessons";
    match content::library(settings) {
        Ok(library) => finding(
            name,
            FindingStatus::Ok,
            counted(library.courses().len(), "course"),
            "",
        ),
        Err(error) => finding(
            name,
            FindingStatus::Bad,
            error.to_string(),
            "Run `drydock lesson lint`",
        ),
    }
}
