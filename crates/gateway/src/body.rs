//! Bodies that pass through: never gathered, always counted.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

use crate::audit::{Counts, Entry};
use crate::limits::Meter;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
/// Any body.
pub(crate) type Body = UnsyncBoxBody<Bytes, Failure>;

pub(crate) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

pub(crate) fn passing(body: Incoming) -> Body {
    body.map_err(Failure::from).boxed_unsync()
}

/// All of a body, if that is no more than `most` bytes.
pub(crate) async fn gather(mut body: Body, most: usize) -> Result<Bytes, Failure> {
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if all.len() + data.len() > most {
                return Err("it is too long".into());
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(all.freeze())
}

/// A body from a sandbox, whose bytes are counted.
pub(crate) struct Inward<B> {
    inner: B,
    counts: Arc<Counts>,
    meter: Option<Arc<Meter>>,
}

/// A body to a sandbox. The line of its request is written when it ends, or is broken off.
pub(crate) struct Outward {
    inner: Body,
    counts: Arc<Counts>,
    meter: Option<Arc<Meter>>,
    entry: Option<Entry>,
}

impl<B> Inward<B> {
    pub(crate) fn new(inner: B, entry: &Entry, meter: Option<Arc<Meter>>) -> Self {
        Self {
            inner,
            counts: entry.counts(),
            meter,
        }
    }
}

impl Outward {
    pub(crate) fn new(inner: Body, entry: Entry, meter: Option<Arc<Meter>>) -> Self {
        Self {
            inner,
            counts: entry.counts(),
            meter,
            entry: Some(entry),
        }
    }
}

fn over(meter: Option<&Arc<Meter>>, bytes: u64) -> bool {
    meter.is_some_and(|meter| !meter.count(bytes))
}

impl<B> HttpBody for Inward<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Failure>,
{
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            let count = data.len() as u64;
            self.counts.inward.fetch_add(count, Ordering::Relaxed);
            if over(self.meter.as_ref(), count) {
                return Poll::Ready(Some(Err("this hour's bytes are used up".into())));
            }
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl HttpBody for Outward {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                let count = frame.data_ref().map_or(0, |data| data.len() as u64);
                self.counts.outward.fetch_add(count, Ordering::Relaxed);
                if over(self.meter.as_ref(), count) {
                    if let Some(entry) = &mut self.entry {
                        entry.why("this hour's bytes are used up");
                    }
                    self.entry = None;
                    return Poll::Ready(Some(Err("this hour's bytes are used up".into())));
                }
            }
            Poll::Ready(Some(Err(error))) => {
                if let Some(entry) = &mut self.entry {
                    entry.why(format!("broke off: {error}"));
                }
                self.entry = None;
            }
            Poll::Ready(None) => self.entry = None,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Outward {
    fn drop(&mut self) {
        // Dropped before its end: the client went away. A body that says that it has ended is not polled to its end.
        if let Some(entry) = &mut self.entry
            && !self.inner.is_end_stream()
        {
            entry.why("the client went away");
        }
    }
}
