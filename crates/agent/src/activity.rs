//! Since when the learner has done nothing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Remembers when the learner last did something: typed, ran a command, saved a file.
#[derive(Debug)]
pub struct Activity {
    started: Instant,
    last_ms: AtomicU64,
}

impl Activity {
    /// The start counts as something done.
    #[expect(
        clippy::new_without_default,
        reason = "it reads the clock, which a default should not"
    )]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
            last_ms: AtomicU64::new(0),
        }
    }

    /// Something was done now.
    pub fn note(&self) {
        self.last_ms.store(self.elapsed_ms(), Ordering::Relaxed);
    }

    /// Whole seconds since something was done.
    pub fn idle_s(&self) -> u64 {
        self.elapsed_ms()
            .saturating_sub(self.last_ms.load(Ordering::Relaxed))
            / 1000
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
