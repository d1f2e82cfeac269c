//! Which extensions a TLS greeting carries. rustls has parsed it by then, and keeps to itself what it found.

/// Encrypted Client Hello: the name that can be read is then not the one that is meant.
const ENCRYPTED: u16 = 0xfe0d;

/// Whether the greeting hides another name. None: it is not of the form of a greeting.
pub(super) fn hides_a_name(records: &[u8]) -> Option<bool> {
    let message = handshake(records)?;
    let mut rest = Reader(&message);
    rest.take(1 + 3)?; // kind and length of the message
    rest.take(2 + 32)?; // version and random number
    rest.skip_counted(1)?; // session
    rest.skip_counted(2)?; // cipher suites
    rest.skip_counted(1)?; // compressions
    if rest.0.is_empty() {
        return Some(false);
    }
    let length = rest.number(2)?;
    let mut extensions = Reader(rest.take(length)?);
    while !extensions.0.is_empty() {
        if extensions.number(2)? == usize::from(ENCRYPTED) {
            return Some(true);
        }
        extensions.skip_counted(2)?;
    }
    Some(false)
}

/// The first handshake message, out of as many records as it fills.
fn handshake(records: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Reader(records);
    let mut message = Vec::new();
    loop {
        rest.take(1 + 2)?; // kind and version of the record
        let length = rest.number(2)?;
        message.extend_from_slice(rest.take(length)?);
        if let [_, a, b, c, ..] = message[..] {
            let whole = 4 + usize::from(a) * 65536 + usize::from(b) * 256 + usize::from(c);
            if message.len() >= whole {
                message.truncate(whole);
                return Some(message);
            }
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of so many bytes.
    fn number(&mut self, bytes: usize) -> Option<usize> {
        let taken = self.take(bytes)?;
        Some(
            taken
                .iter()
                .fold(0, |number, &byte| number * 256 + usize::from(byte)),
        )
    }

    /// Passes over something that its length, of so many bytes, stands in front of.
    fn skip_counted(&mut self, bytes: usize) -> Option<()> {
        let length = self.number(bytes)?;
        self.take(length).map(|_| ())
    }
}
