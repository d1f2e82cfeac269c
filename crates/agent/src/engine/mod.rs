//! The learner's engine: started when it is asked for, kept running, reached through a tunnel.
//!
//! While the learner is at work, whatever answers at its socket is their engine: the machine is theirs. Where their machine is
//! *examined* instead, nothing of theirs has run since it was started, so the first that answers is the engine that this
//! program has started. From then on nobody else is believed: the kernel says which process listens at the other end.

mod supervise;
mod tunnel;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use drydock_protocol::agent::{AgentEvent, EngineStatus};
use tokio::net::UnixStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

pub(crate) use self::tunnel::Tunnel;

use crate::config::EngineConfig;
use crate::error::Error;
use crate::events::Events;

/// Connections to the engine at once, at most.
pub const TUNNELS_MAX: usize = 64;

/// The learner's engine.
pub struct Engine {
    config: EngineConfig,
    status: watch::Sender<EngineStatus>,
    events: Events,
    /// Set while it is to run: what to say to end it, and what to wait for then.
    supervisor: Mutex<Option<(watch::Sender<bool>, JoinHandle<()>)>>,
    tunnels: Arc<Semaphore>,
    /// The process that was first met at the socket, where only that one is believed.
    met: OnceLock<i32>,
}

impl Engine {
    pub(crate) fn new(config: EngineConfig, events: Events) -> Self {
        Self {
            config,
            status: watch::Sender::new(EngineStatus::Starting),
            events,
            supervisor: Mutex::new(None),
            tunnels: Arc::new(Semaphore::new(TUNNELS_MAX)),
            met: OnceLock::new(),
        }
    }

    /// How it is.
    pub fn status(&self) -> EngineStatus {
        self.status.borrow().clone()
    }

    /// Starts it, if that was not done before, and sees to it that it runs from now on.
    pub fn start(&self) {
        let mut supervisor = self.supervisor.lock().unwrap_or_else(PoisonError::into_inner);
        if supervisor.is_none() {
            let (stop, stopping) = watch::channel(false);
            let report = Report {
                status: self.status.clone(),
                events: self.events.clone(),
            };
            let running = tokio::spawn(supervise::run(self.config.clone(), report, stopping));
            *supervisor = Some((stop, running));
        }
    }

    /// Stops it: gently, and after a few seconds not.
    pub async fn stop(&self) {
        let supervisor = self
            .supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((stop, running)) = supervisor {
            let _ = stop.send(true);
            let _ = running.await;
        }
    }

    /// A new connection to the engine's socket.
    ///
    /// # Errors
    /// If there are too many, if the engine does not answer, or if it is not the one that was first met.
    pub(crate) async fn connect(&self) -> Result<Tunnel, Error> {
        let room = Arc::clone(&self.tunnels)
            .try_acquire_owned()
            .map_err(|_| Error::TooMany {
                what: "connections to the engine",
                limit: TUNNELS_MAX,
                remedy: "close one of them",
            })?;
        let socket = UnixStream::connect(&self.config.socket)
            .await
            .map_err(Error::NoEngine)?;
        if self.config.examine && !self.is_the_first_met(&socket) {
            return Err(Error::AnotherEngine);
        }
        Ok(Tunnel::new(socket, room))
    }

    /// Whether the same process listens as at the first connection. The kernel noted it when the socket was made ready.
    fn is_the_first_met(&self, socket: &UnixStream) -> bool {
        let listening = socket.peer_cred().ok().and_then(|peer| peer.pid());
        listening.is_some_and(|process| *self.met.get_or_init(|| process) == process)
    }
}

/// Where the supervisor says how the engine is.
struct Report {
    status: watch::Sender<EngineStatus>,
    events: Events,
}

impl Report {
    /// Says it, if it is news.
    fn say(&self, status: EngineStatus) {
        let news = self.status.send_if_modified(|known| {
            let news = *known != status;
            known.clone_from(&status);
            news
        });
        if news {
            self.events.announce(AgentEvent::Engine(status));
        }
    }
}
