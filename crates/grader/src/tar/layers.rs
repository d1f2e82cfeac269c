//! What a layer of an image adds, changes and removes, read from the engine's archive of the image as it comes.
//!
//! The archive is what `docker save` writes: an entry `blobs/sha256/DIGEST` for each layer, a tar again. They come in any order,
//! so the names of the wanted layer and of those below it are noted, nothing of their contents, and compared at the end.
//! How a layer says that something is gone is in the image specification:
//! <https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts>.

use std::collections::{BTreeMap, HashMap};
use std::io;

use drydock_protocol::workbench::{FileChange, LayerFile, LayerFiles, LayerTotals};
use tokio::io::{AsyncRead, AsyncReadExt, BufReader, Take};

use super::header::{self, BLOCK_LEN, Block, Records};
use super::{NAME_MAX, RECORDS_MAX, SPARSE_MAX};

/// Entries of all layers together that are noted.
const ENTRIES_MAX: usize = 200_000;
/// Bytes of their names.
const NAMES_MAX: usize = 32 * 1024 * 1024;
/// Files that are told of; what comes after them is counted.
const FILES_MAX: usize = 500;
/// What a name in a layer begins with where something below is gone.
const GONE: &str = ".wh.";
/// The name that stands for all that is below in its folder.
const ALL_GONE: &str = ".wh..wh..opq";

/// Why a layer cannot be told of.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// More than is noted.
    #[error("The layers hold more than {ENTRIES_MAX} files, which is more than can be looked through here.")]
    TooMany,
    /// The archive ended before all layers had come.
    #[error("The engine's archive of this image has ended before the layer came. Was the image removed?")]
    Incomplete,
    /// The archive, or a layer in it, is no tar; or the engine stopped sending it.
    #[error("The engine's archive of this image cannot be read: {0}")]
    Broken(#[from] io::Error),
}

/// Reads what the last layer of a stack does to those below it. `stack` holds digests as in the image's `RootFS.Layers`, from the
/// bottom up. Reading ends as soon as all of them have come.
///
/// # Errors
///
/// [`LayerError`], when the archive ends early, is none, or holds more than is noted.
pub async fn layer_files(
    archive: impl AsyncRead + Unpin,
    stack: &[String],
) -> Result<LayerFiles, LayerError> {
    let digests: Vec<String> = stack.iter().map(|digest| hex(digest).to_owned()).collect();
    let mut layers: HashMap<String, Option<Vec<Item>>> =
        digests.iter().map(|digest| (digest.clone(), None)).collect();
    let mut room = Room::default();
    let mut blobs = Entries::new(BufReader::new(archive));
    while layers.values().any(Option::is_none) {
        let entry = blobs.next().await?.ok_or(LayerError::Incomplete)?;
        let digest = entry.name.strip_prefix("blobs/sha256/").unwrap_or_default();
        if let Some(items @ None) = layers.get_mut(digest) {
            *items = Some(list(&mut blobs.from, &mut room).await?);
            // A layer that breaks off looks like one that ends.
            blobs.skip(blobs.from.limit()).await?;
        }
    }
    // Up to a second of work, away from what serves others.
    let told = tokio::task::spawn_blocking(move || {
        let items = |digest: &String| layers.get(digest).and_then(Option::as_deref).unwrap_or_default();
        let (top, below) = digests.split_last()?;
        let mut seen = Seen::new();
        for layer in below {
            lay(&mut seen, items(layer));
        }
        Some(compare(seen, items(top)))
    });
    let told = told.await.map_err(io::Error::other)?;
    Ok(told.unwrap_or_default())
}

/// A digest without the name of its function in front.
fn hex(digest: &str) -> &str {
    digest.split_once(':').map_or(digest, |(_, hex)| hex)
}

/// An entry of a layer.
struct Item {
    path: String,
    size: u64,
    is_folder: bool,
}

/// How much may still be noted.
struct Room {
    entries: usize,
    names: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            entries: ENTRIES_MAX,
            names: NAMES_MAX,
        }
    }
}

