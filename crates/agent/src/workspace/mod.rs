//! The learner's files: everything beneath their home folder, and nothing outside it.
//!
//! The agent runs as the learner, who can read and write all this anyway. The bounds are there so that a path that
//! comes from a page or a lesson means what it says, also when a link lies in its way.

mod beneath;
mod entry;
mod path;
mod rename;
mod tree;
mod upload;
pub mod watch;

use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

use drydock_protocol::agent::FILE_MAX;
use drydock_protocol::api::Listing;
use rustix::fs::{FileType, Mode, OFlags};

pub use self::path::RelPath;
pub use self::upload::Upload;

use crate::error::Error;

/// A folder whose files are served.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: Arc<PathBuf>,
}

/// What is at a path.
#[derive(Debug)]
pub enum Found {
    /// A folder, and what is in it.
    Folder(Listing),
    /// A regular file, open for reading, and its size in bytes.
    File(File, u64),
}

impl Workspace {
    /// The workspace in that folder.
    ///
    /// # Errors
    /// If it is not a folder that can be opened.
    pub fn open(root: PathBuf) -> Result<Self, Error> {
        let workspace = Self { root: Arc::new(root) };
        workspace.root()?;
        Ok(workspace)
    }

    /// What is at `path`: a folder's listing, or a file to read whole.
    ///
    /// # Errors
    /// As [`Workspace::find`], and if it is too large.
    pub async fn read(&self, path: RelPath) -> Result<Found, Error> {
        let name = path.to_string();
        match self.find(path).await? {
            Found::File(_, size) if size > FILE_MAX => Err(Error::TooLarge {
                path: name,
                limit: FILE_MAX,
            }),
            found => Ok(found),
        }
    }

    /// What is at `path`: a folder's listing, or a file of any size.
    ///
    /// # Errors
    /// If there is nothing, if it is neither a folder nor a regular file, or if a link leads outside.
    pub async fn find(&self, path: RelPath) -> Result<Found, Error> {
        self.blocking(move |root| {
            // Not to hang on a named pipe that nobody writes to, nor to take a terminal over.
            let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
            let fd = beneath::open(&root, &path, flags, Mode::empty())?;
            let stat = rustix::fs::fstat(&fd).map_err(|source| path.failed("read", source))?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => Ok(Found::Folder(entry::list(&fd, &path)?)),
                FileType::RegularFile => {
                    let size = u64::try_from(stat.st_size).unwrap_or(0);
                    Ok(Found::File(File::from(fd), size))
                }
                _ => Err(Error::WrongKind {
                    path: path.to_string(),
                    why: "is neither a file nor a folder",
                }),
            }
        })
        .await
    }

    /// Begins to write a file; folders on the way are made. It is there, whole, when the upload is committed.
    ///
    /// # Errors
    /// If the folder cannot be written to, or if something that is not a file is in the way.
    pub async fn write(&self, path: RelPath, mode: Option<u16>) -> Result<Upload, Error> {
        self.blocking(move |root| Upload::begin(&root, path, mode)).await
    }

    /// Removes a file, or a folder with all that is in it. A link is removed, not what it points to.
    ///
    /// # Errors
    /// If there is nothing, or if it is the workspace itself.
    pub async fn remove(&self, path: RelPath) -> Result<(), Error> {
        self.blocking(move |root| tree::remove(&root, &path)).await
    }

    /// Gives a file or folder another path; folders on the way are made, and nothing is written over.
    ///
    /// # Errors
    /// If there is nothing, if something is at `to` already, or if a folder would come to be in itself.
    pub async fn rename(&self, from: RelPath, to: RelPath) -> Result<(), Error> {
        self.blocking(move |root| rename::rename(&root, &from, &to)).await
    }

    fn root(&self) -> Result<OwnedFd, Error> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(self.root.as_path(), flags, Mode::empty())
            .map_err(|source| Error::io(format!("open the workspace {}", self.root.display()), source))
    }

    /// Runs `work` where it may block, with the workspace's folder.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(OwnedFd) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let root = self.root()?;
        tokio::task::spawn_blocking(move || work(root))
            .await
            .unwrap_or_else(|stopped| Err(Error::io("work on files", std::io::Error::other(stopped))))
    }
}
