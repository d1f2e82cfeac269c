//! `make bench`: how fast and how small Drydock is, as ratios against a baseline of the same run.
//!
//! Absolute times say as much about the machine and its other guests as about Drydock, so each figure stands beside
//! what the same machine, at the same moment, needs for the bare thing.

mod crowd;
mod echo;
mod exec;
mod figures;
mod page;
mod pull;
mod start;
mod verdict;

use anyhow::Result;
use drydock_system_tests::{Drydock, Options};

#[tokio::main]
async fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runs = |name: &str| wanted.is_empty() || wanted.iter().any(|asked| asked == name);

    println!("{:<58} {:>12} {:>12} {:>8}", "", "drydock", "baseline", "ratio");
    if runs("page") {
        let drydock = Drydock::start(Options::default()).await?;
        page::bytes(&drydock).await?;
        page::requests(&drydock).await?;
    }
    if runs("start") {
        start::cold_and_warm().await?;
    }
    if runs("pull") {
        pull::through_the_gateway().await?;
    }
    if runs("terminal") || runs("verdict") {
        let drydock = Drydock::start(Options::default()).await?;
        let browser = drydock.browser()?;
        browser.start_sandbox().await?;
        if runs("terminal") {
            let container = exec::container_of(&drydock).await?;
            echo::latency(&browser, &container).await?;
            echo::throughput(&browser, &container).await?;
        }
        if runs("verdict") {
            verdict::latency(&browser).await?;
        }
    }
    if runs("full-page") {
        crowd::full_page().await?;
    }
    if runs("busy-room") {
        crowd::busy_room().await?;
    }
    Ok(())
}
