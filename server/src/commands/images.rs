//! `drydock images`: the images that sandboxes are made from and that lessons use.
//!
//! The recipes are carried by the binary; a script among them builds what has changed, from the distribution's
//! packages, on the host engine.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
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

/// Runs it.
pub async fn run(settings: &Settings, what: Images) -> anyhow::Result<ExitCode> {
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
    std::fs::write(folder.join("sandbox/agent"), agent.data)?;
    let task = match what {
        Images::Build => "all",
        Images::List => "list",
    };
    script(settings, &folder, task).await
}

async fn script(settings: &Settings, folder: &Path, task: &str) -> anyhow::Result<ExitCode> {
    let mut command = Command::new("bash");
    command
        .arg(folder.join("build"))
        .arg(task)
        .arg("--out")
        .arg(settings.data_dir.join("images"));
    if !settings.docker_host.is_empty() {
        command.env("DOCKER_HOST", &settings.docker_host);
    }
    let status = command.status().await.context("bash could not be started")?;
    if !status.success() {
        bail!(
            "the images could not be built; what went wrong stands above. `drydock doctor` looks at the host"
        );
    }
    Ok(ExitCode::SUCCESS)
}
