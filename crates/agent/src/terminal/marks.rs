//! The shell's marks: what `/etc/drydock/bashrc` writes to the terminal when a command has ended.
//!
//! ```text
//! ESC ] 7733 ; <nonce> ; <exit status> ; <command line> BEL
//! ```
//!
//! In the command line, `\\`, `\n` and `\t` stand for a backslash, a newline and a tab; there are no control characters.
//! A mark is taken out of the stream before anyone sees it: no client, no screen, no replay. One with another nonce
//! (a recording that is played back, say) is taken out too, and says nothing.

use std::borrow::Cow;

/// What a mark starts with.
const START: &[u8] = b"\x1b]7733;";
/// What it ends with.
const END: u8 = 0x07;
/// The longest mark, in bytes. What goes on for longer was none, and is shown.
const MARK_MAX: usize = 64 * 1024;
/// The longest command line that a mark tells, in bytes.
const COMMAND_MAX: usize = 4 * 1024;

/// A command in the shell ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) command: String,
    pub(crate) exit: i32,
}

/// Takes marks out of a stream of terminal output that arrives in pieces.
#[derive(Debug)]
pub(crate) struct Marks {
    nonce: String,
    /// What is held back because it may be (part of) a mark: a piece of `START`, or all of it and what followed.
    held: Vec<u8>,
}

impl Marks {
    pub(crate) fn new(nonce: String) -> Self {
        Self {
            nonce,
            held: Vec::new(),
        }
    }

    /// The piece without marks; `found` is called for each mark that is this terminal's.
    pub(crate) fn take_out<'a>(&mut self, piece: &'a [u8], mut found: impl FnMut(Ran)) -> Cow<'a, [u8]> {
        if self.held.is_empty() && !piece.contains(&START[0]) {
            return Cow::Borrowed(piece);
        }
        let mut rest = Vec::with_capacity(self.held.len() + piece.len());
        for &byte in piece {
            if self.held.len() < START.len() {
                self.match_start(byte, &mut rest);
            } else if byte == END {
                if let Some(ran) = self.read_mark() {
                    found(ran);
                }
                self.held.clear();
            } else if byte < 0x20 || self.held.len() >= MARK_MAX {
                // A mark has no control characters: this one was cut short (by Ctrl-C, say). What there is of it is
                // dropped if it is a piece of a mark, and shown if it is just too long to be one.
                if byte >= 0x20 {
                    rest.extend_from_slice(&self.held);
                }
                self.held.clear();
                self.match_start(byte, &mut rest);
            } else {
                self.held.push(byte);
            }
        }
        Cow::Owned(rest)
    }

    fn match_start(&mut self, byte: u8, rest: &mut Vec<u8>) {
        if byte == START[self.held.len()] {
            self.held.push(byte);
            return;
        }
        rest.append(&mut self.held);
        // No proper suffix of START is also a prefix of it, but for the byte itself.
        if byte == START[0] {
            self.held.push(byte);
        } else {
            rest.push(byte);
        }
    }

    fn read_mark(&self) -> Option<Ran> {
        let text = String::from_utf8_lossy(&self.held[START.len()..]);
        let mut fields = text.splitn(3, ';');
        if fields.next()? != self.nonce {
            return None;
        }
        let exit = fields.next()?.parse().ok()?;
        let command = unescape(fields.next()?);
        (!command.trim().is_empty()).then_some(Ran { command, exit })
    }
}

/// The command line as it was typed, cut at `COMMAND_MAX`.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len().min(COMMAND_MAX));
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        if plain.len() + character.len_utf8() > COMMAND_MAX {
            break;
        }
        plain.push(character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the stream in pieces of `size` bytes.
    fn feed(stream: &[u8], size: usize) -> (Vec<u8>, Vec<Ran>) {
        let (mut marks, mut shown, mut ran) = (Marks::new("n1".to_owned()), Vec::new(), Vec::new());
        for piece in stream.chunks(size) {
            shown.extend_from_slice(&marks.take_out(piece, |mark| ran.push(mark)));
        }
        (shown, ran)
    }

    fn ran(command: &str, exit: i32) -> Ran {
        Ran {
            command: command.to_owned(),
            exit,
        }
    }

    #[test]
    fn marks_are_found_and_taken_out_wherever_the_stream_is_cut() {
        let stream = "a\x1b[1mb\x1b]7733;n1;130;docker run\\n  -it ü \\\\;x\x07c\x1b\x1b]7733;n1;0;ls\x07d\x1b]0;title\x07e";
        for size in 1..stream.len() {
            let (shown, found) = feed(stream.as_bytes(), size);
            assert_eq!(
                String::from_utf8(shown).unwrap(),
                "a\x1b[1mbc\x1bd\x1b]0;title\x07e",
                "pieces of {size}"
            );
            assert_eq!(
                found,
                [ran("docker run\n  -it ü \\;x", 130), ran("ls", 0)],
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn text_without_escapes_is_not_copied() {
        let mut marks = Marks::new("n1".to_owned());
        assert!(matches!(
            marks.take_out(b"plain\r\n", |_| ()),
            Cow::Borrowed(b"plain\r\n")
        ));
    }

    #[test]
    fn marks_of_others_and_broken_ones_say_nothing_and_are_not_shown() {
        for body in ["n2;0;ls", "n1;x;ls", "n1;0", "", "n1;0;", "n1;0; \\n "] {
            let (shown, found) = feed(format!("a\x1b]7733;{body}\x07b").as_bytes(), 3);
            assert_eq!((shown.as_slice(), found.len()), (&b"ab"[..], 0), "{body}");
        }
    }

    #[test]
    fn a_mark_that_is_cut_short_hides_nothing_that_follows() {
        let (shown, found) = feed(b"\x1b]7733;n1;0;rm -\r\n$ \x1b]7733;n1;1;ls\x07x", 4);
        assert_eq!((shown.as_slice(), found), (&b"\r\n$ x"[..], vec![ran("ls", 1)]));
    }

    #[test]
    fn an_endless_mark_is_shown() {
        let stream = [START, &vec![b'y'; 3 * MARK_MAX]].concat();
        let (shown, found) = feed(&stream, 4096);
        assert_eq!((shown.len(), found.len()), (stream.len(), 0));
    }

    #[test]
    fn long_commands_are_cut_between_characters() {
        let (_, found) = feed(
            format!("\x1b]7733;n1;0;x{}\x07", "é".repeat(COMMAND_MAX)).as_bytes(),
            999,
        );
        assert_eq!(found[0].command.len(), COMMAND_MAX - 1);
    }
}
