//! A submission in an archive, read from its bytes.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;
use tar::EntryType;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::Refusal;
use crate::gather::{Gather, shown};
use crate::limits::{ENTRIES_MAX, OVERHEAD_MAX_BYTES, TOTAL_MAX_BYTES};

/// What archives begin with.
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Where a tar says that it is one.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

/// The kinds of things that a mode of Unix tells.
const MODE_KIND: u32 = 0o170_000;
const MODE_FILE: u32 = 0o100_000;
const MODE_FOLDER: u32 = 0o040_000;
const MODE_LINK: u32 = 0o120_000;

/// Takes in everything in an archive.
pub(crate) fn read(bytes: &[u8]) -> Result<Gather, Refusal> {
    if ZIP.iter().any(|magic| bytes.starts_with(magic)) {
        zip(bytes)
    } else if bytes.starts_with(GZIP) {
        tar(MultiGzDecoder::new(bytes))
    } else if bytes.get(TAR_MAGIC) == Some(b"ustar") || is_blank(bytes) {
        tar(bytes)
    } else if bytes.is_empty() {
        Err(Refusal::Empty)
    } else {
        Err(Refusal::NoArchive)
    }
}

/// A tar that holds nothing is blocks of zeros.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.len() >= 1024 && bytes.iter().all(|byte| *byte == 0)
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Refusal {
    // The bound that we have put around it is told as what it is.
    let mut cause = Some(error);
    while let Some(at) = cause {
        if let Some(error) = at.downcast_ref::<io::Error>()
            && let Some(inner) = error.get_ref()
            && inner.is::<Overflow>()
        {
            return too_much();
        }
        cause = at.source();
    }
    Refusal::Broken {
        why: shown(error.to_string().as_bytes()),
    }
}

fn too_much() -> Refusal {
    Refusal::TooLarge {
        what: "all of it together",
        limit_mib: TOTAL_MAX_BYTES >> 20,
    }
}

/// A reader that breaks where an archive unpacks to more than is taken.
struct Bounded<R> {
    inner: R,
    left: u64,
}

/// More came out of an archive than may be in one.
#[derive(Debug, thiserror::Error)]
#[error("it unpacks to more than is taken")]
struct Overflow;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other(Overflow))?;
        Ok(read)
    }
}

fn tar(from: impl Read) -> Result<Gather, Refusal> {
    let bounded = Bounded {
        inner: from,
        left: TOTAL_MAX_BYTES + OVERHEAD_MAX_BYTES,
    };
    let mut archive = tar::Archive::new(bounded);
    let mut gather = Gather::default();
    for entry in archive.entries().map_err(|error| broken(&error))? {
        let entry = entry.map_err(|error| broken(&error))?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader) {
            continue;
        }
        let path = entry.path_bytes().into_owned();
        let Some(name) = gather.enter(&path)? else {
            continue;
        };
        match kind {
            EntryType::Directory => {}
            EntryType::Regular | EntryType::Continuous => {
                let executable = entry.header().mode().is_ok_and(|mode| mode & 0o100 != 0);
                gather.file(name, executable, entry, |error| broken(&error))?;
            }
            other => {
                return Err(Refusal::NotAFile {
                    path: shown(&path),
                    what: match other {
                        EntryType::Symlink | EntryType::Link => "a link",
                        EntryType::GNUSparse => "a file with holes",
                        _ => "a device, a pipe or something else that is no file",
                    },
                });
            }
        }
    }
    Ok(gather)
}

fn zip(bytes: &[u8]) -> Result<Gather, Refusal> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > ENTRIES_MAX {
        return Err(Refusal::TooMany { limit: ENTRIES_MAX });
    }
    let mut gather = Gather::default();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(why) => Refusal::Broken { why: why.to_owned() },
            error => broken(&error),
        })?;
        let path = entry.name_raw().to_owned();
        let Some(name) = gather.enter(&path)? else {
            continue;
        };
        let mode = entry.unix_mode();
        // Where nothing of Unix is said, a name that ends with a slash is a folder's.
        match mode.map(|mode| mode & MODE_KIND) {
            Some(MODE_LINK) => {
                return Err(Refusal::NotAFile {
                    path: shown(&path),
                    what: "a link",
                });
            }
            Some(MODE_FOLDER) => {}
            None | Some(0 | MODE_FILE) if path.ends_with(b"/") => {}
            None | Some(0 | MODE_FILE) => {
                let executable = mode.is_some_and(|mode| mode & 0o100 != 0);
                gather.file(name, executable, entry, |error| broken(&error))?;
            }
            Some(_) => {
                return Err(Refusal::NotAFile {
                    path: shown(&path),
                    what: "a device, a pipe or something else that is no file",
                });
            }
        }
    }
    Ok(gather)
}
