//! The learner's engine as an ordinary `bollard::Docker`, through the agent's tunnel.
//!
//! The engine is the learner's and may be replaced by anything. bollard itself reads answers to their end and lines to
//! their newline, whatever their size, so the limits are here, on the bytes of each connection, and so are the deadlines.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bollard::{BollardRequest, ClientVersion, Docker};
use http::{Method, Response};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::agent::AgentClient;
use crate::transport;

/// The engine API that is spoken in sandboxes: Docker 25 and later answer it, so nothing needs to be asked first.
const API: ClientVersion = ClientVersion {
    major_version: 1,
    minor_version: 44,
};

/// Seconds until an answer has to begin.
const BEGIN_S: u64 = 30;

const MIB: u64 = 1024 * 1024;

/// The learner's engine behind `agent`.
pub(crate) fn connect(agent: &AgentClient) -> Result<Docker, bollard::errors::Error> {
    let agent = agent.clone();
    let transport = move |request: BollardRequest| {
        let agent = agent.clone();
        async move { exchange(&agent, request).await }
    };
    Docker::connect_with_custom_transport(transport, Some("http://engine"), BEGIN_S, &API)
}

/// Has the engine answer one request, on a connection of its own.
pub(crate) async fn exchange(
    agent: &AgentClient,
    request: BollardRequest,
) -> Result<Response<Incoming>, bollard::errors::Error> {
    let allowance = Allowance::of(request.method(), request.uri().path());
    let tunnel = agent.tunnel().await.map_err(io::Error::other)?;
    let metered = Metered {
        inner: tunnel,
        left: allowance.bytes,
    };
    transport::exchange(metered, "engine", Some(allowance.time), request).await
}

/// What one request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowance {
    /// Bytes of its answer.
    bytes: u64,
    /// From its beginning to the end of its answer.
    time: Duration,
}

impl Allowance {
    fn of(method: &Method, path: &str) -> Self {
        // bollard names no version here; with one, it is in front: /v1.44/events.
        let name = path.trim_start_matches('/');
        let name = match name.split_once('/') {
            Some((version, name)) if is_version(version) => name,
            _ => name,
        };
        let long = Duration::from_secs(3600 * 24);
        match (method.as_str(), name) {
            // 64 MiB are some hundred thousand events; whoever listens comes back with `since`.
            ("GET", "events") => Self {
                bytes: 64 * MIB,
                time: long,
            },
            // Whoever reads along comes back for the end of it.
            ("GET", name) if name.starts_with("containers/") && name.ends_with("/logs") => Self {
                bytes: 64 * MIB,
                time: long,
            },
            // A whole image. Whoever reads it keeps little of it, and a sandbox's disk holds no larger one.
            ("GET", name) if name.starts_with("images/") && name.ends_with("/get") => Self {
                bytes: 4096 * MIB,
                time: Duration::from_secs(120),
            },
            // Builds as they happen, for as long as somebody looks.
            ("POST", "grpc") => Self {
                bytes: 256 * MIB,
                time: long,
            },
            ("POST", "images/load" | "images/create" | "build") => Self {
                bytes: 64 * MIB,
                time: Duration::from_secs(1800),
            },
            ("POST", name)
                if name.ends_with("/wait") || name.ends_with("/attach") || name.ends_with("/start") =>
            {
                Self {
                    bytes: 64 * MIB,
                    time: long,
                }
            }
            _ => Self {
                bytes: 32 * MIB,
                time: Duration::from_secs(120),
            },
        }
    }
}

/// `v1.44`, as the engine's API has it in front of a path.
fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// A connection that breaks after so many bytes have been read.
struct Metered<T> {
    inner: T,
    left: u64,
}

impl<T: Read + Unpin> Read for Metered<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        const STEP: usize = 16 * 1024;
        if self.left == 0 {
            return Poll::Ready(Err(io::Error::other(
                "the learner's engine answered with more than is allowed",
            )));
        }
        let mut step = [0; STEP];
        let most = STEP
            .min(cursor.remaining())
            .min(usize::try_from(self.left).unwrap_or(STEP));
        let mut buffer = hyper::rt::ReadBuf::new(&mut step[..most]);
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer.unfilled()))?;
        let filled = buffer.filled();
        self.left -= filled.len() as u64;
        cursor.put_slice(filled);
        Poll::Ready(Ok(()))
    }
}

impl<T: Write + Unpin> Write for Metered<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, buffers)
    }
}

#[cfg(test)]
mod tests {
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_connection_breaks_at_its_limit() {
        let (mut far, near) = tokio::io::duplex(1 << 20);
        far.write_all(&vec![7; 100_000]).await.unwrap();
        let mut metered = TokioIo::new(Metered {
            inner: TokioIo::new(near),
            left: 70_000,
        });
        let mut bytes = Vec::new();
        let error = metered.read_to_end(&mut bytes).await.unwrap_err();
        assert_eq!(bytes.len(), 70_000);
        assert!(error.to_string().contains("more than is allowed"), "{error}");
    }

    #[test]
    fn only_what_streams_by_nature_may_last() {
        let minutes = |method: Method, path: &str| {
            let allowance = Allowance::of(&method, path);
            assert_eq!(allowance, Allowance::of(&method, &format!("/v1.44{path}")));
            allowance.time.as_secs() / 60
        };
        assert_eq!(minutes(Method::GET, "/images/json"), 2);
        assert_eq!(minutes(Method::GET, "/events"), 24 * 60);
        assert_eq!(minutes(Method::POST, "/images/load"), 30);
        assert_eq!(minutes(Method::GET, "/images/sha256:0/get"), 2);
        assert_eq!(minutes(Method::POST, "/containers/x/wait"), 24 * 60);
    }
}
