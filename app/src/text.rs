//! Words and numbers for people: durations, sizes, places, and how two values differ. Pure.

/// A duration as a clock counts it down: `42:10`, and from an hour on `1:02:10`. Seconds; never below zero.
pub(crate) fn clock(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A rough duration in words: `a few seconds`, `about 40 seconds`, `about 4 minutes`, `about 2 hours`.
pub(crate) fn about(seconds: u32) -> String {
    match seconds {
        0..=9 => "a few seconds".into(),
        10..=89 => format!("about {} seconds", (seconds + 5) / 10 * 10),
        90..=5399 => format!("about {}", count((seconds + 30) / 60, "minute")),
        _ => format!("about {}", count((seconds + 1800) / 3600, "hour")),
    }
}

/// A lesson's length: `25 min`, `1 h`, `1 h 20 min`.
#[cfg(feature = "ssr")]
pub(crate) fn minutes(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, rest) => format!("{rest} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, rest) => format!("{hours} h {rest} min"),
    }
}

/// A number of bytes with a binary unit and at most one decimal: `812 B`, `48 MiB`, `1.5 GiB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Tenths of the unit, so that no floating point is needed.
    let mut tenths = u128::from(bytes) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let (whole, tenth) = (tenths / 10, tenths % 10);
    if tenth == 0 || whole >= 10 {
        format!("{whole} {}", UNITS[unit])
    } else {
        format!("{whole}.{tenth} {}", UNITS[unit])
    }
}

/// How much of a limit is used, in whole percent, 0 to 100.
pub(crate) fn percent(used: u64, limit: u64) -> u8 {
    if limit == 0 {
        return 0;
    }
    let percent = (u128::from(used) * 100 / u128::from(limit)).min(100);
    u8::try_from(percent).unwrap_or(100)
}

/// The dashes of a ring of circumference 100 that is closed so far.
pub(crate) fn ring(done: u32, total: u32) -> String {
    format!("{} 100", (done.min(total) * 100).checked_div(total).unwrap_or(0))
}

/// A number and its noun: `1 point`, `3 points`.
pub(crate) fn count(number: u32, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// A place in a row: `1st`, `2nd`, `3rd`, `11th`.
pub(crate) fn ordinal(place: u32) -> String {
    let ending = match (place % 100, place % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

/// A part of a sentence: words, or code that stood in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Words.
    Words(String),
    /// Code, without its backticks.
    Code(String),
}

/// Splits a sentence at its backticks. A backtick without a partner stays a character.
pub(crate) fn pieces(sentence: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = sentence;
    while let Some(open) = rest.find('`') {
        let Some(length) = rest[open + 1..].find('`') else {
            break;
        };
        if open > 0 {
            pieces.push(Piece::Words(rest[..open].to_owned()));
        }
        pieces.push(Piece::Code(rest[open + 1..open + 1 + length].to_owned()));
        rest = &rest[open + length + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest.to_owned()));
    }
    pieces
}

/// Two values cut where they begin and cease to differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What both begin with.
    pub(crate) before: String,
    /// The expected value's own part.
    pub(crate) expected: String,
    /// The actual value's own part.
    pub(crate) actual: String,
    /// What both end with.
    pub(crate) after: String,
}

impl Difference {
    /// Whether enough is common for marking the rest to say something: half of the shorter value. `nginx:1.22` and
    /// "nothing like it" both begin with an n, and are not alike for that.
    pub(crate) fn is_telling(&self) -> bool {
        let common = self.before.len() + self.after.len();
        let shorter = common + self.expected.len().min(self.actual.len());
        common > 0 && common * 2 >= shorter
    }
}

/// Compares two values character by character from both ends.
pub(crate) fn difference(expected: &str, actual: &str) -> Difference {
    let before: usize = expected
        .chars()
        .zip(actual.chars())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (expected_rest, actual_rest) = (&expected[before..], &actual[before..]);
    let after: usize = expected_rest
        .chars()
        .rev()
        .zip(actual_rest.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    Difference {
        before: expected[..before].to_owned(),
        expected: expected_rest[..expected_rest.len() - after].to_owned(),
        actual: actual_rest[..actual_rest.len() - after].to_owned(),
        after: expected_rest[expected_rest.len() - after..].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_counts_down_to_zero_and_not_below() {
        assert_eq!(clock(2530), "42:10");
        assert_eq!(clock(3730), "1:02:10");
        assert_eq!(clock(9), "0:09");
        assert_eq!(clock(-5), "0:00");
    }

    #[test]
    fn estimates_are_as_vague_as_they_are() {
        assert_eq!(about(3), "a few seconds");
        assert_eq!(about(44), "about 40 seconds");
        assert_eq!(about(90), "about 2 minutes");
        assert_eq!(about(240), "about 4 minutes");
        assert_eq!(about(7200), "about 2 hours");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn lengths_of_lessons() {
        assert_eq!(minutes(25), "25 min");
        assert_eq!(minutes(60), "1 h");
        assert_eq!(minutes(80), "1 h 20 min");
    }

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(1024), "1 KiB");
        assert_eq!(bytes(1536 * 1024), "1.5 MiB");
        assert_eq!(bytes(48 * 1024 * 1024 + 512 * 1024), "48 MiB");
        assert_eq!(bytes(4 * 1024 * 1024 * 1024), "4 GiB");
        assert_eq!(bytes(u64::MAX), "16777215 TiB");
    }

    #[test]
    fn percent_is_capped_and_needs_a_limit() {
        assert_eq!(percent(1, 0), 0);
        assert_eq!(percent(512, 1024), 50);
        assert_eq!(percent(2048, 1024), 100);
    }

    #[test]
    fn counts_and_places() {
        assert_eq!(count(1, "point"), "1 point");
        assert_eq!(count(0, "point"), "0 points");
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 112th"
        );
    }

    #[test]
    fn backticks_make_code() {
        assert_eq!(
            pieces("Use `docker tag`, not `cp`"),
            [
                Piece::Words("Use ".into()),
                Piece::Code("docker tag".into()),
                Piece::Words(", not ".into()),
                Piece::Code("cp".into()),
            ]
        );
        assert_eq!(pieces("a lone ` stays"), [Piece::Words("a lone ` stays".into())]);
    }

    #[test]
    fn one_common_letter_does_not_make_values_alike() {
        assert!(!difference("nginx:1.22", "nothing like it").is_telling());
        assert!(!difference("a", "b").is_telling());
        assert!(difference("nginx:1.22", "nginx:1.26").is_telling());
    }

    #[test]
    fn differences_are_cut_at_character_boundaries() {
        let cut = difference("sha256:aaé1", "sha256:bbé1");
        assert_eq!((cut.before.as_str(), cut.expected.as_str()), ("sha256:", "aa"));
        assert_eq!((cut.actual.as_str(), cut.after.as_str()), ("bb", "é1"));
        assert_eq!(
            difference("aa", "a"),
            Difference {
                before: "a".into(),
                expected: "a".into(),
                actual: String::new(),
                after: String::new()
            }
        );
    }
}
