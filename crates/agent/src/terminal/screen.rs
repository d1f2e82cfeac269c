//! What a terminal shows: the screen and the lines that scrolled off it, kept so that a client who comes back can be
//! shown them.
//!
//! The bytes are not interpreted as they come, but when somebody wants to see the screen, or when many wait: a
//! keystroke's echo waits for nothing, and of a flood of plain text only the end is ever looked at.

use std::num::NonZeroU16;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;

/// Lines that are kept after they scrolled off.
const SCROLLBACK_LINES: usize = 1_000;
/// Of what scrolled off, at most so many bytes are shown again.
const SCROLLBACK_MAX_BYTES: usize = 256 * 1024;
/// Plain text that waits uninterpreted, at most, in bytes: three times what a thousand full lines take.
const PLAIN_MAX_BYTES: usize = 256 * 1024;
/// The same with escape sequences, of which none can be left out: as many as are interpreted in a millisecond or two.
const PENDING_MAX_BYTES: usize = 64 * 1024;
/// A window title is cut at so many bytes.
const TITLE_MAX_BYTES: usize = 256;

/// Columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// 2 to 1000.
    pub cols: u16,
    /// 1 to 1000.
    pub rows: u16,
}

impl Size {
    /// What a terminal has until a client tells its own.
    pub const DEFAULT: Self = Self { cols: 80, rows: 24 };

    /// The nearest size that a terminal may have.
    pub fn clamped(cols: u16, rows: u16) -> Self {
        Self {
            cols: cols.clamp(2, 1000),
            rows: rows.clamp(1, 1000),
        }
    }

    fn non_zero(self) -> (NonZeroU16, NonZeroU16) {
        (
            NonZeroU16::new(self.rows).unwrap_or(NonZeroU16::MIN),
            NonZeroU16::new(self.cols).unwrap_or(NonZeroU16::MIN),
        )
    }
}

/// A terminal's screen.
pub(crate) struct Screen {
    parser: vt100::Parser<Title>,
    pending: Vec<u8>,
    /// Whether what is pending is text and line ends only.
    plain: bool,
    size: Size,
}

/// The window title that the programs asked for.
#[derive(Default)]
struct Title(String);

impl vt100::Callbacks for Title {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        let title = &title[..title.len().min(TITLE_MAX_BYTES)];
        self.0 = String::from_utf8_lossy(title)
            .chars()
            .filter(|character| !character.is_control())
            .collect();
    }
}

impl Screen {
    pub(crate) fn new(size: Size) -> Self {
        Self {
            parser: parser(size),
            pending: Vec::new(),
            plain: true,
            size,
        }
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Takes output in.
    pub(crate) fn feed(&mut self, output: &[u8]) {
        self.plain &= is_plain(output);
        let limit = if self.plain {
            PLAIN_MAX_BYTES
        } else {
            PENDING_MAX_BYTES
        };
        self.pending.extend_from_slice(output);
        if self.pending.len() > limit {
            self.forget_middle();
            if self.pending.len() > limit / 2 {
                self.settle();
            }
        }
    }

    /// Interprets what waits.
    fn settle(&mut self) {
        self.forget_middle();
        let mut pending = std::mem::take(&mut self.pending);
        self.guarded(|parser| parser.process(&pending));
        pending.clear();
        pending.shrink_to(PENDING_MAX_BYTES);
        self.pending = pending;
        self.plain = true;
    }

    /// Forgets what would scroll off and be dropped anyway.
    fn forget_middle(&mut self) {
        let lines = SCROLLBACK_LINES + usize::from(self.size.rows);
        if self.plain
            && self.pending.len() > lines
            && let Some(middle) = middle(&self.pending, lines)
        {
            self.pending.drain(middle);
        }
    }

    pub(crate) fn resize(&mut self, size: Size) {
        self.settle();
        self.size = size;
        let (rows, cols) = size.non_zero();
        self.guarded(|parser| parser.set_size(rows, cols));
    }

    /// Whether a full-screen program has the screen.
    pub(crate) fn is_alternate(&mut self) -> bool {
        self.settle();
        self.parser.screen().alternate_screen()
    }

    /// The bytes that draw all this on a terminal of the same size that was just reset.
    pub(crate) fn replay(&mut self) -> Bytes {
        self.settle();
        let size = self.size;
        self.guarded(|parser| draw(parser, size)).unwrap_or_default()
    }

    /// Runs `work` on the parser. Programs can write anything, and an error in the parser must not cost the learner
    /// more than the picture: if it panics, the screen starts anew.
    fn guarded<T>(&mut self, work: impl FnOnce(&mut vt100::Parser<Title>) -> T) -> Option<T> {
        let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut self.parser)));
        if outcome.is_err() {
            crate::log(format_args!(
                "a terminal's screen was lost to an escape sequence that was misread"
            ));
            self.parser = parser(self.size);
        }
        outcome.ok()
    }
}

