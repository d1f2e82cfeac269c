//! Archives, honest and not.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::executor::block_on;

use super::{ENTRIES_MAX, Source, look};
use crate::agent::Piece;
use crate::chance::Chance;
use crate::error::FactError;
use crate::facts::{ArchiveFact, TarEnd, TarFact};

const ID: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// A file that counts what is read of it.
struct Counted {
    bytes: Bytes,
    /// The size that it claims.
    size: u64,
    read: AtomicUsize,
}

impl Counted {
    fn new(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            size: bytes.len() as u64,
            bytes,
            read: AtomicUsize::new(0),
        }
    }
}

impl Source for Counted {
    async fn piece(&self, from: u64, length: u64) -> Result<Piece, FactError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.bytes.len());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let bytes = self
            .bytes
            .slice(from..from.saturating_add(length).min(self.bytes.len()));
        self.read.fetch_add(bytes.len(), Ordering::Relaxed);
        Ok(Piece::Of {
            bytes,
            size: self.size,
        })
    }
}

fn fact(bytes: impl Into<Bytes>) -> ArchiveFact {
    block_on(look(&Counted::new(bytes))).unwrap()
}

fn tar_fact(bytes: impl Into<Bytes>) -> TarFact {
    match fact(bytes) {
        ArchiveFact::Tar(tar) => tar,
        other => panic!("no tar: {other:?}"),
    }
}

/// A header of POSIX's kind, with its sum.
fn header(name: &[u8], kind: u8, size: &[u8; 12]) -> [u8; 512] {
    let mut block = [0; 512];
    let length = name.len().min(100);
    block[..length].copy_from_slice(&name[..length]);
    block[124..136].copy_from_slice(size);
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    seal(&mut block);
    block
}

fn seal(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn octal(size: usize) -> [u8; 12] {
    format!("{size:011o}\0").into_bytes().try_into().unwrap()
}

fn entry(tar: &mut Vec<u8>, name: &str, kind: u8, body: &[u8]) {
    tar.extend(header(name.as_bytes(), kind, &octal(body.len())));
    tar.extend(body);
    tar.resize(tar.len().next_multiple_of(512), 0);
}

fn end(mut tar: Vec<u8>) -> Vec<u8> {
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, body) in entries {
        let kind = if name.ends_with('/') { b'5' } else { b'0' };
        entry(&mut tar, name, kind, body);
    }
    end(tar)
}

/// What `docker save` writes since Docker 25, with a layer of a megabyte.
fn saved() -> Vec<u8> {
    let layer = vec![7; 1 << 20];
    let manifest = format!(r#"[{{"Config":"blobs/sha256/{ID}","RepoTags":["nginx:1.26"],"Layers":["x"]}}]"#);
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"x","digest":"sha256:{digest}","annotations":{{"io.containerd.image.name":"docker.io/library/nginx:1.26","org.opencontainers.image.ref.name":"1.26"}}}}]}}"#,
        digest = ID.replace('0', "f"),
    );
    tar(&[
        ("blobs/", b""),
        ("blobs/sha256/", b""),
        (&format!("blobs/sha256/{ID}"), b"{}"),
        ("blobs/sha256/layer", &layer),
        ("index.json", index.as_bytes()),
        ("manifest.json", manifest.as_bytes()),
        ("oci-layout", b"{}"),
        ("repositories", b"{}"),
    ])
}

#[test]
fn a_saved_image_is_known_by_its_names_and_ids_without_reading_its_layers() {
    let file = Counted::new(saved());
    let ArchiveFact::Tar(found) = block_on(look(&file)).unwrap() else {
        panic!()
    };
    assert!(found.is_image && !found.is_filesystem && found.end == TarEnd::Whole);
    let known: Vec<(Vec<String>, Option<String>)> = found
        .images
        .into_iter()
        .map(|image| (image.names.iter().map(ToString::to_string).collect(), image.id))
        .collect();
    let name = vec!["nginx:1.26".to_owned()];
    let digest = format!("sha256:{}", ID.replace('0', "f"));
    assert_eq!(
        known,
        [(name.clone(), Some(format!("sha256:{ID}"))), (name, Some(digest))]
    );
    let read = file.read.load(Ordering::Relaxed);
    assert!(read < 64 * 1024, "{read} bytes of more than a megabyte");
}

#[test]
fn older_archives_name_their_images_too() {
    let manifest = format!(
        r#"[{{"Config":"{ID}.json","RepoTags":["a:1","b:2"],"Layers":[]}},{{"Config":"../x","RepoTags":null}}]"#
    );
    let found = tar_fact(tar(&[("./manifest.json", manifest.as_bytes())]));
    assert_eq!(found.images.len(), 2);
    assert_eq!(found.images[0].names.len(), 2);
    assert_eq!(found.images[0].id.as_deref(), Some(&*format!("sha256:{ID}")));
    assert_eq!((found.images[1].names.len(), &found.images[1].id), (0, &None));
    // What other tools write: a layout whose names are whole.
    let index = format!(
        r#"{{"manifests":[{{"digest":"sha256:{ID}","annotations":{{"org.opencontainers.image.ref.name":"quay.io/me/app:v1"}}}}]}}"#
    );
    let found = tar_fact(tar(&[("oci-layout", b"{}"), ("index.json", index.as_bytes())]));
    assert_eq!(found.images[0].names[0].to_string(), "quay.io/me/app:v1");
}

