//! `drydock images`: the images that sandboxes are made from and that lessons use.
//!
//! The recipes are carried by the binary; a script among them builds what has changed, from the distribution's
//! packages, on the host engine.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use serde::Deserialize;
use tokio::process::Command;

use crate::commands::content::unpack;
use crate::settings::Settings;

/// What can be done with images.
#[derive(Debug, Subcommand)]
pub enum Images {
    /// Build what is missing or has changed.
    Build,
    /// Tell which images there are.
    List,
}

/// `images/` of the source tree.
#[derive(rust_embed::RustEmbed)]
#[folder = "../images"]
struct Recipes;

/// The agent, which is a part of the sandbox image.
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist/agent"]
#[allow_missing = true]
struct Agent;

/// An entry of the index.
#[derive(Debug, Deserialize)]
struct Archive {
    size: u64,
    id: String,
}

/// Runs it.
pub async fn run(settings: &Settings, what: Images) -> anyhow::Result<ExitCode> {
    let archives = settings.data_dir.join("images");
    match what {
        Images::Build => build(settings, &archives).await,
        Images::List => list(&archives),
    }
}

async fn build(settings: &Settings, archives: &Path) -> anyhow::Result<ExitCode> {
    let folder = settings.data_dir.join("recipes");
    std::fs::create_dir_all(&settings.data_dir).with_context(|| {
        format!(
            "the data folder {} cannot be made; set `data_dir`",
            settings.data_dir.display()
        )
    })?;
    unpack::<Recipes>(&folder)?;
    let agent = Agent::get("drydock-agent")
        .context("this binary carries no agent: build it with `cargo xtask build`")?;
    let agent_file = folder.join("agent");
    std::fs::write(&agent_file, agent.data)?;
    let mut script = Command::new("bash");
    script
        .arg(folder.join("build"))
        .arg("all")
        .arg("--agent")
        .arg(agent_file)
        .arg("--out")
        .arg(archives);
    if !settings.docker_host.is_empty() {
        script.env("DOCKER_HOST", &settings.docker_host);
    }
    let status = script.status().await.context("bash could not be started")?;
    if !status.success() {
        bail!(
            "the images could not be built; what went wrong stands above. `drydock doctor` looks at the host"
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The classroom images that have been made, from the index beside their archives.
fn list(archives: &Path) -> anyhow::Result<ExitCode> {
    let index = archives.join("index.json");
    let text = std::fs::read(&index)
        .with_context(|| format!("there is no {}: run `drydock images build`", index.display()))?;
    let images: BTreeMap<String, Archive> =
        serde_json::from_slice(&text).with_context(|| index.display().to_string())?;
    for (reference, archive) in images {
        let id = archive.id.trim_start_matches("sha256:");
        println!(
            "{reference:<24} {:<14} {:>6} MB",
            &id[..id.len().min(12)],
            archive.size / 1_000_000
        );
    }
    Ok(ExitCode::SUCCESS)
}
