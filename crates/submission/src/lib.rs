//! What a student hands in: a folder, or an archive (tar, tar.gz, zip).
//!
//! Students are strangers. So a submission is read into memory within bounds ([`limits`]) and never unpacked anywhere: no path in
//! it is ever opened on this machine, links are not followed, and what would not fit costs no more than a refusal. What is in it is
//! nobody's concern here.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on stops"))]

mod archive;
mod folder;
mod gather;
mod keep;
pub mod limits;
mod refusal;
mod student;

use std::io::Read as _;
use std::path::Path;

pub use refusal::Refusal;
pub use student::student_of;

/// The file with the commands that are to be run.
pub const COMMANDS: &str = "commands.sh";

/// What a student handed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The text of [`COMMANDS`], if there is one.
    pub commands: Option<String>,
    /// In place of a text: commands one by one, as they were typed into a terminal.
    pub typed: Vec<String>,
    /// All other files, by path. No two have the same.
    pub files: Vec<SubmittedFile>,
}

/// A file of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmittedFile {
    /// Relative, with `/` between its parts; never leads up or out.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it can be executed.
    pub executable: bool,
}

impl Submission {
    /// Reads a folder or an archive.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let name = student_of(path);
        // What is named may be a link: whoever names it is no student.
        let about = std::fs::metadata(path).map_err(|error| Refusal::unreadable(path, &error))?;
        if about.is_dir() {
            return folder::read(path)?.finish(&name);
        }
        if !about.is_file() {
            return Err(Refusal::NoArchive);
        }
        let file = std::fs::File::open(path).map_err(|error| Refusal::unreadable(path, &error))?;
        let mut bytes = Vec::new();
        file.take(limits::ARCHIVE_MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Refusal::unreadable(path, &error))?;
        Self::from_archive(&bytes, &name)
    }

    /// Reads an archive. What kind it is, its first bytes say. A folder of the student's name around everything is taken off.
    pub fn from_archive(bytes: &[u8], student: &str) -> Result<Self, Refusal> {
        if bytes.len() as u64 > limits::ARCHIVE_MAX_BYTES {
            return Err(Refusal::TooLarge {
                what: "the archive",
                limit_mib: limits::ARCHIVE_MAX_BYTES >> 20,
            });
        }
        archive::read(bytes)?.finish(student)
    }
}
