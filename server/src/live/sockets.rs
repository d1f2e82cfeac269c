//! What sockets have in common.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures::{Stream, StreamExt};
use tokio::time::{Instant, interval, timeout};

/// How often a socket is asked whether somebody is there. Under a minute, after which proxies cut quiet connections.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// A socket that says nothing, not even an answer to a ping, for this long is let go.
pub const SILENCE_MAX: Duration = Duration::from_secs(70);
/// A browser that does not take a frame for this long is let go.
const SEND_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a socket is closed: WebSocket's code, and a reason for whoever debugs.
pub type Closing = (u16, String);

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

    /// Builds.
    pub fn builds() -> Self {
        Self::new("builds")
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

/// Passes texts on for as long as there are any and somebody reads them, and then says why there are no more. What the browser says
/// is not listened to. A slow reader slows the texts down, and nothing is kept here.
pub async fn pass_on(
    mut socket: WebSocket,
    texts: impl Stream<Item = Result<Utf8Bytes, Closing>>,
    end: Closing,
) {
    let mut texts = std::pin::pin!(texts);
    let mut pings = interval(PING_EVERY);
    let mut heard = Instant::now();
    loop {
        let message = tokio::select! {
            text = texts.next() => match text {
                Some(Ok(text)) => Message::Text(text),
                Some(Err((code, reason))) => return close(socket, code, &reason).await,
                None => return close(socket, end.0, &end.1).await,
            },
            message = socket.recv() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => return,
                Some(Ok(_)) => {
                    heard = Instant::now();
                    continue;
                }
            },
            _ = pings.tick() => {
                if heard.elapsed() > SILENCE_MAX {
                    return;
                }
                Message::Ping(axum::body::Bytes::new())
            }
        };
        if !matches!(timeout(SEND_TIMEOUT, socket.send(message)).await, Ok(Ok(()))) {
            return;
        }
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