async fn list(layer: &mut (impl AsyncRead + Unpin), room: &mut Room) -> Result<Vec<Item>, LayerError> {
    let mut entries = Entries::new(layer);
    let mut items = Vec::new();
    while let Some(entry) = entries.next().await? {
        if entry.name.is_empty() {
            continue;
        }
        room.entries = room.entries.checked_sub(1).ok_or(LayerError::TooMany)?;
        room.names = room
            .names
            .checked_sub(entry.name.len())
            .ok_or(LayerError::TooMany)?;
        items.push(Item {
            path: entry.name,
            size: entry.size,
            is_folder: entry.is_folder,
        });
    }
    Ok(items)
}

/// What a container would see, by path: bytes, and none for a folder.
type Seen = BTreeMap<String, Option<u64>>;

/// What an item says is gone: one path and what is below it, or only what is below it.
fn gone(path: &str) -> Option<(String, bool)> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    if name == ALL_GONE {
        return Some((folder.to_owned(), false));
    }
    let name = name.strip_prefix(GONE)?;
    let whole = match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    Some((whole, true))
}

/// The paths below a folder. Of the top, all.
fn below<'a>(seen: &'a Seen, folder: &str) -> impl Iterator<Item = (&'a String, &'a Option<u64>)> {
    let prefix = if folder.is_empty() {
        String::new()
    } else {
        format!("{folder}/")
    };
    seen.range(prefix.clone()..)
        .take_while(move |(path, _)| path.starts_with(&prefix))
}

/// Takes away what an item says is gone, each path once: a layer may say so as often as it likes.
fn take(seen: &mut Seen, path: &str, itself: bool) -> Vec<(String, Option<u64>)> {
    let mut paths: Vec<String> = below(seen, path).map(|(path, _)| path.clone()).collect();
    paths.extend(itself.then(|| path.to_owned()));
    paths
        .into_iter()
        .filter_map(|path| seen.remove_entry(&path))
        .collect()
}

/// Puts a layer on top of what is seen.
fn lay(seen: &mut Seen, layer: &[Item]) {
    for (path, itself) in layer.iter().filter_map(|item| gone(&item.path)) {
        take(seen, &path, itself);
    }
    for item in layer.iter().filter(|item| gone(&item.path).is_none()) {
        seen.insert(item.path.clone(), (!item.is_folder).then_some(item.size));
    }
}

/// What a layer does to what is seen below it. Folders are on the way to everything: they are told of when they are new and
/// nothing is in them.
fn compare(mut seen: Seen, layer: &[Item]) -> LayerFiles {
    let mut files = Vec::new();
    let mut named: Vec<&str> = layer.iter().map(|item| item.path.as_str()).collect();
    named.sort_unstable();
    let is_named = |path: &str| named.binary_search(&path).is_ok();
    let is_empty = |folder: &str| {
        let prefix = format!("{folder}/");
        let next = named.partition_point(|path| *path < prefix.as_str());
        named.get(next).is_none_or(|path| !path.starts_with(&prefix))
    };
    for item in layer.iter().filter(|item| gone(&item.path).is_none()) {
        let change = match seen.get(&item.path) {
            None if item.is_folder && !is_empty(&item.path) => continue,
            Some(_) if item.is_folder => continue,
            None => FileChange::Added,
            Some(_) => FileChange::Changed,
        };
        files.push((item.path.clone(), change, item.size));
    }
    for (path, itself) in layer.iter().filter_map(|item| gone(&item.path)) {
        let taken = take(&mut seen, &path, itself);
        let lost = taken.into_iter().filter(|(path, _)| !is_named(path));
        if itself {
            // A folder that is gone is one thing that is gone.
            let sizes: Vec<u64> = lost.map(|(_, size)| size.unwrap_or(0)).collect();
            if !sizes.is_empty() {
                files.push((path, FileChange::Removed, sizes.iter().sum()));
            }
        } else {
            files.extend(lost.filter_map(|(path, size)| Some((path, FileChange::Removed, size?))));
        }
    }
    let mut totals = LayerTotals::default();
    for (_, change, size) in &files {
        let total = match change {
            FileChange::Added => &mut totals.added,
            FileChange::Changed => &mut totals.changed,
            FileChange::Removed => &mut totals.removed,
        };
        total.files += 1;
        total.bytes = total.bytes.saturating_add(*size);
    }
    files.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| one.0.cmp(&other.0)));
    files.truncate(FILES_MAX);
    LayerFiles {
        files: files
            .into_iter()
            .map(|(path, change, size)| LayerFile {
                path: format!("/{path}"),
                change,
                size,
            })
            .collect(),
        totals,
    }
}

