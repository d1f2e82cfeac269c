//! The time, of both kinds: one that only goes forward, to measure with, and one that people read.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use drydock_protocol::UnixSeconds;

/// A moment. Deadlines are kept in [`Now::instant`], so that a clock that is put right ends nobody's sandbox.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) instant: Instant,
    pub(crate) unix: UnixSeconds,
}

impl Now {
    pub(crate) fn read() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            instant: Instant::now(),
            unix: i64::try_from(unix.as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// The same moment, so much later.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self {
            instant: self.instant + wait,
            unix: self.unix.saturating_add_unsigned(wait.as_secs()),
        }
    }
}
