//! What is measured, by name. Names and labels are part of what operators build on.

use std::time::Duration;

use drydock_sandbox::Sandboxes;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds: sandboxes start within a few, or not at all.
const START_BUCKETS: [f64; 10] = [0.01, 0.05, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 60.0];
/// Seconds: a quarter of one is what is promised.
const VERDICT_BUCKETS: [f64; 9] = [0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 5.0];

/// Makes the recorder that `/metrics` shows. Once a process: a second server in it shares the first one's numbers.
pub fn install() -> anyhow::Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Full("drydock_sandbox_start_seconds".into()),
            &START_BUCKETS,
        )?
        .set_buckets_for_metric(
            Matcher::Full("drydock_sandbox_claim_seconds".into()),
            &START_BUCKETS,
        )?
        .set_buckets_for_metric(Matcher::Full("drydock_verdict_seconds".into()), &VERDICT_BUCKETS)?
        .build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("metrics.already_installed");
    }
    metrics::describe_histogram!(
        "drydock_sandbox_start_seconds",
        metrics::Unit::Seconds,
        "From the first step of making a sandbox to its being ready"
    );
    metrics::describe_histogram!(
        "drydock_sandbox_claim_seconds",
        metrics::Unit::Seconds,
        "From asking for a sandbox to its being ready"
    );
    metrics::describe_histogram!(
        "drydock_verdict_seconds",
        metrics::Unit::Seconds,
        "From the engine's event to the verdict being sent"
    );
    metrics::describe_gauge!("drydock_sandboxes", "Sandboxes by state");
    metrics::describe_gauge!("drydock_sockets", "Open WebSockets by kind");
    drydock_gateway::Gateway::describe_metrics();
    Ok(handle)
}

/// The gauges of the sandboxes, as they are now.
pub fn sandboxes(sandboxes: &Sandboxes) {
    let counts = sandboxes.counts();
    let by_state = [
        ("queued", counts.queued),
        ("starting", counts.starting),
        ("ready", counts.ready),
        ("stopping", counts.stopping),
        ("gone", counts.gone),
        ("failed", counts.failed),
    ];
    for (state, count) in by_state {
        metrics::gauge!("drydock_sandboxes", "state" => state).set(f64::from(count));
    }
    metrics::gauge!("drydock_pool", "state" => "ready").set(f64::from(counts.pool_ready));
    metrics::gauge!("drydock_pool", "state" => "starting").set(f64::from(counts.pool_starting));
    metrics::gauge!("drydock_seats").set(f64::from(counts.seats));
    metrics::gauge!("drydock_seats_used").set(f64::from(counts.seats_used));

    let stats = sandboxes.stats();
    metrics::counter!("drydock_sandbox_starts_total").absolute(stats.started);
    metrics::counter!("drydock_sandbox_start_failures_total").absolute(stats.start_failures);
    metrics::counter!("drydock_sandbox_deaths_total").absolute(stats.died);
    metrics::counter!("drydock_reaped_total").absolute(stats.reaped);
    for took in stats.starts {
        metrics::histogram!("drydock_sandbox_start_seconds").record(took.as_secs_f64());
    }
    for took in stats.claims {
        metrics::histogram!("drydock_sandbox_claim_seconds").record(took.as_secs_f64());
    }
}

/// A verdict was sent.
pub fn verdict_sent(after: Duration) {
    metrics::histogram!("drydock_verdict_seconds").record(after.as_secs_f64());
}
