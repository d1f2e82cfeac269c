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
        Ok(host) => {
            findings.extend(drydock_sandbox::doctor(&host, &settings.sandbox).await);
            if let Ok(info) = host.info().await {
                findings.extend(info.docker_root_dir.and_then(|folder| space(settings, &folder)));
                findings.push(registry(settings, &host).await);
            }
        }
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

/// The file system that all sandboxes' disks share. None where it cannot be looked at from here.
fn space(settings: &Settings, folder: &str) -> Option<Finding> {
    const GIB: u64 = 1 << 30;
    let name = "Disk space";
    let found = rustix::fs::statvfs(folder).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let limits = &settings.sandbox.limits;
    let most = u64::from(settings.sandbox.capacity) * (limits.disk_bytes + limits.home_bytes);
    let detail = format!(
        "{} GiB are free where the host engine keeps its data ({folder}); {} sandboxes can fill {} GiB",
        free / GIB,
        settings.sandbox.capacity,
        most.div_ceil(GIB)
    );
    Some(if free < 2 * GIB {
        finding(
            name,
            FindingStatus::Bad,
            detail,
            "Make room: sandboxes start and fail",
        )
    } else if free < most {
        let fix = "Where sandboxes fill up together, all of them get write errors: lower `capacity` or `limits.disk_bytes`, or make room";
        finding(name, FindingStatus::Warn, detail, fix)
    } else {
        finding(name, FindingStatus::Ok, detail, "")
    })
}

async fn registry(settings: &Settings, host: &bollard::Docker) -> Finding {
    let name = "Registry image";
    let image = &settings.registry.image;
    if !settings.registry.enabled || !settings.gateway.enabled {
        let detail = "switched off: no image can be pulled in a sandbox".to_owned();
        return finding(name, FindingStatus::Warn, detail, "");
    }
    match host.inspect_image(image).await {
        Ok(_) => finding(name, FindingStatus::Ok, format!("{image} is there"), ""),
        Err(error) => finding(
            name,
            FindingStatus::Warn,
            format!("{image}: {error}. Until it is there, no image can be pulled in a sandbox"),
            "Run `drydock images build`",
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
