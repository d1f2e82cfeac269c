//! Waiting for something to become so, with a deadline and never longer than it takes.

use std::fmt::Debug;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, interval};

/// Asks again and again until there is an answer. Fails with the last thing that was seen.
pub async fn until<T, Seen: Debug>(
    what: &str,
    deadline: Duration,
    mut ask: impl AsyncFnMut() -> Result<Result<T, Seen>>,
) -> Result<T> {
    let end = Instant::now() + deadline;
    let mut pause = interval(Duration::from_millis(50));
    loop {
        pause.tick().await;
        match ask().await? {
            Ok(found) => return Ok(found),
            Err(seen) if Instant::now() > end => {
                bail!("{what}: not within {deadline:?}; last seen: {seen:?}")
            }
            Err(_) => {}
        }
    }
}

/// The same for guards, which end where nothing can be awaited: whether it became so in time.
pub fn until_blocking(deadline: Duration, mut ask: impl FnMut() -> bool) -> bool {
    let end = std::time::Instant::now() + deadline;
    while !ask() {
        if std::time::Instant::now() > end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}
