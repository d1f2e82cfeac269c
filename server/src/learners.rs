//! Forgetting learners: those who ask for it, and those who have not been here for long.

use std::time::Duration;

use drydock_protocol::api::StopReason;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::state::{App, owner};
use crate::store::{LearnerId, StoreError, now};

/// How often it is looked for learners who have been away for too long, and how many are forgotten at one time.
const EVERY: Duration = Duration::from_secs(3600);
const AT_ONCE: u32 = 100;

const DAY_S: i64 = 24 * 60 * 60;

/// Forgets a learner: progress, sandbox, and what they have pushed.
pub async fn forget(app: &App, learner: &LearnerId) -> Result<(), StoreError> {
    // First what cannot be undone by anyone: from here on no request finds the learner any more.
    app.store.remove_learner(learner).await?;
    app.sandboxes.stop(&owner(learner), StopReason::Asked);
    app.classroom.forget(learner).await;
    tracing::info!(%learner, "learner.forgotten");
    Ok(())
}

/// Forgets whoever has not been here for as many days as the settings say, until it is told to stop.
pub async fn forget_the_absent(app: App, stop: CancellationToken) {
    if app.settings.learner_days == 0 {
        return;
    }
    let mut hourly = interval(EVERY);
    hourly.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = hourly.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = sweep(&app).await {
            tracing::warn!(error = %error, "learners.not_swept");
        }
    }
}

async fn sweep(app: &App) -> Result<(), StoreError> {
    let then = now() - DAY_S * i64::from(app.settings.learner_days);
    for learner in app.store.unseen_since(then, AT_ONCE).await? {
        // Whose page has been open all the time made no request.
        if app.rooms.is_open(&learner) {
            app.store.saw_learner(&learner).await?;
        } else {
            forget(app, &learner).await?;
        }
    }
    Ok(())
}
