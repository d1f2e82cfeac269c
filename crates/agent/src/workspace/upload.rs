//! Writing a file so that it is there whole, or not at all.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};

use drydock_protocol::agent::FILE_MAX;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use tokio::io::AsyncWriteExt as _;

use super::beneath;
use super::path::RelPath;
use crate::error::Error;

/// What unfinished files are called: a dot, so that nobody sees them, and a number. The watch leaves them out.
pub(super) const TEMPORARY_PREFIX: &str = ".drydock-upload-";

/// A file that is being written. It replaces the one of that name when it is committed; dropped, it leaves nothing.
#[derive(Debug)]
pub struct Upload {
    path: RelPath,
    folder: OwnedFd,
    file: tokio::fs::File,
    written: u64,
    temporary: Option<String>,
}

impl Upload {
    pub(super) fn begin(root: &OwnedFd, path: RelPath, mode: Option<u16>) -> Result<Self, Error> {
        let Some((parent, name)) = path.split() else {
            return Err(Error::WrongKind {
                path: path.to_string(),
                why: "is the workspace itself",
            });
        };
        let folder = beneath::open_or_make_folder(root, &parent)?;
        let kept_mode = match rustix::fs::statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => return Err(path.failed("write", Errno::ISDIR)),
                FileType::RegularFile => Some(Mode::from_raw_mode(stat.st_mode & 0o777)),
                // A link, a pipe: the new file takes its place.
                _ => None,
            },
            Err(Errno::NOENT) => None,
            Err(source) => return Err(path.failed("write", source)),
        };
        let (temporary, file) = create_temporary(&folder).map_err(|source| path.failed("write", source))?;
        let upload = Self {
            path,
            folder,
            written: 0,
            temporary: Some(temporary),
            file: File::from(file).into(),
        };
        let mode = mode
            .map(|mode| Mode::from_raw_mode(u32::from(mode) & 0o777))
            .or(kept_mode);
        if let Some(mode) = mode {
            rustix::fs::fchmod(&upload.file, mode).map_err(|source| upload.path.failed("write", source))?;
        }
        Ok(upload)
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    /// If the file becomes too large, or if the disk is full.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.written += bytes.len() as u64;
        if self.written > FILE_MAX {
            return Err(Error::TooLarge {
                path: self.path.to_string(),
                limit: FILE_MAX,
            });
        }
        self.file
            .write_all(bytes)
            .await
            .map_err(|source| Error::io(format!("write `{}`", self.path), source))
    }

    /// Puts the file in its place. The path that it then has.
    ///
    /// # Errors
    /// If the last bytes cannot be written, or if its place has become a folder meanwhile.
    pub async fn commit(mut self) -> Result<RelPath, Error> {
        self.file
            .flush()
            .await
            .map_err(|source| Error::io(format!("write `{}`", self.path), source))?;
        if let (Some(temporary), Some((_, name))) = (&self.temporary, self.path.split()) {
            rustix::fs::renameat(&self.folder, temporary, &self.folder, name)
                .map_err(|source| self.path.failed("write", source))?;
            self.temporary = None;
        }
        Ok(self.path.clone())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            // If it cannot be removed, it can be seen, and the learner can.
            let _ = rustix::fs::unlinkat(&self.folder, &temporary, AtFlags::empty());
        }
    }
}

fn create_temporary(folder: &OwnedFd) -> Result<(String, OwnedFd), Errno> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    loop {
        let name = format!("{TEMPORARY_PREFIX}{}", NEXT.fetch_add(1, Ordering::Relaxed));
        match rustix::fs::openat(folder, &name, flags, Mode::from_raw_mode(0o666)) {
            Ok(file) => return Ok((name, file)),
            // Left behind by an agent that was killed.
            Err(Errno::EXIST) => rustix::fs::unlinkat(folder, &name, AtFlags::empty())?,
            Err(source) => return Err(source),
        }
    }
}