fn parser(size: Size) -> vt100::Parser<Title> {
    let (rows, cols) = size.non_zero();
    vt100::Parser::new_with_callbacks(rows, cols, SCROLLBACK_LINES, Title::default())
}

fn draw(parser: &vt100::Parser<Title>, size: Size) -> Bytes {
    let screen = parser.screen();
    let mut drawing = String::new();
    if screen.alternate_screen() {
        // The screen behind comes first: the program's end will uncover it. To look at it, a copy leaves the
        // alternate screen.
        let mut behind = self::parser(size);
        *behind.screen_mut() = screen.clone();
        behind.process(b"\x1b[?47l");
        draw_screen(behind.screen(), &mut drawing);
        drawing.push_str("\x1b[?1049h");
        drawing.push_str(&screen.contents_formatted());
    } else {
        draw_screen(screen, &mut drawing);
    }
    drawing.push_str(&screen.input_mode_formatted());
    let title = &parser.callbacks().0;
    if !title.is_empty() {
        drawing.push_str("\x1b]2;");
        drawing.push_str(title);
        drawing.push('\x07');
    }
    Bytes::from(drawing)
}

/// Draws what scrolled off, then the screen, which is drawn twice: as plain lines, so that it pushes everything before
/// it off the top, and then properly, with every cell and the cursor in its place.
fn draw_screen(screen: &vt100::Screen, drawing: &mut String) {
    if screen.scrollback_len() > 0 {
        let mut lines = String::new();
        let mut state = vt100::capture::BasicFormattedCaptureState::new();
        let range = vt100::capture::BasicFormattedCaptureRange::Full(&mut state);
        // Writing to a string does not fail.
        let _ = screen.write_contents_formatted_basic(&mut lines, range);
        let mut from = lines.len().saturating_sub(SCROLLBACK_MAX_BYTES);
        if from > 0 {
            from = lines.as_bytes()[from..]
                .iter()
                .position(|&byte| byte == b'\n')
                .map_or(0, |at| from + at + 1);
        }
        drawing.push_str(&lines[from..].replace('\n', "\r\n"));
    }
    drawing.push_str(&screen.contents_formatted());
}

/// Text, tabs and line ends: nothing that begins an escape sequence or moves the cursor back.
fn is_plain(output: &[u8]) -> bool {
    output.iter().fold(true, |plain, &byte| {
        plain & ((byte >= 0x20) | matches!(byte, b'\r' | b'\n' | b'\t'))
    })
}

