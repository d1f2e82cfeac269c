//! A text with its name: turns byte ranges into lines, columns and excerpts.

use std::ops::Range;

use crate::limits;
use crate::problem::{Excerpt, Problem, Severity};
use crate::vars::{self, Draw, Put};

/// The widest excerpt, in characters; what is beyond is cut.
const EXCERPT_WIDTH: usize = 100;

/// A file's text, with line ends as plain `\n`.
#[derive(Debug)]
pub(crate) struct Source {
    file: String,
    text: String,
    /// If values were put into the text: what its author wrote, and where they stand.
    written: Option<Written>,
}

/// A text before values were put into it.
#[derive(Debug)]
struct Written {
    text: String,
    puts: Vec<Put>,
}

impl Written {
    /// The place that an author wrote, of one in the text with the values; within a value, that of the name.
    fn origin(&self, offset: usize, end: bool) -> usize {
        let (mut drawn, mut written) = (0, 0);
        for put in &self.puts {
            if offset < put.drawn.start || (end && offset == put.drawn.start) {
                break;
            }
            if offset < put.drawn.end || (end && offset == put.drawn.end) {
                return if end { put.written.end } else { put.written.start };
            }
            (drawn, written) = (put.drawn.end, put.written.end);
        }
        written + (offset - drawn)
    }
}

impl Source {
    /// Takes a text in. Windows line ends become plain ones.
    pub(crate) fn new(file: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            file: file.into(),
            text: text.replace("\r\n", "\n"),
            written: None,
        }
    }

    /// The same text with values put in, from `start` on. What is wrong with it is shown as its author wrote it.
    pub(crate) fn with(&self, start: usize, draw: &Draw) -> Self {
        let (text, puts) = vars::put(&self.text, start, draw);
        Self {
            file: self.file.clone(),
            text,
            written: Some(Written {
                text: self.text.clone(),
                puts,
            }),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// A problem with a part of the text. An empty range marks one character; a range over several
    /// lines marks to the end of the first.
    pub(crate) fn problem(&self, range: Range<usize>, message: impl Into<String>) -> Problem {
        let (text, range) = match &self.written {
            Some(written) => {
                let range = written.origin(range.start, false)..written.origin(range.end, true);
                (&written.text, range)
            }
            None => (&self.text, range),
        };
        let start = floor(text, range.start);
        let end = floor(text, range.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[start..]
            .find('\n')
            .map_or(text.len(), |newline| start + newline);
        let before = text[line_start..start].chars().count();
        let marked = text[start..end.min(line_end)].trim_end().chars().count().max(1);
        Problem {
            severity: Severity::Error,
            file: self.file.clone(),
            line: count(text[..line_start].matches('\n').count() + 1),
            column: count(before + 1),
            message: message.into(),
            excerpt: Some(excerpt(&text[line_start..line_end], before, marked)),
            help: None,
        }
    }

    /// The line of a place, from 1.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        count(self.text[..floor(&self.text, offset)].matches('\n').count() + 1)
    }

    /// A text larger than a lesson may be, or with characters that are not what they seem, is refused
    /// before anything else looks at it.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if self.text.len() as u64 > limits::TEXT_MAX_BYTES {
            let message = format!("the file is larger than {} KiB", limits::TEXT_MAX_BYTES / 1024);
            return Err(Problem::of_file(&self.file, message).help("split the lesson in two"));
        }
        let Some((at, found)) = self.text.char_indices().find(|(_, found)| is_deceptive(*found)) else {
            return Ok(());
        };
        let message = format!(
            "the invisible character U+{:04X} does not belong in a lesson",
            u32::from(found)
        );
        Err(self
            .problem(at..at + found.len_utf8(), message)
            .help("delete it; in a command it could do something else than what the page shows"))
    }
}

/// The nearest place at or before `offset` where a character begins.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Control characters, and those that change the direction in which text is shown.
pub(crate) fn is_deceptive(found: char) -> bool {
    let direction =
        matches!(found, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    let invisible = matches!(
        found,
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{2028}' | '\u{2029}'
    );
    direction || invisible || (found.is_control() && found != '\n' && found != '\t')
}

/// Cuts a line to the part around the mark. Tabs and whatever else has no width of one become a space.
fn excerpt(line: &str, before: usize, marked: usize) -> Excerpt {
    let skip = if before + marked > EXCERPT_WIDTH {
        before.saturating_sub(EXCERPT_WIDTH / 4)
    } else {
        0
    };
    let text: String = line
        .chars()
        .skip(skip)
        .take(EXCERPT_WIDTH)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let before = before - skip;
    let room = text.chars().count().saturating_sub(before).max(1);
    Excerpt {
        text: text.trim_end().to_owned(),
        before: count(before),
        marked: count(marked.min(room)),
    }
}

/// Texts are bounded, so the count fits; a longer one only shows a wrong number.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_becomes_line_column_and_mark() {
        let source = Source::new("a.md", "one\ntwo ümlaut three\n");
        let start = source.text().find("three").unwrap();
        let problem = source.problem(start..start + 5, "no");
        assert_eq!((problem.line, problem.column), (2, 12));
        let excerpt = problem.excerpt.unwrap();
        assert_eq!(
            (excerpt.text.as_str(), excerpt.before, excerpt.marked),
            ("two ümlaut three", 11, 5)
        );
    }

    #[test]
    fn a_range_beyond_the_end_or_within_a_character_is_moved_to_a_boundary() {
        let source = Source::new("a.md", "ü");
        assert_eq!(source.problem(1..9, "no").column, 1);
        assert_eq!(source.problem(900..901, "no").column, 2);
    }

    #[test]
    fn what_is_wrong_is_shown_as_it_was_written() {
        let source = Source::new("a.md", "x\n${V} is ${V} here\n");
        let draw = Draw::from([("V".to_owned(), "v1.0-of-many".to_owned())]);
        let drawn = source.with(0, &draw);
        assert_eq!(drawn.text(), "x\nv1.0-of-many is v1.0-of-many here\n");
        let marked = |part: std::ops::Range<usize>| {
            let problem = drawn.problem(part, "no");
            let excerpt = problem.excerpt.unwrap();
            let text: String = excerpt
                .text
                .chars()
                .skip(excerpt.before as usize)
                .take(excerpt.marked as usize)
                .collect();
            (problem.line, problem.column, text)
        };
        let here = drawn.text().find("here").unwrap();
        assert_eq!(marked(here..here + 4), (2, 14, "here".to_owned()));
        assert_eq!(
            marked(4..6),
            (2, 1, "${V}".to_owned()),
            "within a value, its name"
        );
        assert_eq!(marked(2..here + 4), (2, 1, "${V} is ${V} here".to_owned()));
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let source = Source::new("a.md", &format!("{}X{}", "a".repeat(500), "b".repeat(500)));
        let excerpt = source.problem(500..501, "no").excerpt.unwrap();
        assert_eq!(excerpt.text.chars().nth(excerpt.before as usize), Some('X'));
        assert!(excerpt.text.len() <= EXCERPT_WIDTH);
    }

    #[test]
    fn characters_that_deceive_are_refused() {
        for text in ["a\u{202e}b", "a\u{1b}[2Jb", "a\0", "a\rb", "a\u{200b}"] {
            assert!(Source::new("a.md", text).check().is_err(), "{text:?}");
        }
        assert!(Source::new("a.md", "\u{feff}a\r\n\tü – “x” 🐳").check().is_ok());
    }
}
