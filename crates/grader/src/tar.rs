//! Tar archives, looked through where they lie: nothing is unpacked, and what is in their files is skipped.
//!
//! What is read belongs to a learner: it may lie about sizes, never end, or be anything else. Reading goes forward only, a block
//! at the least each time, and has bounds for entries, names, bytes and time.

mod header;
mod layers;
mod reader;
mod saved;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::header::{Block, Header, Records};
pub use self::layers::{LayerError, layer_files};
pub(crate) use self::reader::{Reader, Source};
use self::reader::{Stop, Stopped};
use crate::error::FactError;
use crate::facts::{ArchiveFact, ArchivedImage, TarEnd, TarFact};

/// Entries that are looked at.
const ENTRIES_MAX: usize = 20_000;
/// Bytes of a long name, and of the records that a header may have before it.
const NAME_MAX: u64 = 4 * 1_024;
const RECORDS_MAX: u64 = 64 * 1_024;
/// Bytes of a file that says which images there are.
const LIST_MAX: u64 = 1_024 * 1_024;
/// Times that one is read: the last of a name counts, as when a tar is unpacked.
const LISTS_MAX: usize = 8;
/// Names at the top that are kept.
const TOP_MAX: usize = 64;
/// Blocks of a sparse file's map.
const SPARSE_MAX: usize = 1_000;

/// The file that Docker puts into every container, and so the first thing in what `docker export` writes.
const MARK: &str = ".dockerenv";
/// The folders that it makes in every container.
const ROOTS: [&str; 4] = ["dev", "etc", "proc", "sys"];

/// Looks an archive through.
pub(crate) async fn look(source: &impl Source) -> Result<ArchiveFact, FactError> {
    let mut reader = match Reader::open(source).await? {
        Ok(reader) => reader,
        Err(fact) => return Ok(fact),
    };
    let mut found = Found::default();
    let end = match walk(&mut reader, &mut found).await {
        Ok(end) => end,
        Err(Stop::Spent) => Some(TarEnd::More),
        Err(Stop::Gone) => Some(TarEnd::Cut),
        Err(Stop::Failed(error)) => return Err(error),
    };
    Ok(end.map_or_else(|| kind_of(reader.beginning()), |end| found.fact(end)))
}

/// What a file is that does not begin as a tar does.
fn kind_of(beginning: &[u8]) -> ArchiveFact {
    const MAGIC: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", "gzip"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"PK\x03\x04", "zip"),
    ];
    let known = MAGIC.iter().find(|(magic, _)| beginning.starts_with(magic));
    known.map_or(ArchiveFact::Other, |(_, name)| ArchiveFact::Compressed(name))
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    top: BTreeSet<String>,
    roots: [bool; ROOTS.len()],
    mark: bool,
    manifest: Option<Vec<ArchivedImage>>,
    index: Option<Vec<ArchivedImage>>,
}

impl Found {
    /// Notes an entry's name. True when nothing more has to be known.
    fn note(&mut self, name: &str) -> bool {
        let top = name.split('/').next().unwrap_or_default();
        if self.top.len() < TOP_MAX && !self.top.contains(top) {
            self.top.insert(top.chars().take(255).collect());
        }
        for (is_there, root) in self.roots.iter_mut().zip(ROOTS) {
            *is_there |= top == root;
        }
        self.mark |= name == MARK;
        self.is_filesystem()
    }

    fn is_filesystem(&self) -> bool {
        self.mark || self.roots.iter().all(|is_there| *is_there)
    }

    fn fact(self, end: TarEnd) -> ArchiveFact {
        let is_filesystem = self.is_filesystem();
        let is_image = !is_filesystem && (self.manifest.is_some() || self.index.is_some());
        let lists = [self.manifest, self.index].into_iter().flatten();
        ArchiveFact::Tar(TarFact {
            images: if is_image {
                lists.flatten().collect()
            } else {
                Vec::new()
            },
            is_image,
            is_filesystem,
            top: self.top.into_iter().collect(),
            end,
        })
    }
}

/// Goes from header to header. None: it is no tar.
async fn walk(reader: &mut Reader<'_, impl Source>, found: &mut Found) -> Stopped<Option<TarEnd>> {
    let mut at = 0_u64;
    let mut records = Records::default();
    let mut lists = 0;
    for entry in 0..ENTRIES_MAX {
        let Some(block) = reader.block(at).await? else {
            // Without the two empty blocks at its end, it is still read by everybody.
            return Ok(if entry == 0 {
                None
            } else if at == reader.size() {
                Some(TarEnd::Whole)
            } else {
                Some(TarEnd::Cut)
            });
        };
        let header = match header::read(&block) {
            Block::Entry(header) => header,
            Block::End if entry > 0 => return Ok(Some(TarEnd::Whole)),
            // Nothing but zeros: a tar with nothing in it, or none.
            Block::End => return Ok(Some(TarEnd::Whole).filter(|_| reader.size() >= 2 * header::BLOCK)),
            Block::Nonsense if entry > 0 => return Ok(Some(TarEnd::Cut)),
            Block::Nonsense => return Ok(None),
        };
        let body = at + header::BLOCK + header::BLOCK * sparse(reader, at, &header).await?;
        let size = if header.has_body() {
            records.size.unwrap_or(header.size)
        } else {
            0
        };
        let Some(next) = body.checked_add(size).filter(|end| *end <= reader.size()) else {
            return Ok(Some(TarEnd::Cut));
        };
        match header.kind {
            b'L' => records.name = Some(reader.body(body, size.min(NAME_MAX)).await?),
            b'x' => records.read(&reader.body(body, size.min(RECORDS_MAX)).await?),
            b'K' | b'g' => {}
            _ => {
                let name = header.path(std::mem::take(&mut records));
                if !name.is_empty() && found.note(&name) {
                    return Ok(Some(TarEnd::Whole));
                }
                let list = match name.as_str() {
                    "manifest.json" => Some(&mut found.manifest),
                    "index.json" => Some(&mut found.index),
                    _ => None,
                };
                if let Some(list) = list
                    && header.is_file()
                    && size <= LIST_MAX
                    && lists < LISTS_MAX
                {
                    lists += 1;
                    *list = saved::read(&name, &reader.body(body, size).await?);
                }
            }
        }
        at = next.div_ceil(header::BLOCK).saturating_mul(header::BLOCK);
    }
    Ok(Some(TarEnd::More))
}

/// How many blocks of a map come after the header of a sparse file in GNU's old way.
async fn sparse(reader: &mut Reader<'_, impl Source>, at: u64, header: &Header) -> Stopped<u64> {
    let mut more = header.kind == b'S' && header.goes_on;
    let mut count = 0;
    while more {
        count += 1;
        let block = reader.block(at + header::BLOCK * count).await?;
        more = block.is_some_and(|block| block[504] == 1) && count < SPARSE_MAX as u64;
    }
    Ok(count)
}