/// What of long plain text would scroll off and be dropped: all but the first line, which may end an escape sequence that
/// began before, and the last `lines` lines. It is cut after a line's end, so that the cursor ends up where it would have
/// been.
fn middle(text: &[u8], lines: usize) -> Option<Range<usize>> {
    let first = text.iter().position(|&byte| byte == b'\n')? + 1;
    let mut left = lines;
    for at in (first..text.len()).rev() {
        if text[at] == b'\n' && text[at - 1] == b'\r' {
            if left == 0 {
                return Some(first..at + 1);
            }
            left -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Screen {
        Screen::new(Size { cols: 20, rows: 4 })
    }

    /// What a client sees after a replay, and what it has above.
    fn replayed(screen: &mut Screen) -> vt100::Parser<Title> {
        let mut client = parser(screen.size());
        client.process(&screen.replay());
        client
    }

    #[test]
    fn a_replay_gives_the_same_screen_cursor_and_modes() {
        let mut screen = small();
        screen.feed(b"one\r\n\x1b[31mtw\xc3\xb6\x1b[m\r\n\x1b]2;ti\ttle\x07\x1b[?2004h\x1b[?1h\x1b[?1002h\x1b[?1006h\x1b[2;3H");
        let client = replayed(&mut screen);
        assert_eq!(client.screen().contents(), "one\ntwö");
        assert_eq!(
            client.screen().state_formatted(),
            screen.parser.screen().state_formatted()
        );
        assert_eq!(client.screen().cursor_position(), (1, 2));
        assert!(client.screen().bracketed_paste() && client.screen().application_cursor());
        assert_eq!(
            client.screen().mouse_protocol_mode(),
            vt100::MouseProtocolMode::ButtonMotion
        );
        assert_eq!(client.callbacks().0, "title");
    }

    #[test]
    fn lines_that_scrolled_off_come_back_once() {
        let mut screen = small();
        for number in 0..30 {
            screen.feed(format!("line {number}\r\n").as_bytes());
        }
        let mut client = replayed(&mut screen);
        assert_eq!(client.screen().contents(), "line 27\nline 28\nline 29");
        assert_eq!(client.screen().scrollback_len(), 27);
        client.screen_mut().set_scrollback(27);
        assert!(client.screen().contents().starts_with("line 0\nline 1\n"));
    }

    #[test]
    fn a_full_screen_program_and_what_is_behind_it_come_back() {
        let mut screen = small();
        for number in 0..10 {
            screen.feed(format!("line {number}\r\n").as_bytes());
        }
        screen.feed(b"$ less\x1b[?1049h\x1b[H\x1b[2Jpage\x1b[4;1H:");
        assert!(screen.is_alternate());
        let mut client = replayed(&mut screen);
        assert!(client.screen().alternate_screen());
        assert_eq!(client.screen().contents(), "page\n\n\n:");
        client.process(b"\x1b[?1049l");
        assert_eq!(client.screen().contents(), "line 7\nline 8\nline 9\n$ less");
        assert_eq!(client.screen().cursor_position(), (3, 6));
        assert_eq!(client.screen().scrollback_len(), 7);
    }

    #[test]
    fn what_scrolled_off_is_bounded() {
        let mut screen = Screen::new(Size { cols: 1000, rows: 4 });
        for _ in 0..3_000 {
            screen.feed(&[b'x'; 999]);
            screen.feed(b"\r\n");
        }
        let replay = screen.replay();
        assert!(
            replay.len() <= SCROLLBACK_MAX_BYTES + 3 * 999 + 2_048,
            "{}",
            replay.len()
        );
    }

    #[test]
    fn a_flood_ends_in_the_same_screen_as_if_all_of_it_had_been_read() {
        let mut flood = b"\x1b[31".to_vec();
        flood.extend_from_slice(b"mred\r\n");
        let body: Vec<u8> = (0..40_000)
            .flat_map(|number| format!("{number}\tü\r\n").into_bytes())
            .collect();
        let mut quick = small();
        quick.feed(&flood);
        let mut slow = parser(quick.size());
        slow.process(&flood);
        for piece in body.chunks(60_000) {
            quick.feed(piece);
            slow.process(piece);
        }
        quick.settle();
        assert_eq!(
            quick.parser.screen().state_formatted(),
            slow.screen().state_formatted()
        );
        assert_eq!(
            quick.parser.screen().scrollback_len(),
            slow.screen().scrollback_len()
        );
        let (mut client, mut exact) = (replayed(&mut quick), slow);
        for back in [1, 500, 1_000] {
            client.screen_mut().set_scrollback(back);
            exact.screen_mut().set_scrollback(back);
            assert_eq!(
                client.screen().contents(),
                exact.screen().contents(),
                "{back} lines back"
            );
        }
    }

    #[test]
    fn only_plain_text_is_cut() {
        assert_eq!(middle(b"a\r\nb\r\nc\r\nd\r\n", 2), Some(3..6));
        assert_eq!(middle(b"a\nb\nc\nd\n", 1), None, "the column would be lost");
        assert_eq!(middle(b"a\r\nb\r\n", 9), None);
        assert!(is_plain("a\tü\r\n".as_bytes()));
        for other in ["\x1b[m", "\x08", "\x07", "\x0e"] {
            assert!(!is_plain(other.as_bytes()));
        }
    }

    #[test]
    fn a_sequence_that_the_parser_panics_at_costs_the_picture_only() {
        let mut screen = Screen::new(Size { cols: 4, rows: 3 });
        screen.feed(b"\x1b[9C");
        screen.resize(Size { cols: 4, rows: 2 });
        // A cloud that a selector makes wide at the end of a line: as of 0.18.1 too much for the parser.
        screen.feed("☁\u{fe0f}\x1b[C\x1b[@☁\u{fe0f}\x1b[T☁\u{fe0f}\x1b[L☁\u{fe0f}".as_bytes());
        screen.settle();
        screen.feed(b"\x1b[H\x1b[2Jok");
        assert_eq!(replayed(&mut screen).screen().contents(), "ok");
    }

    /// Not a proof, but thousands of lines of noise and of sequences that programs write.
    #[test]
    fn noise_does_not_break_it() {
        let pieces: [&[u8]; 14] = [
            b"\x1b[",
            b"\x1b]2;",
            b"\x07",
            b"?1049h",
            b"?1049l",
            "\u{4e2d}\u{301}".as_bytes(),
            b"999999;1",
            b"H",
            b"r",
            b"\x1b[5;2r",
            b"L",
            b"M",
            b"\r\n",
            b"\xff\xfe\x1bP",
        ];
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut screen = small();
        for round in 0..200_000 {
            let number = next();
            match number % 40 {
                0..=13 => screen.feed(pieces[usize::try_from(number % 14).unwrap()]),
                14 if round % 50 == 0 => {
                    let [cols, rows, ..] = number.to_be_bytes().map(|byte| u16::from(byte) % 90);
                    screen.resize(Size::clamped(cols, rows));
                }
                15 if round % 100 == 0 => drop(screen.replay()),
                _ => screen.feed(&number.to_le_bytes()[..3]),
            }
        }
        screen.settle();
        assert_eq!(screen.parser.screen().size().0.get(), screen.size().rows);
    }
}
