//! What a learner types while a command runs, as the sample on the page shows it.
//!
//! * A line that begins with `^C` (or `^D`, `^P^Q` …) is these keys. They are pressed once everything before them has been
//!   printed, or after a while.
//! * Where the screen stands still in the middle of a line that a line of the sample begins with and goes on from
//!   (`Are you sure you want to continue? [y/N] y`, `/ # ls`), what it goes on with is typed, and Enter is pressed.

use std::time::Duration;

use tokio::time::Instant;

use super::shape;

/// How long keys wait for what stands before them.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a question, or the prompt of a shell in a container, ends with.
const ASKING: &str = "]#$>?:";

/// What remains to be typed.
#[derive(Debug)]
pub(super) struct Answers<'a> {
    sample: &'a str,
    /// The line of the sample that is looked at next.
    next: usize,
    /// Since when keys have been waiting.
    waiting: Option<Instant>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(sample: &'a str) -> Self {
        Self {
            sample,
            next: 0,
            waiting: None,
        }
    }

    /// What is to be typed now, where this stands on the screen and nothing has come for a while.
    pub(super) fn next(&mut self, screen: &str) -> Option<Vec<u8>> {
        let lines: Vec<&str> = self.sample.lines().collect();
        let question = screen.ends_with(' ').then(|| screen.lines().last()).flatten();
        for (number, line) in lines.iter().enumerate().skip(self.next) {
            if let Some(keys) = keys(line) {
                let since = *self.waiting.get_or_insert_with(Instant::now);
                let before = lines[..number].join("\n");
                if since.elapsed() < PATIENCE && !shape::compare(&before, screen).missing.is_empty() {
                    return None;
                }
                self.waiting = None;
                self.next = number + 1;
                return Some(keys);
            }
            if let Some(question) = question
                && let Some(typed) = goes_on(line, question)
            {
                self.next = number + 1;
                return Some(format!("{typed}\r").into_bytes());
            }
        }
        None
    }
}

/// A sample without the lines that are keys and nothing else: not every terminal shows them. Lines keep their numbers.
pub(super) fn without_keys(sample: &str) -> String {
    let lines = sample.lines().map(|line| {
        let trimmed = line.trim();
        let only = keys(trimmed).is_some_and(|keys| 2 * keys.len() == trimmed.len());
        if only { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The keys that a line begins with: `^C` is Ctrl-C.
fn keys(line: &str) -> Option<Vec<u8>> {
    let mut keys = Vec::new();
    let mut rest = line.trim();
    while let Some(after) = rest.strip_prefix('^') {
        let Some(letter) = after.bytes().next().filter(u8::is_ascii_uppercase) else {
            break;
        };
        keys.push(letter & 0x1f);
        rest = &after[1..];
    }
    (!keys.is_empty()).then_some(keys)
}

/// What a line of the sample goes on with after a question.
fn goes_on(line: &str, question: &str) -> Option<String> {
    let line = line.trim_end();
    let mut ends = line.char_indices().filter(|(_, c)| ASKING.contains(*c));
    ends.find_map(|(at, c)| {
        let (asked, rest) = line.split_at(at + c.len_utf8());
        let typed = rest.strip_prefix(' ')?;
        (!typed.is_empty() && shape::looks_like(asked, question)).then(|| typed.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_as_on_the_page() {
        let sample = "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] y\nTotal: 0B";
        let mut answers = Answers::new(sample);
        assert_eq!(answers.next("WARNING! This will"), None);
        let screen =
            "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] ";
        assert_eq!(answers.next(screen), Some(b"y\r".to_vec()));
        assert_eq!(answers.next(screen), None);
    }

    #[test]
    fn a_shell_in_a_container_is_typed_into() {
        let mut answers =
            Answers::new("root@3f2a1b9c8d7e:/# hostname\n3f2a1b9c8d7e\nroot@3f2a1b9c8d7e:/# exit\nexit");
        assert_eq!(
            answers.next("root@0a1b2c3d4e5f:/# "),
            Some(b"hostname\r".to_vec())
        );
        assert_eq!(
            answers.next("root@0a1b2c3d4e5f:/# hostname\n0a1b2c3d4e5f\nroot@0a1b2c3d4e5f:/# "),
            Some(b"exit\r".to_vec())
        );
    }

    #[test]
    fn keys_wait_for_what_stands_before_them() {
        let mut answers = Answers::new("ready\n^C");
        assert_eq!(answers.next("starting"), None);
        assert_eq!(answers.next("starting\nready"), Some(vec![3]));
        assert_eq!(Answers::new("^P^Q").next(""), Some(vec![16, 17]));
        assert_eq!(Answers::new("2^C").next(""), None);
        assert_eq!(without_keys("a\n^P^Q\n^Cb\n"), "a\n\n^Cb");
    }
}
