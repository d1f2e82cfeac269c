//! Forgetting learners: those who ask for it, and those who have not been here for long.

use std::time::Duration;

use drydock_protocol::api::{SandboxState, StopReason};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::state::{App, owner};
use crate::store::{LearnerId, StoreError, now};

/// How often it is looked for learners who have been away for too long, and how many are forgotten at one time.
const EVERY: Duration = Duration::from_secs(3600);
const AT_ONCE: u32 = 100;

/// How long a sandbox may take to be gone.
const SANDBOX_DEADLINE: Duration = Duration::from_secs(20);

const DAY_S: i64 = 24 * 60 * 60;

/// Forgets a learner: progress, sandbox, and what they have pushed.
pub async fn forget(app: &App, learner: &LearnerId) -> Result<(), StoreError> {
    // First what cannot be undone by anyone: from here on no request finds the learner any more.
    app.store.remove_learner(learner).await?;
    let owner = owner(learner);
    let mut views = app.sandboxes.watch(&owner);
    app.sandboxes.stop(&owner, StopReason::Asked);
    // A push that is under way in it would make anew what is removed next.
    let gone = views.wait_for(|view| {
        view.as_ref().is_none_or(|view| {
            matches!(
                view.state,
                SandboxState::Gone { .. } | SandboxState::Failed { .. }
            )
        })
    });
    if timeout(SANDBOX_DEADLINE, gone).await.is_err() {
        tracing::warn!(%learner, "learner.sandbox_lingers");
    }
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