#[test]
fn of_two_lists_the_last_counts_and_one_that_is_none_is_none() {
    let list = |tag: &str| format!(r#"[{{"Config":"x","RepoTags":["{tag}"]}}]"#);
    let (first, second) = (list("a:1"), list("b:1"));
    let found = tar_fact(tar(&[
        ("manifest.json", first.as_bytes()),
        ("manifest.json", second.as_bytes()),
    ]));
    assert_eq!(found.images[0].names[0].to_string(), "b:1");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["", "{}", "[3]", "null", "\u{0}", &deep] {
        let found = tar_fact(tar(&[("manifest.json", body.as_bytes())]));
        assert!(!found.is_image, "{body:.20}");
    }
    let huge = vec![b' '; 2 << 20];
    let file = Counted::new(tar(&[("manifest.json", &huge)]));
    assert!(matches!(block_on(look(&file)), Ok(ArchiveFact::Tar(found)) if !found.is_image));
    assert!(
        file.read.load(Ordering::Relaxed) < 64 * 1024,
        "too large to be one"
    );
}

#[test]
fn a_file_system_is_known_by_what_docker_puts_into_each() {
    let exported = tar(&[(".dockerenv", b""), ("bin", b"")]);
    assert!(tar_fact(exported).is_filesystem);
    let by_hand = tar(&[
        ("./", b""),
        ("./dev/", b""),
        ("./etc/passwd", b"root"),
        ("./proc/", b""),
        ("./sys/", b""),
    ]);
    assert!(tar_fact(by_hand).is_filesystem);
    let other = tar_fact(tar(&[("etc/passwd", b"root"), ("site/index.html", b"x")]));
    assert!(!other.is_filesystem && !other.is_image);
    assert_eq!(other.top, ["etc", "site"]);
}

#[test]
fn long_names_are_put_together() {
    let deep = format!("{}/manifest.json", "d/".repeat(120));
    let mut gnu = Vec::new();
    entry(&mut gnu, "././@LongLink", b'L', format!("{deep}\0").as_bytes());
    entry(&mut gnu, "d/short", b'0', b"[]");
    // The long name is for that one alone.
    entry(&mut gnu, "manifest.json", b'0', b"[]");
    let found = tar_fact(end(gnu));
    assert!(found.is_image && found.top == ["d", "manifest.json"]);

    let record = |text: &str| {
        let length = text.len() + 1;
        let digits = (length + length.to_string().len()).to_string().len();
        format!("{} {text}", length + digits)
    };
    let mut pax = Vec::new();
    let records = [
        record("mtime=1.5\n"),
        record("path=manifest.json\n"),
        record("size=2\n"),
    ]
    .concat();
    entry(&mut pax, "pax", b'x', records.as_bytes());
    // The header itself says that there is nothing.
    pax.extend(header(b"short", b'0', &octal(0)));
    pax.extend(b"[]");
    pax.resize(pax.len().next_multiple_of(512), 0);
    entry(&mut pax, "after", b'0', b"");
    let found = tar_fact(end(pax));
    assert!(found.is_image && found.top == ["after", "manifest.json"]);

    let mut posix = header(b"manifest.json", b'0', &octal(2));
    posix[345..350].copy_from_slice(b"a/b/c");
    seal(&mut posix);
    let found = tar_fact(end([&posix[..], b"[]", &[0; 510]].concat()));
    assert!(!found.is_image && found.top == ["a"]);
}

#[test]
fn sparse_files_and_links_are_stepped_over() {
    let mut bytes = Vec::new();
    let mut sparse = header(b"holes", b'S', &octal(512));
    sparse[482] = 1;
    seal(&mut sparse);
    let mut map = [0; 512];
    map[504] = 1;
    bytes.extend(sparse);
    bytes.extend(map);
    bytes.extend([0; 512]);
    bytes.extend([9; 512]);
    // A link has no body, whatever it says.
    bytes.extend(header(b"link", b'1', &octal(100_000)));
    entry(&mut bytes, "manifest.json", b'0', b"[]");
    let found = tar_fact(end(bytes));
    assert!(found.is_image && found.end == TarEnd::Whole, "{found:?}");
}

#[test]
fn what_is_no_tar_is_told_by_what_it_is() {
    assert_eq!(fact(Vec::new()), ArchiveFact::Empty);
    assert_eq!(fact(&b"\x1f\x8b\x08\0rest"[..]), ArchiveFact::Compressed("gzip"));
    assert_eq!(fact(&b"hello"[..]), ArchiveFact::Other);
    assert_eq!(fact(vec![b'x'; 4096]), ArchiveFact::Other);
    assert_eq!(fact(vec![0; 100]), ArchiveFact::Other);
    let empty = tar_fact(vec![0; 10_240]);
    assert!(!empty.is_image && !empty.is_filesystem && empty.end == TarEnd::Whole);
}

#[test]
fn an_archive_that_ends_too_early_or_is_damaged_is_cut() {
    let whole = saved();
    for length in [whole.len() / 2, 600, 1024 * 700 + 13] {
        assert_eq!(tar_fact(whole[..length].to_vec()).end, TarEnd::Cut, "{length}");
    }
    // Without the empty blocks at the end, nothing is missing.
    assert_eq!(tar_fact(whole[..whole.len() - 1024].to_vec()).end, TarEnd::Whole);
    let mut damaged = tar(&[("a", b"x"), ("b", b"y")]);
    damaged[1024 + 5] ^= 1;
    assert_eq!(tar_fact(damaged).end, TarEnd::Cut);
}

#[test]
fn sizes_that_are_lies_lead_nowhere() {
    let sizes: [[u8; 12]; 5] = [
        *b"77777777777\0",
        [b"\x80\0\0\0".as_slice(), &[0xff; 8]]
            .concat()
            .try_into()
            .unwrap(),
        [0xff; 12],
        *b"-0000000001\0",
        [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    for size in sizes {
        for kind in [b'0', b'L', b'x', b'S', b'g'] {
            let mut bytes = Vec::new();
            entry(&mut bytes, "first", b'0', b"");
            bytes.extend(header(b"liar", kind, &size));
            let found = tar_fact(end(bytes.clone()));
            assert_eq!(found.end, TarEnd::Cut, "{size:?}");
            // The same in a file that claims to be without end.
            let mut file = Counted::new(end(bytes));
            file.size = u64::MAX;
            let found = block_on(look(&file)).unwrap();
            assert!(
                matches!(found, ArchiveFact::Tar(TarFact { end: TarEnd::Cut, .. })),
                "{found:?}"
            );
        }
    }
}

#[test]
fn an_archive_without_end_is_left_after_a_while() {
    let mut bytes = Vec::new();
    for _ in 0..ENTRIES_MAX + 10 {
        bytes.extend(header(b"again", b'0', &octal(0)));
    }
    let file = Counted::new(bytes);
    let begun = Instant::now();
    let ArchiveFact::Tar(found) = block_on(look(&file)).unwrap() else {
        panic!()
    };
    assert_eq!((found.end, found.top.len()), (TarEnd::More, 1));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    // Each jump ends where nothing was read yet: pieces are counted as well.
    let mut far = Vec::new();
    for _ in 0..3_000 {
        entry(&mut far, "far", b'0', &vec![1; 20_000]);
    }
    let file = Counted::new(far);
    let ArchiveFact::Tar(found) = block_on(look(&file)).unwrap() else {
        panic!()
    };
    assert_eq!(found.end, TarEnd::More);
    assert!(file.read.load(Ordering::Relaxed) < 34 << 20);
}

#[test]
fn whatever_the_bytes_are_it_ends_soon_and_does_not_panic() {
    let seeds = [
        saved(),
        tar(&[(".docker", b""), ("etc/passwd", b"root"), ("dev/", b"")]),
        tar(&[("index.json", b"{\"manifests\":[]}"), ("manifest.json", b"[]")]),
    ];
    let (long, records) = (header(b"l", b'L', &octal(40)), header(b"x", b'x', &octal(40)));
    let sparse = header(b"s", b'S', &octal(512));
    let pieces: [&[u8]; 9] = [
        &long,
        &records,
        &sparse,
        &[0; 512],
        b"40 path=manifest.json\n",
        b"99999999999999999999 size=1\n",
        b"11 size=-1\n",
        b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\0",
    ];
    for seed in 0..1_500 {
        let mut chance = Chance::new(seed);
        let mut bytes = seeds[chance.below(seeds.len())].clone();
        // The layer is not what is interesting.
        if bytes.len() > 1 << 20 {
            drop(bytes.drain(4_096..(1 << 20)));
        }
        chance.mutate(&mut bytes, &pieces);
        // Sums are mended now and then, or hardly anything would be read.
        for block in bytes.chunks_exact_mut(512) {
            if chance.below(3) > 0 && &block[257..262] == b"ustar" {
                seal(block.try_into().unwrap());
            }
        }
        let mut file = Counted::new(bytes);
        if chance.below(4) == 0 {
            file.size = chance.next();
        }
        let begun = Instant::now();
        let found = block_on(look(&file));
        assert!(found.is_ok(), "seed {seed}");
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "seed {seed}: {:?}",
            begun.elapsed()
        );
    }
}
