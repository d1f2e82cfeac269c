//! Removing files and folders.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{AtFlags, Dir, Mode, OFlags};
use rustix::io::Errno;

use super::beneath;
use super::path::RelPath;
use crate::error::Error;

/// Folders within folders that are gone into. Deeper ones are for `rm -r` in a terminal.
const DEPTH_MAX: usize = 100;
/// Names that are read before they are removed.
const BATCH: usize = 512;

/// Removes what is at `path`, with all that is in it.
pub(super) fn remove(root: &OwnedFd, path: &RelPath) -> Result<(), Error> {
    let Some((parent, name)) = path.split() else {
        return Err(Error::WrongKind {
            path: path.to_string(),
            why: "is the workspace itself",
        });
    };
    let folder = beneath::open(root, &parent, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
    let name = CString::new(name).map_err(|_| path.failed("remove", Errno::INVAL))?;
    remove_entry(folder.as_fd(), &name, DEPTH_MAX).map_err(|source| path.failed("remove", source))
}

fn remove_entry(folder: BorrowedFd<'_>, name: &CStr, depth: usize) -> Result<(), Errno> {
    match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
        // Linux says ISDIR; POSIX says PERM.
        Err(Errno::ISDIR | Errno::PERM) => {}
        removed => return removed,
    }
    if depth == 0 {
        return Err(Errno::NAMETOOLONG);
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let inner = rustix::fs::openat(folder, name, flags, Mode::empty())?;
    loop {
        let batch = names(&inner)?;
        if batch.is_empty() {
            return rustix::fs::unlinkat(folder, name, AtFlags::REMOVEDIR);
        }
        for name in batch {
            match remove_entry(inner.as_fd(), &name, depth - 1) {
                // Another may be removing here too.
                Ok(()) | Err(Errno::NOENT) => {}
                Err(source) => return Err(source),
            }
        }
    }
}

fn names(folder: &OwnedFd) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
        if names.len() == BATCH {
            break;
        }
    }
    Ok(names)
}
