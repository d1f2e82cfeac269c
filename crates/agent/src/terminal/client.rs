//! One client of a terminal: what its task keeps of it, and what the socket holds.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use drydock_protocol::live::{CLOSE_TOO_SLOW, FromTerminal, TERMINAL_ACK_EVERY, TERMINAL_WINDOW, ToTerminal};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::outbox::Outbox;
use super::screen::Size;
use super::task::{Command, Input};

/// A client that owes an acknowledgement and sends none for so long is let go.
const ACK_PATIENCE: Duration = Duration::from_secs(10);

/// The task's side of a client.
pub(super) struct Client {
    pub(super) id: u64,
    pub(super) outbox: Arc<Outbox>,
    sent: u64,
    acknowledged: u64,
    /// Since when it owes an acknowledgement, or when the last one came.
    waiting_since: Option<Instant>,
}

impl Client {
    pub(super) fn new(id: u64) -> Self {
        Self {
            id,
            outbox: Arc::default(),
            sent: 0,
            acknowledged: 0,
            waiting_since: None,
        }
    }

    /// How many bytes may be sent to it now.
    pub(super) fn room(&self) -> u64 {
        TERMINAL_WINDOW.saturating_sub(self.sent - self.acknowledged)
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.sent += bytes.len() as u64;
        let in_bounds = self.outbox.push_bytes(bytes);
        self.note_debt(in_bounds);
    }

    pub(super) fn tell(&mut self, control: FromTerminal) {
        let in_bounds = self.outbox.push_control(control);
        self.note_debt(in_bounds);
    }

    /// It says how much it has rendered in all.
    pub(super) fn acknowledge(&mut self, bytes: u64) {
        // It cannot have rendered more than it was sent, and does not unrender.
        let bytes = bytes.min(self.sent);
        if bytes > self.acknowledged {
            self.acknowledged = bytes;
            self.waiting_since = None;
            self.note_debt(true);
        }
    }

    /// When it will have waited too long.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting_since.map(|since| since + ACK_PATIENCE)
    }

    pub(super) fn close_too_slow(&self) {
        self.outbox
            .close(CLOSE_TOO_SLOW, "nothing was acknowledged for too long");
    }

    /// It owes an acknowledgement from the moment when one is due.
    fn note_debt(&mut self, in_bounds: bool) {
        if !in_bounds {
            self.close_too_slow();
        }
        if self.sent - self.acknowledged < TERMINAL_ACK_EVERY {
            self.waiting_since = None;
        } else if self.waiting_since.is_none() {
            self.waiting_since = Some(Instant::now());
        }
    }
}

/// The socket's side of a client. Dropping it detaches the client.
pub(crate) struct Attached {
    pub(super) id: u64,
    pub(super) outbox: Arc<Outbox>,
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) leaving: mpsc::UnboundedSender<u64>,
    /// Room for input that the terminal has not taken yet, in bytes.
    pub(super) input_room: Arc<Semaphore>,
}

impl Attached {
    /// Types into the terminal. Waits while too much that was typed is still to be taken.
    pub(super) async fn type_in(&self, bytes: Bytes) {
        let Ok(length) = u32::try_from(bytes.len()) else {
            return;
        };
        if length == 0 {
            return;
        }
        // A terminal that has ended takes nothing; its last words are on their way.
        if let Ok(room) = Arc::clone(&self.input_room).acquire_many_owned(length).await {
            let _ = self.commands.send(Command::Input(Input { bytes, room })).await;
        }
    }

    pub(super) async fn control(&self, control: ToTerminal) {
        let client = self.id;
        let command = match control {
            ToTerminal::Resize { cols, rows } => Command::Resize {
                client,
                size: Size::clamped(cols, rows),
            },
            ToTerminal::Ack { bytes } => Command::Acknowledge { client, bytes },
        };
        let _ = self.commands.send(command).await;
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        let _ = self.leaving.send(self.id);
    }
}
