//! The recipes are carried by the binary; a script among them builds what has changed, from the distribution's
//! packages, on the host engine.

use anyhow::{Context, bail};
use tokio::process::Command;

use super::folder;
use crate::commands::content::unpack;
use crate::settings::Settings;

/// `images/` of the source tree.
#[derive(rust_embed::RustEmbed)]
#[folder = "../images"]
struct Recipes;

/// The agent, which is a part of the sandbox image.
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist/agent"]
#[allow_missing = true]
struct Agent;

/// Builds what is missing or has changed.
pub(super) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let recipes = settings.data_dir.join("recipes");
    std::fs::create_dir_all(&settings.data_dir).with_context(|| {
        format!(
            "the data folder {} cannot be made; set `data_dir`",
            settings.data_dir.display()
        )
    })?;
    unpack::<Recipes>(&recipes)?;
    let agent = Agent::get("drydock-agent")
        .context("this binary carries no agent: build it with `cargo xtask build`")?;
    let agent_file = recipes.join("agent");
    std::fs::write(&agent_file, agent.data)?;
    let mut script = Command::new("bash");
    script
        .arg(recipes.join("build"))
        .arg("all")
        .arg("--agent")
        .arg(agent_file)
        .arg("--out")
        .arg(folder(settings));
    if !settings.docker_host.is_empty() {
        script.env("DOCKER_HOST", &settings.docker_host);
    }
    let status = script.status().await.context("bash could not be started")?;
    if !status.success() {
        bail!(
            "the images could not be built; what went wrong stands above. `drydock doctor` looks at the host"
        );
    }
    Ok(())
}
