//! `/archive`

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::{Stream, stream};
use http::header::CONTENT_TYPE;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};

use crate::Agent;
use crate::error::Error;
use crate::process::{GroupGuard, give_way, pid_of};

/// Archives that are made at once.
static ROOM: Semaphore = Semaphore::const_new(1);
/// From the beginning to the last byte.
const PATIENCE: Duration = Duration::from_secs(300);
/// What tar says when a file changed or went while it was read: the others are whole.
const CHANGED: i32 = 1;

/// `GET /archive`: the workspace as a tar packed with gzip, made while it is sent. If it cannot be made whole, it breaks off.
pub(super) async fn read(State(agent): State<Arc<Agent>>) -> Result<Response, Error> {
    let room = ROOM.try_acquire().map_err(|_| Error::TooMany {
        what: "archives being made",
        limit: 1,
        remedy: "wait until it is there",
    })?;
    agent.activity.note();
    let mut child = agent
        .config
        .environment()
        .command("/bin/tar", &agent.config.home)
        // Sockets and the like are left out with a warning, which nobody reads.
        .args([
            "--create",
            "--gzip",
            "--exclude=./.cache",
            "--exclude=./.npm",
            ".",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| Error::io("start tar", source))?;
    give_way(&child);
    let pipe = child
        .stdout
        .take()
        .ok_or_else(|| Error::io("read what tar writes", io::ErrorKind::BrokenPipe))?;
    let packing = Packing {
        group: GroupGuard::new(pid_of(&child)),
        child,
        pipe,
        deadline: Instant::now() + PATIENCE,
        _room: room,
    };
    Ok((
        [(CONTENT_TYPE, "application/gzip")],
        Body::from_stream(packing.pieces()),
    )
        .into_response())
}

/// An archive on its way. Dropped before its end, it is made no further.
struct Packing {
    child: Child,
    group: GroupGuard,
    pipe: ChildStdout,
    deadline: Instant,
    _room: SemaphorePermit<'static>,
}

impl Packing {
    fn pieces(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::try_unfold(Some(self), async |packing| {
            let Some(mut packing) = packing else {
                return Ok(None);
            };
            match timeout_at(packing.deadline, packing.next()).await {
                Ok(Ok(Some(bytes))) => Ok(Some((bytes, Some(packing)))),
                Ok(Ok(None)) => {
                    packing.group.let_go();
                    Ok(None)
                }
                Ok(Err(error)) => Err(error),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            }
        })
    }

    /// What tar writes next. At its end, whether it was content.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut bytes = BytesMut::with_capacity(64 * 1024);
        if self.pipe.read_buf(&mut bytes).await? > 0 {
            return Ok(Some(bytes.freeze()));
        }
        match self.child.wait().await?.code() {
            Some(0 | CHANGED) => Ok(None),
            _ => Err(io::Error::other("tar failed")),
        }
    }
}