/// What is known of an entry of a tar that comes as a stream.
struct Entry {
    name: String,
    size: u64,
    is_folder: bool,
}

/// The entries of a tar that comes as a stream. Between two of them, `from` gives the body of the last, and no more.
struct Entries<R> {
    from: Take<R>,
    padding: u64,
}

impl<R: AsyncRead + Unpin> Entries<R> {
    fn new(from: R) -> Self {
        Self {
            from: from.take(0),
            padding: 0,
        }
    }

    /// The next entry, whether or not the last one's body was read. None at the end.
    async fn next(&mut self) -> io::Result<Option<Entry>> {
        let mut records = Records::default();
        loop {
            self.skip(self.from.limit()).await?;
            self.skip(self.padding).await?;
            self.padding = 0;
            let Some(block) = self.block().await? else {
                return Ok(None);
            };
            let header = match header::read(&block) {
                Block::Entry(header) => header,
                Block::End => return Ok(None),
                Block::Nonsense => return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no tar")),
            };
            let mut more = header.kind == b'S' && header.goes_on;
            for _ in 0..SPARSE_MAX {
                if !more {
                    break;
                }
                more = self.block().await?.is_some_and(|block| block[504] == 1);
            }
            let size = if header.has_body() {
                records.size.unwrap_or(header.size)
            } else {
                0
            };
            self.from.set_limit(size);
            self.padding = size.wrapping_neg() % header::BLOCK;
            match header.kind {
                b'L' => records.name = Some(self.body(NAME_MAX).await?.into()),
                b'x' => {
                    let body = self.body(RECORDS_MAX).await?;
                    records.read(&body);
                }
                b'K' | b'g' => {}
                kind => {
                    return Ok(Some(Entry {
                        name: header.path(records),
                        size,
                        is_folder: kind == b'5',
                    }));
                }
            }
        }
    }

