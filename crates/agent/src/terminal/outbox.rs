//! What waits to be sent to one client of a terminal.
//!
//! It is bounded from two sides: the terminal is read only while every client has room in its window, and what is
//! waiting is joined, so that many small pieces of output cost no more than a few large ones.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use drydock_protocol::live::FromTerminal;
use tokio::sync::Notify;

/// Output that waits is joined to frames of about this size, in bytes.
const FRAME_BYTES: usize = 64 * 1024;
/// More frames than this wait only for a client that is not reading.
const FRAMES_MAX: usize = 256;

/// Something to send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Terminal bytes.
    Bytes(Bytes),
    /// Control.
    Control(FromTerminal),
    /// The last one: a close code and its reason.
    Close(u16, &'static str),
}

/// The queue between a terminal and one client's socket.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    filled: Notify,
    closed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Waiting>,
    closed: bool,
}

#[derive(Debug)]
enum Waiting {
    Bytes(BytesMut),
    Control(FromTerminal),
    Close(u16, &'static str),
}

impl Outbox {
    /// Adds output. False if too much waits already.
    pub(crate) fn push_bytes(&self, bytes: &[u8]) -> bool {
        self.push(|frames| match frames.back_mut() {
            Some(Waiting::Bytes(last)) if last.len() + bytes.len() <= FRAME_BYTES => {
                last.extend_from_slice(bytes);
            }
            _ => frames.extend(
                bytes
                    .chunks(FRAME_BYTES)
                    .map(|piece| Waiting::Bytes(BytesMut::from(piece))),
            ),
        })
    }

    /// Adds control. False if too much waits already.
    pub(crate) fn push_control(&self, control: FromTerminal) -> bool {
        self.push(|frames| match (frames.back_mut(), &control) {
            (Some(Waiting::Control(last @ FromTerminal::Size { .. })), FromTerminal::Size { .. }) => {
                *last = control;
            }
            _ => frames.push_back(Waiting::Control(control)),
        })
    }

    /// Adds the last frame; nothing that comes later is sent.
    pub(crate) fn close(&self, code: u16, reason: &'static str) {
        self.push(|frames| frames.push_back(Waiting::Close(code, reason)));
        self.lock().closed = true;
        self.closed.notify_one();
    }

    /// The next frame, when there is one. Safe to be dropped while it waits.
    pub(crate) async fn next(&self) -> Frame {
        loop {
            let filled = self.filled.notified();
            if let Some(frame) = self.lock().frames.pop_front() {
                return match frame {
                    Waiting::Bytes(bytes) => Frame::Bytes(bytes.freeze()),
                    Waiting::Control(control) => Frame::Control(control),
                    Waiting::Close(code, reason) => Frame::Close(code, reason),
                };
            }
            filled.await;
        }
    }

    /// Returns when the last frame has been added. For one listener.
    pub(crate) async fn closed(&self) {
        self.closed.notified().await;
    }

    fn push(&self, add: impl FnOnce(&mut VecDeque<Waiting>)) -> bool {
        let mut queue = self.lock();
        if !queue.closed {
            add(&mut queue.frames);
        }
        let in_bounds = queue.frames.len() <= FRAMES_MAX;
        drop(queue);
        self.filled.notify_one();
        in_bounds
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn output_is_joined_and_order_is_kept() {
        let outbox = Outbox::default();
        for _ in 0..10_000 {
            assert!(outbox.push_bytes(b"y\n"));
        }
        outbox.push_control(FromTerminal::Live);
        outbox.push_bytes(b"z");
        outbox.push_control(FromTerminal::Size { cols: 1, rows: 1 });
        outbox.push_control(FromTerminal::Size { cols: 2, rows: 2 });
        outbox.close(4001, "over");
        outbox.push_bytes(b"late");
        assert!(matches!(outbox.next().await, Frame::Bytes(bytes) if bytes.len() == 20_000));
        assert_eq!(outbox.next().await, Frame::Control(FromTerminal::Live));
        assert_eq!(outbox.next().await, Frame::Bytes(Bytes::from_static(b"z")));
        assert_eq!(
            outbox.next().await,
            Frame::Control(FromTerminal::Size { cols: 2, rows: 2 })
        );
        assert_eq!(outbox.next().await, Frame::Close(4001, "over"));
        outbox.closed().await;
    }

    #[test]
    fn frames_that_cannot_be_joined_are_bounded() {
        let outbox = Outbox::default();
        let mut pushed = 0;
        while outbox.push_bytes(b"x") && outbox.push_control(FromTerminal::Live) {
            pushed += 1;
            assert!(pushed < 1_000);
        }
    }
}
