//! Logical lines: what stands on several lines of the file put together, without comments and here-documents.

use super::Problem;
use super::words;
use super::words::Variables;

/// Logical lines in one file.
const LINES_MAX: usize = 5_000;

/// An instruction's line, put together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The number of its first line in the file, from 1.
    pub(super) number: usize,
    pub(super) text: String,
}

/// All logical lines, and the sign that escapes.
pub(super) fn read(text: &str) -> Result<(Vec<Line>, char), Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let physical: Vec<&str> = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    let (escape, mut at) = directives(&physical)?;
    let mut lines = Vec::new();
    while let Some(first) = physical.get(at) {
        at += 1;
        let number = at;
        if is_comment(first) {
            continue;
        }
        let (mut line, mut goes_on) = continued(first.trim_start(), escape);
        if !goes_on && line.is_empty() {
            continue;
        }
        while goes_on && let Some(next) = physical.get(at) {
            at += 1;
            // Both are left out within an instruction.
            if is_comment(next) || next.trim().is_empty() {
                continue;
            }
            let (more, on) = continued(next, escape);
            line.push_str(&more);
            goes_on = on;
        }
        if lines.len() == LINES_MAX {
            return Err(Problem::at(
                number,
                format!("there are more than {LINES_MAX} instructions"),
            ));
        }
        for heredoc in heredocs(&line, escape) {
            let body = physical.get(at..).unwrap_or_default();
            let Some(end) = body.iter().position(|line| heredoc.ends_with(line)) else {
                return Err(Problem::at(
                    number,
                    format!("the here-document that `{}` is to end has no end", heredoc.name),
                ));
            };
            at += end + 1;
        }
        lines.push(Line { number, text: line });
    }
    Ok((lines, escape))
}

/// The escape sign that the directives at the top ask for, and how many lines these are.
fn directives(physical: &[&str]) -> Result<(char, usize), Problem> {
    let mut escape = '\\';
    let mut seen: Vec<String> = Vec::new();
    for (at, line) in physical.iter().enumerate() {
        let directive = line
            .trim_start()
            .strip_prefix('#')
            .and_then(|comment| comment.split_once('='))
            .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim()));
        let Some((key, value)) = directive else {
            return Ok((escape, at));
        };
        if !matches!(key.as_str(), "escape" | "syntax" | "check") || value.is_empty() {
            return Ok((escape, at));
        }
        if seen.contains(&key) {
            return Err(Problem::at(at + 1, format!("`# {key}=` stands there twice")));
        }
        if key == "escape" {
            escape = match value {
                "\\" => '\\',
                "`" => '`',
                _ => {
                    return Err(Problem::at(
                        at + 1,
                        "`# escape=` is followed by a backslash or a backtick",
                    ));
                }
            };
        }
        seen.push(key);
    }
    Ok((escape, physical.len()))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// A line without the sign at its end that says that it goes on, and whether it does.
fn continued(line: &str, escape: char) -> (String, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(rest) if !rest.ends_with(escape) => (rest.to_owned(), true),
        _ => (line.to_owned(), false),
    }
}

/// A here-document that begins on a line.
struct Heredoc {
    name: String,
    /// `<<-`: tabs before its end do not count.
    tabs: bool,
}

impl Heredoc {
    fn ends_with(&self, line: &str) -> bool {
        let line = if self.tabs {
            line.trim_start_matches('\t')
        } else {
            line
        };
        line == self.name
    }
}

/// The here-documents that begin on a logical line, in their order.
fn heredocs(line: &str, escape: char) -> Vec<Heredoc> {
    let mut keywords = line.split_whitespace().map(str::to_ascii_uppercase);
    let first = keywords.next().unwrap_or_default();
    let keyword = if first == "ONBUILD" {
        keywords.next().unwrap_or_default()
    } else {
        first
    };
    if !matches!(keyword.as_str(), "ADD" | "COPY" | "RUN") {
        return Vec::new();
    }
    let words = words::split(line, escape).unwrap_or_default();
    words.iter().filter_map(|word| heredoc(word, escape)).collect()
}

fn heredoc(word: &str, escape: char) -> Option<Heredoc> {
    let rest = word
        .trim_start_matches(|letter: char| letter.is_ascii_digit())
        .strip_prefix("<<")?;
    let (tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    Some(Heredoc {
        name: words::process(rest, escape, &Variables::new()),
        tabs,
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    fn lines(text: &str) -> Vec<(usize, String)> {
        let (lines, _) = read(text).unwrap();
        lines.into_iter().map(|line| (line.number, line.text)).collect()
    }

    #[test]
    fn lines_go_on_over_comments_and_empty_ones() {
        let text = "FROM a\n\n# one\nRUN x && \\\n  # two\n\n  y \\  \n  z\nCMD b\\\\\nUSER c";
        assert_eq!(
            lines(text),
            [
                (1, "FROM a".into()),
                (4, "RUN x &&   y   z".into()),
                (9, "CMD b\\\\".into()),
                (10, "USER c".into())
            ]
        );
    }

    #[test]
    fn a_directive_changes_the_sign_and_only_at_the_top() {
        let text = "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN x `\n  y\nCOPY a c:\\\nCMD z";
        assert_eq!(
            lines(text),
            [
                (3, "FROM a".into()),
                (4, "RUN x   y".into()),
                (6, "COPY a c:\\".into()),
                (7, "CMD z".into())
            ]
        );
        let late = "# a comment\n# escape=`\nFROM a\nRUN x \\\n y";
        assert_eq!(lines(late), [(3, "FROM a".into()), (4, "RUN x  y".into())]);
        assert!(read("# escape=x\nFROM a").is_err());
        assert!(read("# escape=`\n# escape=`\nFROM a").is_err());
    }

    #[test]
    fn here_documents_are_no_instructions() {
        let text = "FROM a\nRUN <<EOF cat > /x && 3<<-'END' cat\nFROM b\nEOF\n\tUSER c\n\tEND\nCOPY <<\"A B\" /y\n# no comment \\\nA B\nUSER <<EOF\nCMD [\"<<EOF\"]\nRUN cat << EOF\nCMD d";
        let found: Vec<String> = lines(text).into_iter().map(|(_, text)| text).collect();
        assert_eq!(
            found,
            [
                "FROM a",
                "RUN <<EOF cat > /x && 3<<-'END' cat",
                "COPY <<\"A B\" /y",
                "USER <<EOF",
                "CMD [\"<<EOF\"]",
                "RUN cat << EOF",
                "CMD d",
            ]
        );
        let error = read("FROM a\nRUN <<EOF\nx\n").unwrap_err();
        assert_eq!((error.line, error.what.contains("`EOF`")), (2, true));
    }

    #[test]
    fn windows_line_ends_and_a_mark_at_the_beginning_change_nothing() {
        assert_eq!(
            lines("\u{feff}FROM a\r\nRUN x \\\r\n y\r\n"),
            [(1, "FROM a".into()), (2, "RUN x  y".into())]
        );
    }
}
