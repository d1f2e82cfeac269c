//! How much of what a sandbox says is kept. The learner owns the engine and may have it answer anything; what is
//! beyond these bounds is no honest classroom's work, and is left out.

use std::collections::BTreeMap;
use std::time::Duration;

/// How long one question to the engine or the agent may take. A sandbox that builds something heavy is slow, and
/// still worth an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(5);
/// Images, containers: the newest so many.
pub(super) const THINGS_MAX: usize = 2_000;
/// Tags and digests of one image, layers, build steps, ports, mounts, networks, variables, labels.
pub(super) const PARTS_MAX: usize = 300;
/// Letters of one name, value or argument.
pub(super) const TEXT_MAX: usize = 8 * 1_024;
/// Bytes of a log, from its end.
pub(super) const LOGS_MAX: usize = 256 * 1_024;
/// Lines of a log that are asked for.
pub(super) const LOG_LINES: &str = "1000";
/// Bytes of a file's text that expressions are run over.
pub(super) const FILE_TEXT_MAX: usize = 1_024 * 1_024;
/// Commands of the journal: the latest so many.
pub(super) const COMMANDS_MAX: usize = 5_000;

/// A text cut to size.
pub(super) fn text(mut text: String) -> String {
    cut(&mut text, TEXT_MAX);
    text
}

/// Cuts a text at so many bytes or a little before, between letters.
pub(super) fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        let end = (0..=max)
            .rev()
            .find(|&end| text.is_char_boundary(end))
            .unwrap_or(0);
        text.truncate(end);
    }
}

/// Leaves so many bytes at a text's end or a little less, between letters.
pub(super) fn cut_front(text: &mut String, max: usize) {
    let from = text.len().saturating_sub(max);
    let from = (from..=text.len())
        .find(|&from| text.is_char_boundary(from))
        .unwrap_or(0);
    text.drain(..from);
}

/// A list cut to size, with its texts.
pub(super) fn texts(list: Option<Vec<String>>) -> Vec<String> {
    list.unwrap_or_default()
        .into_iter()
        .take(PARTS_MAX)
        .map(text)
        .collect()
}

/// `NAME=value` lines as a map.
pub(super) fn env(list: Option<Vec<String>>) -> BTreeMap<String, String> {
    let pair = |line: String| match line.split_once('=') {
        Some((name, value)) => (name.to_owned(), value.to_owned()),
        None => (line, String::new()),
    };
    texts(list).into_iter().map(pair).collect()
}

/// Whether a text is an ID of the engine's: anything else is not put into the path of a request.
pub(super) fn is_id(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{cut, cut_front, env, is_id};

    #[test]
    fn texts_are_cut_between_letters() {
        let mut text = "aü".to_owned();
        cut(&mut text, 2);
        assert_eq!(text, "a");
        let mut text = "üa".to_owned();
        cut_front(&mut text, 2);
        assert_eq!(text, "a");
    }

    #[test]
    fn ids_are_hexadecimal_and_whole() {
        assert!(is_id(&format!("sha256:{}", "0a".repeat(32))));
        assert!(is_id(&"0a".repeat(32)));
        assert!(!is_id("../../containers/x"));
        assert!(!is_id("sha256:"));
    }

    #[test]
    fn variables_may_have_no_value() {
        let env = env(Some(vec!["A=b=c".into(), "D".into()]));
        assert_eq!(env["A"], "b=c");
        assert_eq!(env["D"], "");
    }
}
