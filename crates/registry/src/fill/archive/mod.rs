//! An archive of images: read where it lies, never unpacked. What is in it is somebody's claim.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tar::EntryType;

use crate::Error;

/// The most files in an archive: a large classroom has a few hundred.
const ENTRIES_MAX: usize = 20_000;
/// The longest name of a file in it.
const NAME_MAX: usize = 512;
/// The largest header that names or describes the next file, in bytes.
const EXTENSION_MAX: u64 = 64 * 1024;
/// The largest file in it that is read into memory: a manifest, a configuration.
const SMALL_MAX: u64 = 4 * 1024 * 1024;

/// An archive that has been looked through.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    path: PathBuf,
    file: Arc<File>,
    spans: Arc<HashMap<String, Span>>,
}

/// Where the bytes of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    offset: u64,
    size: u64,
}

impl Archive {
    /// Looks through an archive. One with anything in it that does not belong into an archive of images is refused.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        let looking = tokio::task::spawn_blocking(move || Self::look_through(path));
        looking.await.unwrap_or_else(|error| {
            Err(Error::File {
                path: PathBuf::new(),
                why: io::Error::other(error),
            })
        })
    }

    fn look_through(path: PathBuf) -> Result<Self, Error> {
        let failed = |why| Error::File {
            path: path.clone(),
            why,
        };
        let mut file = File::open(&path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        let spans = if about.is_file() {
            plain(&mut file).and_then(|()| spans(&mut file, about.len()))
        } else {
            Err("it is not a file".to_owned())
        };
        match spans {
            Ok(spans) => Ok(Self {
                path,
                file: Arc::new(file),
                spans: Arc::new(spans),
            }),
            Err(why) => Err(Error::Archive { path, why }),
        }
    }

    /// Says that it cannot be used.
    pub(crate) fn wrong(&self, why: impl Into<String>) -> Error {
        Error::Archive {
            path: self.path.clone(),
            why: why.into(),
        }
    }

    /// The size of a file in it.
    pub(crate) fn size(&self, name: &str) -> Option<u64> {
        self.spans.get(plain_name(name)).map(|span| span.size)
    }

    /// Reads a small file.
    pub(crate) async fn read(&self, name: &str) -> Result<Bytes, Error> {
        let mut reader = self.reader(name)?;
        if reader.span.size > SMALL_MAX {
            return Err(self.wrong(format!("{name} in it is larger than {} MiB", SMALL_MAX >> 20)));
        }
        let reading = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map(|_| bytes)
        });
        let read = reading.await.map_err(io::Error::other).and_then(|read| read);
        read.map(Bytes::from).map_err(|why| Error::File {
            path: self.path.clone(),
            why,
        })
    }

    /// Reads a small file of JSON.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        serde_json::from_slice(&self.read(name).await?)
            .map_err(|error| self.wrong(format!("{name} in it is not what it should be: {error}")))
    }

    /// Reads a file of any size, at whatever pace.
    pub(crate) fn reader(&self, name: &str) -> Result<Reader, Error> {
        let span = self
            .spans
            .get(plain_name(name))
            .ok_or_else(|| self.wrong(format!("it lacks {name}")))?;
        Ok(Reader {
            file: Arc::clone(&self.file),
            span: *span,
        })
    }
}

/// Reads what is left of a file in an archive.
#[derive(Debug)]
pub(crate) struct Reader {
    file: Arc<File>,
    span: Span,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer
            .len()
            .min(usize::try_from(self.span.size).unwrap_or(usize::MAX));
        let read = self.file.read_at(&mut buffer[..most], self.span.offset)?;
        if read == 0 && most > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.span.offset += read as u64;
        self.span.size -= read as u64;
        Ok(read)
    }
}

