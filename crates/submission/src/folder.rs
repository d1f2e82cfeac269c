//! A submission in a folder. Links in it are not followed, and nothing in it is opened that is no file.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::Refusal;
use crate::gather::{Gather, shown};
use crate::limits::DEPTH_MAX;

/// Takes in everything under a folder.
pub(crate) fn read(root: &Path) -> Result<Gather, Refusal> {
    let mut gather = Gather::default();
    // Not by recursion: how deep it goes is the student's choice.
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let unreadable = |error| Refusal::unreadable(&folder, &error);
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let relative = path.strip_prefix(root).unwrap_or(&path).as_os_str().as_bytes();
            let Some(name) = gather.enter(relative)? else {
                continue;
            };
            // Of the link itself, where it is one.
            let about = fs::symlink_metadata(&path).map_err(|error| Refusal::unreadable(&path, &error))?;
            if about.is_dir() {
                if depth == DEPTH_MAX {
                    return Err(Refusal::Path {
                        path: shown(relative),
                        why: "it goes too deep",
                    });
                }
                folders.push((path, depth + 1));
            } else if about.is_file() {
                let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let file = rustix::fs::open(&path, flags, Mode::empty())
                    .map_err(|error| Refusal::unreadable(&path, &error.into()))?;
                let executable = about.permissions().mode() & 0o100 != 0;
                gather.file(name, executable, fs::File::from(file), |error| {
                    Refusal::unreadable(&path, &error)
                })?;
            } else {
                return Err(Refusal::NotAFile {
                    path: shown(relative),
                    what: if about.is_symlink() {
                        "a link"
                    } else {
                        "a device, a pipe or a socket"
                    },
                });
            }
        }
    }
    Ok(gather)
}
