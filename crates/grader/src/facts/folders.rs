//! What is in the workspace's folders, as far as a round goes into them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use drydock_protocol::api::{FileKind, Listing};

use crate::error::FactError;

/// Folders that are looked into in one round, for all expectations together.
const FOLDERS_MAX: usize = 2_000;
/// How long they may take together.
const TIME: Duration = Duration::from_secs(10);
/// Letters of a name.
const NAME_MAX: usize = 255;

/// A folder of the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FolderFact {
    /// What is in it, at most 2,000.
    pub entries: Vec<EntryFact>,
    /// Whether there is more.
    pub truncated: bool,
}

/// Something in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFact {
    /// Its name, without a slash.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes, of a file.
    pub size: u64,
}

/// What stands in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A link, a pipe and the like.
    Other,
}

impl FolderFact {
    /// A listing without names that are none: they are put together to paths.
    pub(super) fn from_listing(listing: Listing) -> Self {
        let is_name = |name: &str| {
            !matches!(name, "" | "." | "..") && name.len() <= NAME_MAX && !name.contains(['/', '\0'])
        };
        let count = listing.entries.len();
        let entries = listing
            .entries
            .into_iter()
            .filter(|entry| is_name(&entry.name))
            .take(super::limits::THINGS_MAX)
            .map(|entry| EntryFact {
                name: entry.name,
                kind: match entry.kind {
                    FileKind::Folder => EntryKind::Folder,
                    FileKind::File => EntryKind::File,
                    _ => EntryKind::Other,
                },
                size: entry.size,
            })
            .collect::<Vec<_>>();
        Self {
            truncated: listing.truncated || entries.len() < count,
            entries,
        }
    }
}

/// How much of a workspace a round may still look into.
#[derive(Debug, Default)]
pub(super) struct Budget {
    begun: OnceLock<Instant>,
    folders: AtomicUsize,
}

impl Budget {
    /// Takes one folder's part of it.
    pub(super) fn spend(&self) -> Result<(), FactError> {
        let begun = self.begun.get_or_init(Instant::now);
        if self.folders.fetch_add(1, Ordering::Relaxed) >= FOLDERS_MAX || begun.elapsed() > TIME {
            return Err(FactError::TimedOut {
                what: "a look into all folders".to_owned(),
                seconds: TIME.as_secs(),
            });
        }
        Ok(())
    }
}
