//! `GET /events?since=N`: a WebSocket that tells what happens.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use drydock_protocol::agent::AgentEvent;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;

use super::simple::Since;
use crate::Agent;

/// A listener that does not take an event within this time is let go; it may come back and ask since when.
const SEND_PATIENCE: Duration = Duration::from_secs(10);
/// The listener says nothing, so what it says is small, in bytes.
const MESSAGE_MAX: usize = 1024;

/// Opens the socket. The engine's status comes first, then the journal's entries after `since` (none if it is absent),
/// then what happens.
pub(super) async fn open(
    State(agent): State<Arc<Agent>>,
    Query(query): Query<Since>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .max_message_size(MESSAGE_MAX)
        .read_buffer_size(MESSAGE_MAX)
        .write_buffer_size(0)
        .on_upgrade(move |socket| async move {
            Feed {
                agent,
                socket,
                last_seq: query.since,
            }
            .run()
            .await;
        })
}

struct Feed {
    agent: Arc<Agent>,
    socket: WebSocket,
    /// The number of the last journal entry that the listener knows.
    last_seq: Option<u64>,
}

impl Feed {
    async fn run(mut self) {
        // First listen, then look: nothing falls between.
        let mut listener = self.agent.events.listen();
        if self.last_seq.is_some()
            && self
                .tell(AgentEvent::Engine(self.agent.engine.status()))
                .await
                .is_none()
        {
            return;
        }
        if self.catch_up().await.is_none() {
            return;
        }
        loop {
            let told = tokio::select! {
                event = listener.recv() => match event {
                    Ok(event) => self.tell(event).await,
                    Err(RecvError::Lagged(_)) => self.look_again().await,
                    Err(RecvError::Closed) => None,
                },
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => None,
                    Some(Ok(_)) => Some(()),
                },
            };
            if told.is_none() {
                return;
            }
        }
    }

    /// Tells the journal's entries that the listener does not know.
    async fn catch_up(&mut self) -> Option<()> {
        if let Some(last_seq) = self.last_seq {
            for entry in self.agent.journal.since(last_seq) {
                self.tell(AgentEvent::Journal(entry)).await?;
            }
        }
        Some(())
    }

    /// The listener missed some events: tells what stands in for them.
    async fn look_again(&mut self) -> Option<()> {
        self.tell(AgentEvent::Engine(self.agent.engine.status())).await?;
        self.tell(AgentEvent::Files { paths: Vec::new() }).await?;
        self.catch_up().await
    }

    /// None if the listener has gone.
    async fn tell(&mut self, event: AgentEvent) -> Option<()> {
        if let AgentEvent::Journal(entry) = &event {
            // It came with those that were caught up with.
            if self.last_seq.is_some_and(|last| entry.seq <= last) {
                return Some(());
            }
            self.last_seq = Some(entry.seq);
        }
        let text = serde_json::to_string(&event).ok()?;
        timeout(SEND_PATIENCE, self.socket.send(Message::Text(text.into())))
            .await
            .ok()?
            .ok()
    }
}
