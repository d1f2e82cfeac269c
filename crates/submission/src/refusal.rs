//! Why a submission is not taken.

use std::io;
use std::path::Path;

use thiserror::Error;

/// Why a submission is not taken. For its student's teacher to read, and perhaps the student.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing is in it.
    #[error("there is nothing in it: hand in files, or commands in a `commands.sh`")]
    Empty,
    /// Neither a folder nor an archive of a kind that is read.
    #[error("it is neither a folder nor an archive: hand in a folder, a tar, a tar.gz or a zip")]
    NoArchive,
    /// It looks like an archive and is broken.
    #[error("the archive cannot be read ({why}): make it anew")]
    Broken {
        /// What the reader said.
        why: String,
    },
    /// It cannot be opened.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// Which file or folder.
        path: String,
        /// What the system said.
        why: String,
    },
    /// A path that leads up, out, or nowhere.
    #[error("`{path}` is not a path that can be taken: {why}")]
    Path {
        /// As far as it can be shown.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Something that is no file and no folder.
    #[error("`{path}` is {what}: hand in the file itself")]
    NotAFile {
        /// Where it stands.
        path: String,
        /// A link, a device …
        what: &'static str,
    },
    /// The same path twice.
    #[error("`{path}` is in it twice")]
    Twice {
        /// Which.
        path: String,
    },
    /// More than is taken.
    #[error("{what} is larger than {limit_mib} MiB")]
    TooLarge {
        /// The archive, a file, all files together.
        what: &'static str,
        /// In MiB.
        limit_mib: u64,
    },
    /// More files and folders than are taken.
    #[error("there are more than {limit} files and folders in it: leave out what can be fetched or built")]
    TooMany {
        /// How many are taken.
        limit: usize,
    },
    /// Commands that are no text, or too many.
    #[error("`commands.sh` {why}")]
    Commands {
        /// What is wrong with it.
        why: &'static str,
    },
}

impl Refusal {
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable {
            path: path.display().to_string(),
            why: error.to_string(),
        }
    }
}
