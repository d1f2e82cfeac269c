//! Bytes of a file on their way to a registry, compressed or as they are: read and hashed on a thread of their own, a few
//! chunks ahead of the network.

use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use futures::Stream;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::progress::Step;
use crate::manifest::written;

/// What is read at a time, and about what is sent at a time.
const CHUNK: usize = 128 * 1024;
/// Chunks that may be ready before they are sent.
const AHEAD: usize = 8;

/// What has been sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// The digest of the file as it is.
    pub(crate) original: String,
    /// The digest of what was sent: the same, where nothing was compressed.
    pub(crate) digest: String,
    /// Bytes that were sent.
    pub(crate) size: u64,
}

/// The bytes, and what there is to say about them once all have been taken. Who lets go of the bytes ends the thread.
pub(crate) type Sending = (ReceiverStream, JoinHandle<io::Result<Sent>>);

/// Sends a file compressed: the same bytes for the same file, each time.
pub(crate) fn compressed(reader: impl Read + Send + 'static, step: Arc<dyn Step>) -> Sending {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let thread = tokio::task::spawn_blocking(move || {
        let sink = Sink::new(sender);
        // Neither a name nor a time in the header.
        let mut encoder: GzEncoder<Sink> = GzBuilder::new().write(sink, Compression::default());
        let read = copy(reader, &mut encoder, &step)?;
        encoder.finish()?.end(read)
    });
    (ReceiverStream(receiver), thread)
}

/// Sends a file as it is.
pub(crate) fn as_it_is(reader: impl Read + Send + 'static, step: Arc<dyn Step>) -> Sending {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let thread = tokio::task::spawn_blocking(move || {
        let mut sink = Sink::new(sender);
        let read = copy(reader, &mut sink, &step)?;
        sink.end(read)
    });
    (ReceiverStream(receiver), thread)
}

fn copy(mut from: impl Read, to: &mut impl Write, step: &Arc<dyn Step>) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(written(&hash.finalize()));
        }
        hash.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        step.advance(read as u64);
    }
}

/// Hashes, and hands on in chunks.
#[derive(Debug)]
struct Sink {
    sender: mpsc::Sender<io::Result<Bytes>>,
    waiting: Vec<u8>,
    hash: Sha256,
    size: u64,
}

impl Sink {
    fn new(sender: mpsc::Sender<io::Result<Bytes>>) -> Self {
        Self {
            sender,
            waiting: Vec::with_capacity(CHUNK),
            hash: Sha256::new(),
            size: 0,
        }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK));
        self.hash.update(&chunk);
        self.size += chunk.len() as u64;
        self.sender
            .blocking_send(Ok(chunk.into()))
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    fn end(mut self, read: String) -> io::Result<Sent> {
        self.hand_on()?;
        Ok(Sent {
            original: read,
            digest: written(&self.hash.finalize()),
            size: self.size,
        })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a channel gives, as a stream.
#[derive(Debug)]
pub(crate) struct ReceiverStream(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for ReceiverStream {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

#[cfg(test)]
mod tests {
    use super::super::progress::Silent;
    use super::*;
    use crate::manifest::digest_of;
    use futures::TryStreamExt;

    #[tokio::test]
    async fn the_same_file_makes_the_same_bytes() {
        let file: Vec<u8> = (0..1_000_000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let mut all = Vec::new();
        for _ in 0..2 {
            let (bytes, thread) = compressed(io::Cursor::new(file.clone()), Arc::new(Silent));
            let chunks: Vec<Bytes> = bytes.try_collect().await.unwrap();
            let sent = thread.await.unwrap().unwrap();
            let bytes = chunks.concat();
            assert_eq!(sent.original, digest_of(&file));
            assert_eq!((sent.digest, sent.size), (digest_of(&bytes), bytes.len() as u64));
            all.push(bytes);
        }
        assert_eq!(all[0], all[1]);
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(&all[0][..])
            .read_to_end(&mut back)
            .unwrap();
        assert_eq!(back, file);
    }

    #[tokio::test]
    async fn the_thread_ends_when_nobody_wants_the_bytes() {
        let (bytes, thread) = as_it_is(io::repeat(7), Arc::new(Silent));
        drop(bytes);
        assert!(thread.await.unwrap().is_err());
    }
}
