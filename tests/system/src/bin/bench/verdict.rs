//! From the engine's event to the verdict in the browser.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use drydock_protocol::live::Event;
use drydock_protocol::verdict::OutcomeState;
use drydock_system_tests::Browser;

use crate::figures::{Sample, times};

const RUNS: usize = 15;
const DEADLINE: Duration = Duration::from_secs(10);

/// The learner tags and untags an image that an exercise asks for. The engine dates its events; the browser's clock is the
/// same machine's. The baseline is an image listing by the CLI inside the sandbox: what a check that asks would need.
pub(crate) async fn latency(browser: &Browser) -> Result<()> {
    let mut events = browser.events().await?;
    let (mut ours, mut baseline) = (Sample::default(), Sample::default());
    for _ in 0..RUNS {
        browser
            .run("docker rmi registry.example.com/team/web:1.22 2>/dev/null || true")
            .await?;
        events
            .event(DEADLINE, |event| verdict_of(&event, false))
            .await
            .ok();
        browser
            .run("docker tag nginx:1.22 registry.example.com/team/web:1.22")
            .await?;
        events.event(DEADLINE, |event| verdict_of(&event, true)).await?;
        let came = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let listed = browser
            .run("docker events --since $(($(date +%s) - 30)) --until $(($(date +%s) + 1)) --filter event=tag --format '{{.TimeNano}}' | tail -n 1; s=$(date +%s%N); docker images -q >/dev/null; echo $(($(date +%s%N) - s))")
            .await?;
        let mut lines = listed.lines().map(str::trim);
        let happened = Duration::from_nanos(lines.next().context("no event")?.parse()?);
        ours.push(came.saturating_sub(happened));
        baseline.push(Duration::from_nanos(
            lines.next().context("no duration")?.parse()?,
        ));
    }
    for percent in [50, 95] {
        times(
            &format!("engine event to verdict, p{percent} (baseline: docker images)"),
            ours.percentile(percent),
            baseline.percentile(percent),
        );
    }
    Ok(())
}

/// Whether this is a verdict on the exercise, with its second condition as it is asked for.
fn verdict_of(event: &Event, met: bool) -> Option<()> {
    let Event::Verdict { verdict, .. } = event else {
        return None;
    };
    let is_met = verdict.outcomes.get(1)?.state == OutcomeState::Met;
    (verdict.exercise == "release" && is_met == met).then_some(())
}
