//! Pieces of a file, within bounds: a window that grows while entries stand close together, and begins small after each jump.

use std::future::Future;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use super::header::{BLOCK, BLOCK_LEN};
use crate::agent::Piece;
use crate::error::FactError;
use crate::facts::ArchiveFact;

/// The first and the largest window, in bytes.
const WINDOW_MIN: u64 = 8 * 1_024;
const WINDOW_MAX: u64 = 256 * 1_024;
/// Pieces of one archive, their bytes, and how long they may take together.
const PIECES_MAX: usize = 2_000;
const BYTES_MAX: u64 = 32 * 1_024 * 1_024;
const TIME: Duration = Duration::from_secs(3);

/// The largest size that is believed, so that sums of places stay numbers.
const SIZE_MAX: u64 = 1 << 50;

/// Where the pieces come from.
pub(crate) trait Source: Sync {
    /// At most so many bytes from a place on.
    fn piece(&self, from: u64, length: u64) -> impl Future<Output = Result<Piece, FactError>> + Send;
}

/// Why reading has ended before the archive has.
#[derive(Debug)]
pub(super) enum Stop {
    /// There is more than is read.
    Spent,
    /// The file went away, or became shorter.
    Gone,
    /// It could not be read.
    Failed(FactError),
}

pub(super) type Stopped<T> = Result<T, Stop>;

/// Reads one file.
pub(crate) struct Reader<'s, S> {
    source: &'s S,
    size: u64,
    beginning: Bytes,
    window: Bytes,
    from: u64,
    length: u64,
    pieces: usize,
    bytes: u64,
    begun: Instant,
}

impl<'s, S: Source> Reader<'s, S> {
    /// Opens it; the other answer is that there is nothing to read.
    pub(super) async fn open(source: &'s S) -> Result<Result<Self, ArchiveFact>, FactError> {
        let (bytes, size) = match source.piece(0, WINDOW_MIN).await? {
            Piece::Nothing => return Ok(Err(ArchiveFact::Nothing)),
            Piece::Folder => return Ok(Err(ArchiveFact::Folder)),
            Piece::Of { size: 0, .. } => return Ok(Err(ArchiveFact::Empty)),
            Piece::Of { bytes, size } => (bytes, size),
        };
        Ok(Ok(Self {
            source,
            size: size.min(SIZE_MAX),
            beginning: bytes.slice(..bytes.len().min(16)),
            window: bytes,
            from: 0,
            length: WINDOW_MIN,
            pieces: 1,
            bytes: 0,
            begun: Instant::now(),
        }))
    }

    /// The file's size.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The first few bytes.
    pub(super) fn beginning(&self) -> &[u8] {
        &self.beginning
    }

    /// The block at a place. None where the file has no whole block any more.
    pub(super) async fn block(&mut self, at: u64) -> Stopped<Option<[u8; BLOCK_LEN]>> {
        if at.checked_add(BLOCK).is_none_or(|end| end > self.size) {
            return Ok(None);
        }
        let bytes = self.body(at, BLOCK).await?;
        Ok(bytes.as_ref().try_into().ok())
    }

    /// Bytes that are within the file.
    pub(super) async fn body(&mut self, at: u64, length: u64) -> Stopped<Bytes> {
        let mut gathered = BytesMut::new();
        while (gathered.len() as u64) < length {
            let (from, left) = (at + gathered.len() as u64, length - gathered.len() as u64);
            let have = self.held(from);
            if have.is_empty() {
                self.fetch(from).await?;
                continue;
            }
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(have.len());
            if gathered.is_empty() && take as u64 == length {
                return Ok(have.slice(..take));
            }
            gathered.extend_from_slice(&have[..take]);
        }
        Ok(gathered.freeze())
    }

    /// What of the window is at a place and after it.
    fn held(&self, at: u64) -> Bytes {
        let offset = at
            .checked_sub(self.from)
            .and_then(|offset| usize::try_from(offset).ok());
        match offset {
            Some(offset) if offset < self.window.len() => self.window.slice(offset..),
            _ => Bytes::new(),
        }
    }

    async fn fetch(&mut self, at: u64) -> Stopped<()> {
        if self.pieces == PIECES_MAX || self.bytes >= BYTES_MAX || self.begun.elapsed() > TIME {
            return Err(Stop::Spent);
        }
        let end = self.from + self.window.len() as u64;
        // Not far from where the window ends: small files follow one another.
        self.length = if at < end + self.length {
            (self.length * 2).min(WINDOW_MAX)
        } else {
            WINDOW_MIN
        };
        match self.source.piece(at, self.length).await.map_err(Stop::Failed)? {
            Piece::Of { bytes, .. } if !bytes.is_empty() => {
                self.pieces += 1;
                self.bytes += bytes.len() as u64;
                self.from = at;
                self.window = bytes;
                Ok(())
            }
            _ => Err(Stop::Gone),
        }
    }
}
