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
