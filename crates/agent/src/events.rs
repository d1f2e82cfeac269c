//! What happens in the sandbox, for whoever listens.

use drydock_protocol::agent::AgentEvent;
use tokio::sync::broadcast;

/// How many events a listener may lag behind before it is told to look again.
const BACKLOG: usize = 256;

/// A place to announce events, and to listen for them. Cloning gives the same place.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<AgentEvent>);

impl Events {
    /// A place without listeners.
    #[expect(
        clippy::new_without_default,
        reason = "two of them do not hear each other; one is made, on purpose"
    )]
    pub fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    /// Tells all listeners.
    pub fn announce(&self, event: AgentEvent) {
        // That nobody listens is not an error.
        let _ = self.0.send(event);
    }

    /// Hears everything that is announced from now on.
    pub fn listen(&self) -> broadcast::Receiver<AgentEvent> {
        self.0.subscribe()
    }
}
