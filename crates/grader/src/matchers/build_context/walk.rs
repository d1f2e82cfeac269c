//! What is in a folder and is not left out, within bounds: a folder may be as deep and as full as its owner likes.

use std::collections::BTreeMap;

use futures::FutureExt;
use futures::future::try_join_all;

use crate::error::FactError;
use crate::facts::{EntryKind, Facts, FolderFact};
use crate::ignore::{Ignore, Matched};

/// Folders that are looked into.
const FOLDERS_MAX: usize = 400;
/// Files that are counted.
const FILES_MAX: u64 = 20_000;
/// Folders within folders.
const DEPTH_MAX: usize = 40;
/// Folders that are asked for at once.
const AT_ONCE: usize = 8;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Files that would be sent.
    pub(super) files: u64,
    /// Their bytes.
    pub(super) bytes: u64,
    /// Files and folders that would not.
    pub(super) left_out: u64,
    /// One that would be sent.
    pub(super) first: Option<String>,
    /// Whether all was looked at.
    pub(super) whole: bool,
    /// Bytes by what stands at the top.
    by_top: BTreeMap<String, u64>,
}

impl Walked {
    /// What takes most at the top, the largest first.
    pub(super) fn largest(&self) -> impl Iterator<Item = (&str, u64)> {
        let mut all: Vec<(&str, u64)> = self
            .by_top
            .iter()
            .map(|(name, size)| (name.as_str(), *size))
            .collect();
        all.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        all.into_iter().take(3)
    }
}

/// A folder that is still to be looked into.
struct Open {
    /// Relative to the context.
    path: String,
    matched: Matched,
    depth: usize,
}

/// Walks what is below `from`, a folder of the context `root`. `one` is enough where only a first file is asked for.
pub(super) async fn walk(
    root: &str,
    from: &str,
    ignore: &Ignore,
    one: bool,
    facts: &impl Facts,
) -> Result<Walked, FactError> {
    let mut walked = Walked {
        whole: true,
        ..Walked::default()
    };
    let mut open = vec![Open {
        path: from.to_owned(),
        matched: if from.is_empty() {
            Matched::new()
        } else {
            ignore.leaves_out_path(from).1
        },
        depth: 0,
    }];
    let mut asked = 0;
    while !open.is_empty() {
        if one && walked.first.is_some() {
            break;
        }
        if asked >= FOLDERS_MAX || walked.files >= FILES_MAX {
            walked.whole = false;
            break;
        }
        let some = open.split_off(open.len().saturating_sub(AT_ONCE));
        asked += some.len();
        let listings = some
            .iter()
            .map(|open| async { facts.folder(&join(root, &open.path)).await }.boxed());
        for (folder, listing) in some.iter().zip(try_join_all(listings).await?) {
            if let Some(listing) = listing {
                take(folder, &listing, ignore, &mut walked, &mut open);
            }
        }
    }
    Ok(walked)
}

/// Counts what is in one folder, and notes the folders in it.
fn take(folder: &Open, listing: &FolderFact, ignore: &Ignore, walked: &mut Walked, open: &mut Vec<Open>) {
    walked.whole &= !listing.truncated;
    for entry in &listing.entries {
        let path = join(&folder.path, &entry.name);
        let (out, matched) = ignore.leaves_out(&path, &folder.matched);
        walked.left_out += u64::from(out);
        match entry.kind {
            EntryKind::Folder if out && !ignore.has_exceptions() => {}
            EntryKind::Folder if folder.depth == DEPTH_MAX => walked.whole = false,
            EntryKind::Folder => open.push(Open {
                path,
                matched,
                depth: folder.depth + 1,
            }),
            _ if out => {}
            EntryKind::File | EntryKind::Other => {
                walked.files += 1;
                let size = if entry.kind == EntryKind::File {
                    entry.size
                } else {
                    0
                };
                walked.bytes = walked.bytes.saturating_add(size);
                let top = path.split('/').next().unwrap_or_default().to_owned();
                let of_top = walked.by_top.entry(top).or_default();
                *of_top = of_top.saturating_add(size);
                walked.first.get_or_insert(path);
            }
        }
    }
}

/// A path in a folder; the folder may be the workspace itself.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}
