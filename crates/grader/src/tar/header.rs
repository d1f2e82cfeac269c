//! One block of 512 bytes: a header, and the records that may come before it.

/// Bytes of a block.
pub(super) const BLOCK: u64 = 512;
pub(super) const BLOCK_LEN: usize = 512;

/// What a block is, where a header is expected.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// Nothing but zeros: the archive's end.
    End,
    /// A header.
    Entry(Header),
    /// Anything else.
    Nonsense,
}

/// What is known of an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    name: Vec<u8>,
    /// Bytes of its body, as far as it has one.
    pub(super) size: u64,
    /// Its type, as it is written.
    pub(super) kind: u8,
    /// Of a sparse file: a block of its map follows.
    pub(super) goes_on: bool,
}

/// Reads a block.
pub(super) fn read(block: &[u8; BLOCK_LEN]) -> Block {
    if block.iter().all(|byte| *byte == 0) {
        return Block::End;
    }
    let sum = |as_number: fn(u8) -> i64| -> i64 {
        let bytes = block.iter().enumerate();
        bytes
            .map(|(i, byte)| {
                if (148..156).contains(&i) {
                    32
                } else {
                    as_number(*byte)
                }
            })
            .sum()
    };
    let Some(wanted) = octal(&block[148..156]).and_then(|sum| i64::try_from(sum).ok()) else {
        return Block::Nonsense;
    };
    // Some old programs added signed bytes up.
    if wanted != sum(i64::from) && wanted != sum(|byte| i64::from(byte.cast_signed())) {
        return Block::Nonsense;
    }
    let Some(size) = number(&block[124..136]) else {
        return Block::Nonsense;
    };
    let mut name = until_zero(&block[..100]).to_vec();
    // GNU's header has times where POSIX's has the name's beginning.
    if block[257..263] == *b"ustar\0" && block[345] != 0 {
        let prefix = until_zero(&block[345..500]);
        name = [prefix, b"/", &name].concat();
    }
    Block::Entry(Header {
        name,
        size,
        kind: block[156],
        goes_on: block[482] == 1,
    })
}

impl Header {
    /// Whether bytes follow: links, folders and devices have none, whatever their size says.
    pub(super) fn has_body(&self) -> bool {
        !matches!(self.kind, b'1'..=b'6')
    }

    /// Whether it is a file.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.kind, b'0' | 0 | b'7')
    }

    /// Its name, or the one that came before it, relative to the archive's top; empty for the top itself.
    pub(super) fn path(&self, records: Records) -> String {
        let name = records.name.unwrap_or_else(|| self.name.clone().into());
        let name = String::from_utf8_lossy(until_zero(&name)).into_owned();
        let parts = name.split('/').filter(|part| !matches!(*part, "" | "."));
        parts.collect::<Vec<_>>().join("/")
    }
}

/// What records before a header say of its entry.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// A name that is too long for the header.
    pub(super) name: Option<bytes::Bytes>,
    /// A size that is too large for it.
    pub(super) size: Option<u64>,
}

impl Records {
    /// Reads records, `LENGTH KEY=VALUE` and a line's end each, as far as they are some.
    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while let Some(space) = bytes.iter().take(20).position(|byte| *byte == b' ') {
            let length = std::str::from_utf8(&bytes[..space])
                .ok()
                .and_then(|length| length.parse::<usize>().ok());
            let Some(record) = length.and_then(|length| bytes.get(space + 1..length)) else {
                return;
            };
            bytes = &bytes[space + 1 + record.len()..];
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            if let Some(name) = record
                .strip_prefix(b"path=")
                .or(record.strip_prefix(b"GNU.sparse.name="))
            {
                self.name = Some(bytes::Bytes::copy_from_slice(name));
            } else if let Some(size) = record.strip_prefix(b"size=") {
                self.size = std::str::from_utf8(size).ok().and_then(|size| size.parse().ok());
            }
        }
    }
}

/// A number as headers write it: octal digits, or where these do not suffice, its bytes after a first bit.
fn number(field: &[u8]) -> Option<u64> {
    let (&first, rest) = field.split_first()?;
    match first {
        0x80 => rest.iter().try_fold(0_u64, |number, byte| {
            Some(number.checked_mul(256)? + u64::from(*byte))
        }),
        first if first & 0x80 != 0 => None,
        _ => octal(field),
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = until_zero(field).trim_ascii();
    digits.iter().try_fold(0_u64, |number, digit| match digit {
        b'0'..=b'7' => Some(number.checked_mul(8)? + u64::from(digit - b'0')),
        _ => None,
    })
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    &bytes[..end]
}
