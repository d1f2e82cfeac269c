//! Accepting connections: how many, and how slow they may be.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::Agent;

/// Connections at once, at most; the learner can open some too.
const CONNECTIONS_MAX: usize = 256;
/// Of these, so many may come from this machine itself. The server's come from outside and find room.
const LOCAL_CONNECTIONS_MAX: usize = 64;
/// A request's head must arrive within this time; a connection without requests is closed after it.
const HEAD_PATIENCE: Duration = Duration::from_secs(15);
/// A request's head is at most so large, in bytes.
const HEAD_MAX_BYTES: usize = 16 * 1024;
/// After so long without a sign of the peer the connection is given up, in milliseconds.
const PEER_PATIENCE_MS: u32 = 30_000;
/// When no connection can be accepted (no descriptors left, say), try again after this time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves every connection. Does not return.
pub async fn serve(listener: TcpListener, agent: Arc<Agent>) {
    let service = TowerToHyperService::new(super::routes(agent));
    let all = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let local = Arc::new(Semaphore::new(LOCAL_CONNECTIONS_MAX));
    loop {
        let (stream, is_local) = if let Ok((stream, peer)) = listener.accept().await {
            let own = stream.local_addr().map(|address| address.ip());
            (stream, is_this_machine(peer.ip(), own.ok()))
        } else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let limit = if is_local { &local } else { &all };
        // One too many is closed at once: the peer sees that, and may come again.
        let Ok(room) = Arc::clone(limit).try_acquire_owned() else {
            continue;
        };
        if prepare(&stream).is_err() {
            continue;
        }
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE)
            .max_buf_size(HEAD_MAX_BYTES)
            .serve_connection(TokioIo::new(stream), service.clone())
            .with_upgrades();
        tokio::spawn(async move {
            // How a connection breaks is its peer's business.
            let _ = connection.await;
            drop(room);
        });
    }
}

fn is_this_machine(peer: IpAddr, own: Option<IpAddr>) -> bool {
    peer.is_loopback() || Some(peer) == own
}

/// Small answers leave at once, and a peer that vanished is noticed.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    rustix::net::sockopt::set_socket_keepalive(stream, true)?;
    rustix::net::sockopt::set_tcp_keepidle(stream, Duration::from_secs(30))?;
    rustix::net::sockopt::set_tcp_user_timeout(stream, PEER_PATIENCE_MS)?;
    Ok(())
}
