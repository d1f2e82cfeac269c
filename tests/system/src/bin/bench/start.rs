//! From Start to a prompt.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use drydock_system_tests::{Drydock, Options, until};
use tokio::process::Command;

use crate::figures::{Sample, times};

const RUNS: usize = 3;
const DEADLINE: Duration = Duration::from_secs(120);

/// With an empty pool and with one that is ready; the baseline is `docker run` of the same image, doing nothing.
pub(crate) async fn cold_and_warm() -> Result<()> {
    let (mut cold, mut warm) = (Sample::default(), Sample::default());
    for _ in 0..RUNS {
        cold.push(claim_to_prompt(0).await?);
        warm.push(claim_to_prompt(1).await?);
    }
    let baseline = bare_run().await?;
    times(
        "start to prompt, pool empty (baseline: docker run)",
        cold.percentile(50),
        baseline,
    );
    times(
        "start to prompt, from the pool (baseline: docker run)",
        warm.percentile(50),
        baseline,
    );
    Ok(())
}

async fn claim_to_prompt(pool: u16) -> Result<Duration> {
    let drydock = Drydock::start(Options {
        pool,
        ..Options::default()
    })
    .await?;
    let browser = drydock.browser()?;
    until("the pool is full", DEADLINE, async || {
        let metrics = browser.get("/metrics").await?.text().await?;
        let line = format!("drydock_pool{{state=\"ready\"}} {pool}");
        Ok(if metrics.lines().any(|found| found == line) {
            Ok(())
        } else {
            Err(())
        })
    })
    .await?;
    let begun = Instant::now();
    browser.start_sandbox().await?;
    let mut terminal = browser.terminal("t1").await?;
    terminal.read_until("learner@drydock", DEADLINE).await?;
    Ok(begun.elapsed())
}

async fn bare_run() -> Result<Duration> {
    let output = Command::new("docker")
        .args(["image", "ls", "-q", "drydock/sandbox"])
        .output()
        .await?;
    let image = String::from_utf8(output.stdout)?
        .lines()
        .next()
        .context("there is no sandbox image")?
        .to_owned();
    let mut sample = Sample::default();
    for _ in 0..RUNS {
        let begun = Instant::now();
        let status = Command::new("docker")
            .args(["run", "--rm", "--entrypoint", "/bin/true", &image])
            .status()
            .await?;
        if !status.success() {
            bail!("docker run ended with {status}");
        }
        sample.push(begun.elapsed());
    }
    Ok(sample.percentile(50))
}
