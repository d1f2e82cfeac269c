//! Figures, and the table that they are printed in.

use std::time::Duration;

/// Durations of the same thing, many times.
#[derive(Debug, Default)]
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    /// One more.
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The duration that `percent` of them stay within.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * percent)
            .div_ceil(100)
            .clamp(1, sorted.len().max(1))
            - 1;
        sorted.get(index).copied().unwrap_or_default()
    }
}

/// A line of two durations: the ratio says how many times as long as the baseline it takes.
pub(crate) fn times(what: &str, ours: Duration, baseline: Duration) {
    let ratio = ours.as_secs_f64() / baseline.as_secs_f64().max(f64::EPSILON);
    println!(
        "{what:<58} {:>12} {:>12} {ratio:>7.2}x",
        shown(ours),
        shown(baseline)
    );
}

/// A line of two rates: the ratio says how many times as much as the baseline it does.
pub(crate) fn rates(what: &str, ours: f64, baseline: f64, unit: &str) {
    let ratio = ours / baseline.max(f64::EPSILON);
    println!(
        "{what:<58} {:>12} {:>12} {ratio:>7.2}x",
        format!("{ours:.0} {unit}"),
        format!("{baseline:.0} {unit}")
    );
}

/// A line of a size and its budget.
pub(crate) fn budget(what: &str, bytes: u64, budget: u64) {
    let ratio = bytes as f64 / budget as f64;
    println!(
        "{what:<58} {:>12} {:>12} {ratio:>7.2}x",
        format!("{} kB", bytes / 1000),
        format!("{} kB", budget / 1000)
    );
}

fn shown(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1000.0;
    if ms >= 100.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.2} ms")
    }
}
