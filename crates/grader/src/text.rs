//! Text for learners: what comes from a sandbox is shortened and kept from breaking the sentence that it stands in.

/// The longest piece of a sandbox's text in a message, in letters.
const SHOWN_MAX: usize = 160;

/// The longest message that a lesson's own script gives, in letters.
const SENTENCE_MAX: usize = 400;

/// A piece of a sandbox's text, fit to be shown: one line, no control characters, no backticks, not long.
pub(crate) fn shown(text: &str) -> String {
    line(text, SHOWN_MAX).replace('`', "'")
}

/// A message that a sandbox's text is as a whole: one line, no control characters, and `code` where backticks come in pairs.
pub(crate) fn sentence(text: &str) -> String {
    let line = line(text, SENTENCE_MAX);
    if line.matches('`').count().is_multiple_of(2) {
        line
    } else {
        line.replace('`', "'")
    }
}

/// One line without what cannot be seen, and not longer than that.
fn line(text: &str, max: usize) -> String {
    let mut line = String::new();
    for (count, letter) in text.trim().chars().enumerate() {
        if count == max {
            line.push('…');
            break;
        }
        line.push(match letter {
            letter if letter.is_control() || is_invisible(letter) => ' ',
            letter => letter,
        });
    }
    line
}

/// The same in backticks; `nothing` for nothing.
pub(crate) fn code(text: &str) -> String {
    let shown = shown(text);
    if shown.is_empty() {
        "nothing".to_owned()
    } else {
        format!("`{shown}`")
    }
}

/// Marks that turn the direction of the text around them, or hide in it.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// An ID as `docker images` shows it.
pub(crate) fn short_id(id: &str) -> String {
    id.strip_prefix("sha256:")
        .unwrap_or(id)
        .chars()
        .take(12)
        .collect()
}

/// Several in a row, the first few: `a`, `b` and 3 more.
pub(crate) fn several<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    const FEW: usize = 4;
    let items: Vec<String> = items.into_iter().map(|item| code(item.as_ref())).collect();
    match items.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        many if many.len() > FEW + 1 => format!("{} and {} more", many[..FEW].join(", "), many.len() - FEW),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 layer`, `2 layers`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

/// A moment for people: `2026-11-23 15:04 UTC`.
pub(crate) fn moment(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let minutes = seconds.rem_euclid(86_400) / 60;
    // The Gregorian calendar repeats every 400 years, which have 146,097 days; years begin in March here.
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 {
        (month + 3, year)
    } else {
        (month - 9, year + 1)
    };
    format!(
        "{:04}-{month:02}-{day:02} {:02}:{:02} UTC",
        year + era * 400,
        minutes / 60,
        minutes % 60
    )
}

#[cfg(test)]
mod tests {
    use super::{code, moment, sentence, several, short_id, shown};

    #[test]
    fn moments_are_dates_and_times() {
        assert_eq!(moment(0), "1970-01-01 00:00 UTC");
        assert_eq!(moment(1_709_208_001), "2024-02-29 12:00 UTC");
        assert_eq!(moment(-1), "1969-12-31 23:59 UTC");
        moment(i64::MAX);
        moment(i64::MIN);
    }

    #[test]
    fn what_a_sandbox_says_cannot_break_a_message() {
        assert_eq!(shown("a`b\nc\u{1b}[31md\u{202e}e"), "a'b c [31md e");
        assert_eq!(shown(&"x".repeat(100_000)).chars().count(), 161);
        assert_eq!(code(" "), "nothing");
        assert_eq!(sentence("`web` is\u{1b} `exited`\n"), "`web` is  `exited`");
        assert_eq!(sentence("`web is"), "'web is");
        assert_eq!(sentence(&"x".repeat(100_000)).chars().count(), 401);
    }

    #[test]
    fn lists_are_short() {
        assert_eq!(several(["a", "b"]), "`a` and `b`");
        assert_eq!(
            several((0..10).map(|n| n.to_string())),
            "`0`, `1`, `2`, `3` and 6 more"
        );
        assert_eq!(several(Vec::<String>::new()), "nothing");
    }

    #[test]
    fn ids_are_short() {
        assert_eq!(short_id(&format!("sha256:{}", "0a".repeat(32))), "0a0a0a0a0a0a");
    }
}
