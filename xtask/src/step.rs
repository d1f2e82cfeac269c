//! Says what is being done and how long it took: one line a step, on standard error.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How a step ended.
pub(crate) enum Outcome {
    /// Something was made; the text says what, briefly, and may be empty.
    Made(String),
    /// What the step would make is there, made from the same inputs.
    UpToDate,
}

/// Runs one step and reports it.
pub(crate) fn step(name: &str, run: impl FnOnce() -> Result<Outcome>) -> Result<()> {
    let started = Instant::now();
    let outcome = run().with_context(|| format!("step '{name}'"))?;
    report(name, &outcome, started.elapsed());
    Ok(())
}

/// Runs a step whose program shows its own progress: what it prints stands between a line before and a line after.
pub(crate) fn talking_step(name: &str, run: impl FnOnce() -> Result<()>) -> Result<()> {
    eprintln!("{name} …");
    step(name, || run().map(|()| Outcome::Made(String::new())))
}

fn report(name: &str, outcome: &Outcome, took: Duration) {
    match outcome {
        Outcome::Made(what) => eprintln!("{name:<28} {:>7.1} s  {what}", took.as_secs_f64()),
        Outcome::UpToDate => eprintln!("{name:<28} up to date"),
    }
}
