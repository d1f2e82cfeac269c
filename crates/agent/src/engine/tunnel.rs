//! A connection of the server's, passed through to the engine's socket byte for byte.

use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::UnixStream;
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that are on their way in each direction: enough for images to be loaded at full speed.
const BUFFER_BYTES: usize = 64 * 1024;

/// A connection to the engine, and its place among those that there may be.
pub(crate) struct Tunnel {
    socket: UnixStream,
    _room: OwnedSemaphorePermit,
}

impl Tunnel {
    pub(super) fn new(socket: UnixStream, room: OwnedSemaphorePermit) -> Self {
        Self { socket, _room: room }
    }

    /// Passes bytes both ways until both sides have ended, or one has failed. An end of one direction is passed on as such:
    /// `docker run -i` ends its input and goes on reading.
    pub(crate) async fn carry(mut self, upgrade: OnUpgrade) {
        let Ok(upgraded) = upgrade.await else { return };
        // A connection that breaks is the business of those at its ends.
        let _ = copy_bidirectional_with_sizes(
            &mut TokioIo::new(upgraded),
            &mut self.socket,
            BUFFER_BYTES,
            BUFFER_BYTES,
        )
        .await;
    }
}
