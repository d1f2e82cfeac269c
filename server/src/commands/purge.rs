//! `drydock purge`: removes what this instance has on the host engine.

use std::process::ExitCode;
use std::time::Duration;

use drydock_sandbox::Sandboxes;
use tokio::time::{Instant, interval};

use crate::settings::Settings;

/// How long the host engine may take to be found.
const PATIENCE: Duration = Duration::from_secs(15);

/// Removes every sandbox, disk and network of this instance. Progress is in the database, and stays.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let host = crate::host::connect(&settings.docker_host)?;
    let config = drydock_sandbox::Config {
        pool: 0,
        preload: Vec::new(),
        ..settings.sandbox
    };
    let sandboxes = Sandboxes::start(host, config).await?;
    let end = Instant::now() + PATIENCE;
    let mut pause = interval(Duration::from_millis(50));
    while sandboxes.health().engine.is_none() {
        if Instant::now() > end {
            let health = sandboxes.health();
            let why = health
                .last_error
                .unwrap_or_else(|| "the host engine does not answer".into());
            anyhow::bail!("nothing was removed: {why}");
        }
        pause.tick().await;
    }
    sandboxes.shutdown(false).await;
    println!("Nothing of this Drydock is left on the host engine. Learners' progress is kept.");
    Ok(ExitCode::SUCCESS)
}
