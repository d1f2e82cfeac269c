//! `drydock purge`: removes what this instance has on the host engine.

use std::process::ExitCode;
use std::time::Duration;

use drydock_sandbox::Sandboxes;
use tokio::time::{Instant, interval};

use crate::settings::Settings;

/// How long the host engine may take to be found and looked at.
const PATIENCE: Duration = Duration::from_secs(15);

/// Removes every sandbox, disk and network of this instance, and its registry with all that is in it. Progress is in the
/// database, and stays.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let host = crate::host::connect(&settings.docker_host)?;
    let config = drydock_sandbox::Config {
        pool: 0,
        preload: Vec::new(),
        ..settings.sandbox
    };
    let instance = config.instance.clone();
    let sandboxes = Sandboxes::start(host.clone(), config).await?;
    // Once it is ready nothing is under way that could leave something behind after the removal.
    let end = Instant::now() + PATIENCE;
    let mut pause = interval(Duration::from_millis(50));
    while !sandboxes.health().ready && Instant::now() < end {
        pause.tick().await;
    }
    let health = sandboxes.health();
    if health.engine.is_none() {
        let why = health
            .last_error
            .unwrap_or_else(|| "the host engine does not answer".into());
        anyhow::bail!("nothing was removed: {why}");
    }
    sandboxes.shutdown(false).await;
    drydock_registry::purge(host, &instance).await?;
    println!("Nothing of this Drydock is left on the host engine. Learners' progress is kept.");
    Ok(ExitCode::SUCCESS)
}
