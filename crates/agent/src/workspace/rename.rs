//! Giving files and folders another name.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use super::beneath;
use super::path::RelPath;
use crate::error::Error;

/// Moves what is at `from` to `to`, which must not be there; folders on the way are made. A link is moved, not what it points to.
pub(super) fn rename(root: &OwnedFd, from: &RelPath, to: &RelPath) -> Result<(), Error> {
    let (Some((old_parent, old)), Some((new_parent, new))) = (from.split(), to.split()) else {
        return Err(Error::WrongKind {
            path: String::new(),
            why: "is the workspace itself",
        });
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let old_folder = beneath::open(root, &old_parent, flags, Mode::empty())?;
    // Looked for first, so that a name that is not there makes no folders.
    rustix::fs::statat(&old_folder, old, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|source| from.failed("rename", source))?;
    let new_folder = beneath::open_or_make_folder(root, &new_parent)?;
    rustix::fs::renameat_with(&old_folder, old, &new_folder, new, RenameFlags::NOREPLACE).map_err(|source| {
        let why = match source {
            Errno::EXIST => "is there already",
            Errno::INVAL => "is in the folder that is to be moved",
            _ => return from.failed("rename", source),
        };
        Error::WrongKind {
            path: to.to_string(),
            why,
        }
    })
}
