//! A stream that breaks when nothing moves on it for too long.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Reads and writes fail once neither has made progress for a while.
#[derive(Debug)]
pub(crate) struct Idle<S> {
    inner: S,
    most: Duration,
    deadline: Pin<Box<Sleep>>,
}

impl<S> Idle<S> {
    pub(crate) fn new(inner: S, most: Duration) -> Self {
        Self {
            inner,
            most,
            deadline: Box::pin(sleep(most)),
        }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            let deadline = Instant::now() + self.most;
            self.deadline.as_mut().reset(deadline);
            return polled;
        }
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Idle<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.watch(context, polled)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Idle<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watch(context, polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Flushing a socket does nothing, and nothing is no progress.
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.watch(context, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_quiet_stream_breaks_and_a_slow_one_does_not() {
        let (mut near, far) = tokio::io::duplex(8);
        let mut far = Idle::new(far, Duration::from_secs(60));
        for _ in 0..5 {
            let (written, read) = tokio::join!(
                async {
                    sleep(Duration::from_secs(50)).await;
                    near.write_u8(1).await
                },
                far.read_u8()
            );
            assert!(written.is_ok() && read.is_ok());
        }
        assert_eq!(far.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        let mut far = Idle::new(tokio::io::duplex(8).0, Duration::from_secs(60));
        assert!(far.write_all(&[0; 64]).await.is_err());
    }
}
