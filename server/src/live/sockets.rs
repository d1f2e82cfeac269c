//! What the two kinds of socket have in common.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};

/// How often a socket is asked whether somebody is there. Under a minute, after which proxies cut quiet connections.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// A socket that says nothing, not even an answer to a ping, for this long is let go.
pub const SILENCE_MAX: Duration = Duration::from_secs(70);

/// Counts an open socket for the metrics until it is dropped.
#[derive(Debug)]
pub struct SocketCount(&'static str);

impl SocketCount {
    /// A terminal's.
    pub fn terminal() -> Self {
        Self::new("terminal")
    }

    /// A container's log.
    pub fn log() -> Self {
        Self::new("log")
    }

    /// A page's events.
    pub fn events() -> Self {
        Self::new("events")
    }

    fn new(kind: &'static str) -> Self {
        metrics::gauge!("drydock_sockets", "kind" => kind).increment(1.0);
        Self(kind)
    }
}

impl Drop for SocketCount {
    fn drop(&mut self) {
        metrics::gauge!("drydock_sockets", "kind" => self.0).decrement(1.0);
    }
}

/// Closes a socket with a reason. A close frame has room for 123 bytes of it.
pub async fn close(mut socket: WebSocket, code: u16, reason: &str) {
    let mut end = reason.len().min(120);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let frame = CloseFrame {
        code,
        reason: reason[..end].to_owned().into(),
    };
    // If the other end is gone there is nobody to tell.
    let _ = socket.send(Message::Close(Some(frame))).await;
}
