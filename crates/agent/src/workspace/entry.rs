//! Listing a folder.

use std::os::fd::OwnedFd;

use drydock_protocol::api::{FileEntry, FileKind, Listing};
use rustix::fs::{AtFlags, Dir, FileType};

use super::path::RelPath;
use crate::error::Error;

/// Entries that are listed, at most.
const LISTED_MAX: usize = 2_000;
/// Entries that are looked at, at most: those that are listed are the first of these.
const READ_MAX: usize = 20_000;

/// What is in `folder`: folders first, then by name.
pub(super) fn list(folder: &OwnedFd, path: &RelPath) -> Result<Listing, Error> {
    let failed = |source| path.failed("list", source);
    let mut names = Vec::new();
    let mut truncated = false;
    for entry in Dir::read_from(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        if names.len() == READ_MAX {
            truncated = true;
            break;
        }
        names.push((
            kind(entry.file_type()) != FileKind::Folder,
            entry.file_name().to_owned(),
        ));
    }
    names.sort_unstable();
    truncated |= names.len() > LISTED_MAX;
    names.truncate(LISTED_MAX);

    let mut entries: Vec<FileEntry> = names
        .into_iter()
        .filter_map(|(_, name)| {
            // What has gone meanwhile is not listed.
            let stat = rustix::fs::statat(folder, &name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
            let kind = kind(FileType::from_raw_mode(stat.st_mode));
            Some(FileEntry {
                name: name.to_string_lossy().into_owned(),
                kind,
                size: if kind == FileKind::Folder {
                    0
                } else {
                    u64::try_from(stat.st_size).unwrap_or(0)
                },
                mode: stat.st_mode & 0o7777,
                modified: stat.st_mtime as i64,
            })
        })
        .collect();
    // Not every file system tells kinds with the names.
    entries.sort_by(|a, b| (a.kind != FileKind::Folder, &a.name).cmp(&(b.kind != FileKind::Folder, &b.name)));
    Ok(Listing { entries, truncated })
}

fn kind(file_type: FileType) -> FileKind {
    match file_type {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Folder,
        FileType::Symlink => FileKind::Link,
        _ => FileKind::Other,
    }
}