    /// The beginning of a body.
    async fn body(&mut self, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.from).take(most).read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    /// None where the stream ends.
    async fn block(&mut self) -> io::Result<Option<[u8; BLOCK_LEN]>> {
        let mut block = [0; BLOCK_LEN];
        self.from.set_limit(header::BLOCK);
        match self.from.read_exact(&mut block).await {
            Ok(_) => Ok(Some(block)),
            Err(error)
                if error.kind() == io::ErrorKind::UnexpectedEof && self.from.limit() == header::BLOCK =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.from.set_limit(bytes);
        let skipped = tokio::io::copy(&mut self.from, &mut tokio::io::sink()).await?;
        self.from.set_limit(0);
        if skipped == bytes {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &str, kind: u8, size: usize) -> Vec<u8> {
        let mut block = [0; BLOCK_LEN];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        block[156] = kind;
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block.to_vec()
    }

    fn entry(name: &str, body: &[u8]) -> Vec<u8> {
        let kind = if name.ends_with('/') { b'5' } else { b'0' };
        let mut bytes = header(name, kind, body.len());
        bytes.extend_from_slice(body);
        bytes.resize(bytes.len().next_multiple_of(BLOCK_LEN), 0);
        bytes
    }

    fn layer(files: &[(&str, usize)]) -> Vec<u8> {
        let mut bytes: Vec<u8> = files
            .iter()
            .flat_map(|(name, size)| entry(name, &vec![b'x'; *size]))
            .collect();
        bytes.resize(bytes.len() + 2 * BLOCK_LEN, 0);
        bytes
    }

    fn archive(layers: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let blobs = layers
            .iter()
            .flat_map(|(digest, bytes)| entry(&format!("blobs/sha256/{digest}"), bytes));
        let mut bytes: Vec<u8> = entry("blobs/", b"").into_iter().chain(blobs).collect();
        bytes.resize(bytes.len() + 2 * BLOCK_LEN, 0);
        bytes
    }

    fn stack(digests: &[&str]) -> Vec<String> {
        digests.iter().map(|digest| format!("sha256:{digest}")).collect()
    }

    async fn told(archive: &[u8], digests: &[&str]) -> Vec<String> {
        let files = layer_files(archive, &stack(digests)).await.unwrap();
        files
            .files
            .iter()
            .map(|file| format!("{:?} {} {}", file.change, file.path, file.size))
            .collect()
    }

    #[tokio::test]
    async fn files_are_added_changed_and_removed_whatever_order_layers_come_in() {
        let archive = archive(&[
            (
                "c",
                layer(&[
                    ("etc/", 0),
                    ("etc/motd", 7),
                    (".wh.ballast", 0),
                    ("opt/.wh..wh..opq", 0),
                    ("opt/new", 3),
                ]),
            ),
            ("other", layer(&[("never/asked", 1)])),
            (
                "a",
                layer(&[
                    ("etc/", 0),
                    ("etc/motd", 5),
                    ("ballast", 5000),
                    ("opt/", 0),
                    ("opt/old", 600),
                ]),
            ),
            ("b", layer(&[("app/", 0), (".wh.nothing", 0)])),
        ]);
        assert_eq!(
            told(&archive, &["a", "b", "c"]).await,
            [
                "Removed /ballast 5000",
                "Removed /opt/old 600",
                "Changed /etc/motd 7",
                "Added /opt/new 3",
            ]
        );
        assert_eq!(told(&archive, &["a", "b"]).await, ["Added /app 0"]);
        assert_eq!(told(&archive, &["a"]).await.len(), 3);
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_is_one_thing_and_what_comes_back_is_none() {
        let archive = archive(&[
            (
                "a",
                layer(&[("v/", 0), ("v/1", 10), ("v/sub/", 0), ("v/sub/2", 20), ("w", 5)]),
            ),
            (
                "b",
                layer(&[(".wh.v", 0), (".wh.v", 0), ("v/.wh.1", 0), (".wh.w", 0), ("w", 6)]),
            ),
            ("c", layer(&[("v/1", 1)])),
        ]);
        assert_eq!(
            told(&archive, &["a", "b"]).await,
            ["Removed /v 30", "Changed /w 6"]
        );
        assert_eq!(told(&archive, &["a", "b", "c"]).await, ["Added /v/1 1"]);
    }

    #[tokio::test]
    async fn totals_count_what_the_list_leaves_out() {
        let names: Vec<String> = (0..FILES_MAX + 20).map(|number| format!("f{number}")).collect();
        let files: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 2)).collect();
        let archive = archive(&[("a", layer(&files))]);
        let told = layer_files(&archive[..], &stack(&["a"])).await.unwrap();
        assert_eq!(told.files.len(), FILES_MAX);
        assert_eq!(told.totals.added.files, FILES_MAX as u64 + 20);
        assert_eq!(told.totals.added.bytes, 2 * (FILES_MAX as u64 + 20));
    }

    #[tokio::test]
    async fn what_is_no_archive_or_not_all_of_it_is_said() {
        let whole = archive(&[("a", layer(&[("x", 3000)]))]);
        for cut in [0, 512, 700, 1024, 2000, 3000] {
            let error = layer_files(&whole[..cut], &stack(&["a"])).await;
            assert!(error.is_err(), "{cut}: {error:?}");
        }
        assert!(matches!(
            layer_files(&whole[..], &stack(&["b"])).await,
            Err(LayerError::Incomplete)
        ));
        assert!(matches!(
            layer_files(&[b'?'; 2000][..], &stack(&["a"])).await,
            Err(LayerError::Broken(_))
        ));
        let inner_nonsense = archive(&[("a", vec![b'?'; 1024])]);
        assert!(layer_files(&inner_nonsense[..], &stack(&["a"])).await.is_err());
    }

    #[tokio::test]
    async fn more_than_is_noted_is_refused() {
        let mut room = Room {
            entries: 2,
            names: NAMES_MAX,
        };
        let three = layer(&[("a", 0), ("b", 0), ("c", 0)]);
        assert!(matches!(
            list(&mut &three[..], &mut room).await,
            Err(LayerError::TooMany)
        ));
        let mut room = Room {
            entries: ENTRIES_MAX,
            names: 2,
        };
        assert!(matches!(
            list(&mut &three[..], &mut room).await,
            Err(LayerError::TooMany)
        ));
    }
}