fn plain_name(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

/// Refuses what is compressed: its parts cannot be found without unpacking it.
fn plain(file: &mut File) -> Result<(), String> {
    let mut magic = [0; 2];
    let read = file.read(&mut magic).map_err(|error| error.to_string())?;
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    match &magic[..read] {
        [0x1f, 0x8b] => Err("it is compressed: unpack it with gunzip first".to_owned()),
        [] => Err("it is empty".to_owned()),
        _ => Ok(()),
    }
}

fn spans(file: &mut File, length: u64) -> Result<HashMap<String, Span>, String> {
    let not_tar = |error: io::Error| format!("it is not a tar archive, or damaged: {error}");
    // First without following what headers say about the next one: a long name is read into memory.
    let mut archive = tar::Archive::new(&mut *file);
    let entries = archive.entries_with_seek().map_err(not_tar)?.raw(true);
    for (count, entry) in entries.enumerate() {
        let entry = entry.map_err(not_tar)?;
        if count > 2 * ENTRIES_MAX {
            return Err(format!("it has more than {ENTRIES_MAX} files"));
        }
        let kind = entry.header().entry_type();
        let describes = kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions()
            || kind.is_gnu_longname()
            || kind.is_gnu_longlink();
        if describes && entry.size() > EXTENSION_MAX {
            return Err("one of its headers is larger than any name".to_owned());
        }
        let end = entry.raw_file_position().checked_add(entry.size());
        if end.is_none_or(|end| end > length) {
            return Err("its end is missing".to_owned());
        }
    }
    file.seek(SeekFrom::Start(0)).map_err(not_tar)?;
    let mut archive = tar::Archive::new(&mut *file);
    let mut spans = HashMap::new();
    let mut links = Vec::new();
    for entry in archive.entries_with_seek().map_err(not_tar)? {
        let entry = entry.map_err(not_tar)?;
        let path = entry.path_bytes();
        let name = checked_name(&path)?;
        match entry.header().entry_type() {
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            EntryType::Regular => {}
            EntryType::Symlink => {
                let target = entry.link_name_bytes().unwrap_or_default();
                links.push((name.to_owned(), layer_link(&target, name)?));
                continue;
            }
            kind => {
                return Err(format!("{name} in it is neither a file nor a folder ({kind:?})"));
            }
        }
        let span = Span {
            offset: entry.raw_file_position(),
            size: entry.size(),
        };
        if span.offset.checked_add(span.size).is_none_or(|end| end > length) {
            return Err("its end is missing".to_owned());
        }
        if spans.insert(name.to_owned(), span).is_some() {
            return Err(format!("it has {name} twice"));
        }
        if spans.len() > ENTRIES_MAX {
            return Err(format!("it has more than {ENTRIES_MAX} files"));
        }
    }
    for (name, target) in links {
        let span = *spans
            .get(&target)
            .ok_or_else(|| format!("{name} in it is a link to {target}, which it lacks"))?;
        if spans.insert(name.clone(), span).is_some() {
            return Err(format!("it has {name} twice"));
        }
    }
    Ok(spans)
}

/// The name of a file, without the `./` that some archives have before each.
fn checked_name(bytes: &[u8]) -> Result<&str, String> {
    let shown = || String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned();
    let name = std::str::from_utf8(bytes).map_err(|_| format!("{:?} in it is no name", shown()))?;
    let name = plain_name(name);
    if name.len() > NAME_MAX {
        return Err(format!("{:?}… in it is too long a name", shown()));
    }
    if name.starts_with('/') || name.contains('\0') || name.split('/').any(|part| part == "..") {
        return Err(format!("{:?} in it leads out of it", shown()));
    }
    Ok(name)
}

/// The one kind of link that is followed, and only within the table of names: older engines save a layer that several
/// images share once, and as `../ID/layer.tar` for the others.
fn layer_link(target: &[u8], name: &str) -> Result<String, String> {
    std::str::from_utf8(target)
        .ok()
        .and_then(|target| target.strip_prefix("../"))
        .filter(|rest| {
            name.ends_with("/layer.tar")
                && rest
                    .strip_suffix("/layer.tar")
                    .is_some_and(|id| id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        })
        .map(str::to_owned)
        .ok_or_else(|| format!("{name} in it is a link"))
}

#[cfg(test)]
mod tests;
