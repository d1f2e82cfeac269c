//! The two streams of what happens, kept open.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use drydock_protocol::agent::AgentEvent;
use futures::StreamExt;
use tokio::sync::{Notify, mpsc};
use tokio::time::{sleep, timeout};
use tracing::debug;

use crate::agent::{Agent, Sandbox};

/// The shortest time between two attempts to open a stream.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// The longest. An engine that comes back is announced by the agent, which cuts it short.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// A stream that lasted so long was a good one: the next attempt after it comes soon.
const LASTED: Duration = Duration::from_secs(5);
/// How long an engine may take to say that it is there.
const PING: Duration = Duration::from_secs(3);
/// How far back a new stream begins before the old one was last heard of, for clocks are never quite together.
const OVERLAP: Duration = Duration::from_secs(2);

/// Something that happened.
#[derive(Debug)]
pub(super) enum Signal {
    /// A stream was opened: what happened before is not known.
    Opened,
    /// The engine said so.
    Engine(Box<EventMessage>),
    /// The agent said so.
    Agent(AgentEvent),
}

/// Keeps the engine's event stream open until nobody listens. `back` is notified when the engine is said to be back.
pub(super) async fn engine<S: Sandbox>(
    sandbox: Arc<S>,
    signals: mpsc::Sender<(Instant, Signal)>,
    back: Arc<Notify>,
) {
    let kinds = ["image", "container", "network", "volume", "builder"]
        .map(str::to_owned)
        .to_vec();
    let filters = HashMap::from([("type".to_owned(), kinds)]);
    let mut heard = SystemTime::now();
    let mut pause = Pause::new();
    while !signals.is_closed() {
        let opened = Instant::now();
        if let Ok(Ok(_)) = timeout(PING, sandbox.engine().ping()).await {
            let since = heard
                .checked_sub(OVERLAP)
                .unwrap_or(heard)
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            let since = format!("{}.{:09}", since.as_secs(), since.subsec_nanos());
            let options = EventsOptionsBuilder::default()
                .since(&since)
                .filters(&filters)
                .build();
            let mut events = std::pin::pin!(sandbox.engine().events(Some(options)));
            heard = SystemTime::now();
            if signals.send((Instant::now(), Signal::Opened)).await.is_err() {
                return;
            }
            while let Some(event) = events.next().await {
                match event {
                    Ok(event) => {
                        heard = SystemTime::now();
                        if signals
                            .send((Instant::now(), Signal::Engine(Box::new(event))))
                            .await
                            .is_err()
                        {
                            return;
                        }
                    }
                    Err(error) => {
                        debug!(error = %error, "the learner's engine's event stream broke");
                        break;
                    }
                }
            }
        }
        pause.wait(opened, &back, &signals).await;
    }
}

/// Keeps the agent's event stream open until nobody listens.
pub(super) async fn agent<S: Sandbox>(sandbox: Arc<S>, signals: mpsc::Sender<(Instant, Signal)>) {
    let never = Notify::new();
    let mut last = 0;
    let mut pause = Pause::new();
    while !signals.is_closed() {
        let opened = Instant::now();
        match sandbox.agent().events(last).await {
            Ok(mut events) => {
                if signals.send((Instant::now(), Signal::Opened)).await.is_err() {
                    return;
                }
                while let Some(event) = events.next().await {
                    match event {
                        Ok(event) => {
                            if let AgentEvent::Journal(entry) = &event {
                                last = last.max(entry.seq);
                            }
                            if signals
                                .send((Instant::now(), Signal::Agent(event)))
                                .await
                                .is_err()
                            {
                                return;
                            }
                        }
                        Err(error) => {
                            debug!(error = %error, "the agent's event stream broke");
                            break;
                        }
                    }
                }
            }
            Err(error) => debug!(error = %error, "the agent's event stream could not be opened"),
        }
        pause.wait(opened, &never, &signals).await;
    }
}

/// The time between two attempts: longer and longer while they fail.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(PAUSE_MIN)
    }

    async fn wait<T>(&mut self, opened: Instant, sooner: &Notify, signals: &mpsc::Sender<T>) {
        if opened.elapsed() >= LASTED {
            self.0 = PAUSE_MIN;
        }
        // Whatever is announced, attempts have a distance: the one who announces may be hostile.
        sleep(PAUSE_MIN).await;
        tokio::select! {
            () = sleep(self.0.saturating_sub(PAUSE_MIN)) => {}
            () = sooner.notified() => {}
            () = signals.closed() => {}
        }
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}
