//! Patterns over text: globs for names, regular expressions for contents.

use std::str::FromStr;

use super::error::ExpectError;
use super::quantity::from_scalar;

/// The most letters that an expression may have.
const PATTERN_MAX: usize = 2_000;
/// The most memory that a compiled expression may take, in bytes.
const COMPILED_MAX: usize = 1 << 20;

/// A regular expression, compiled. `^` and `$` stand at the ends of lines.
///
/// Its time grows with the text's length and no faster (that is what the regex engine promises), so it may be
/// run over what a sandbox says.
#[derive(Clone, Debug)]
pub struct Pattern(regex::Regex);

impl Pattern {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The expression as people read it: without anchors, with spaces for `\s+` and dots for "anything".
    pub fn plain(&self) -> String {
        let mut text = self
            .as_str()
            .trim_start_matches('^')
            .trim_end_matches('$')
            .to_owned();
        for (from, to) in [
            (r"\s+", " "),
            (r"\s*", " "),
            (r"\b", ""),
            (".*", " … "),
            (r"\.", "."),
            ("`", "'"),
        ] {
            text = text.replace(from, to);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether [`plain`](Self::plain) reads as text, with nothing left of an expression in it.
    pub fn is_plain(&self) -> bool {
        !self
            .plain()
            .contains(['[', ']', '(', ')', '{', '}', '|', '?', '*', '+', '^', '$', '\\'])
    }

    /// Whether it is found anywhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The first line in which it is found.
    pub fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.0.find(text)?;
        let start = text[..found.start()].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[found.end()..]
            .find('\n')
            .map_or(text.len(), |newline| found.end() + newline);
        Some(&text[start..end])
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl FromStr for Pattern {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let wrong = |why: String| ExpectError::Pattern {
            text: text.chars().take(80).collect(),
            why,
        };
        if text.is_empty() {
            return Err(wrong("it is empty, so it would match anything".to_owned()));
        }
        if text.len() > PATTERN_MAX {
            return Err(wrong(format!("it has more than {PATTERN_MAX} letters")));
        }
        regex::RegexBuilder::new(text)
            .multi_line(true)
            .size_limit(COMPILED_MAX)
            .dfa_size_limit(COMPILED_MAX)
            .build()
            .map(Self)
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => {
                    wrong("it repeats so much that it would take too much memory".to_owned())
                }
                other => {
                    let text = other.to_string();
                    wrong(
                        text.lines()
                            .last()
                            .unwrap_or(&text)
                            .trim_start_matches("error: ")
                            .to_owned(),
                    )
                }
            })
    }
}

/// A name in which `*` stands for any letters and `?` for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can mean more than one name.
    pub fn has_wildcards(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Whether a name, the whole of it, is meant.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        let (mut p, mut n) = (0, 0);
        // Where to go on after the last star: the star took one letter too few.
        let mut retry: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some('*') => {
                    retry = Some((p + 1, n));
                    p += 1;
                }
                Some(c) if *c == '?' || *c == name[n] => {
                    p += 1;
                    n += 1;
                }
                _ => match retry {
                    Some((after_star, taken)) => {
                        retry = Some((after_star, taken + 1));
                        p = after_star;
                        n = taken + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }
}

/// A glob whose letters were checked by the caller.
pub(super) fn glob(text: &str) -> Glob {
    Glob(text.to_owned())
}

impl FromStr for Glob {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '*' | '?');
        if text.is_empty() || text.len() > 255 || !text.chars().all(fine) {
            return Err(ExpectError::Value {
                text: text.chars().take(80).collect(),
                what: "a name",
                allowed: "it has letters, digits, `_`, `.` and `-`, and `*` and `?` for any others"
                    .to_owned(),
            });
        }
        Ok(Self(text.to_owned()))
    }
}

from_scalar! {
    Pattern, "a regular expression";
    Glob, "a name; `*` and `?` stand for any letters";
}

#[cfg(test)]
mod tests {
    use super::{Glob, Pattern, glob};

    #[test]
    fn globs_match_whole_names() {
        for (pattern, name, expected) in [
            ("web", "web", true),
            ("web", "web1", false),
            ("web*", "web", true),
            ("*web", "my-web", true),
            ("*a*b*c*", "xxaxxbxxcxx", true),
            ("*a*b*c*", "xxaxxcxxbxx", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
            ("?", "", false),
            ("?", "ü", true),
        ] {
            assert_eq!(glob(pattern).matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn an_expression_is_told_from_text() {
        for (pattern, plain) in [
            ("^FROM nginx", true),
            (r"^nginx:1\.22$", true),
            (r"RUN .*pip\s+install", true),
            ("^[^n\n]", false),
            (r"pip3? install", false),
            (r"^COPY (--\S+ )*(\. |\./ )", false),
        ] {
            let pattern: Pattern = pattern.parse().unwrap();
            assert_eq!(pattern.is_plain(), plain, "{}", pattern.plain());
        }
    }

    #[test]
    fn a_glob_made_to_be_slow_is_not() {
        assert!(!glob(&"*a".repeat(60)).matches(&"a".repeat(50)));
        assert!(!glob(&format!("{}b", "*a".repeat(100))).matches(&"a".repeat(255)));
    }

    #[test]
    fn names_have_rules() {
        assert!("web server".parse::<Glob>().is_err());
        assert!("".parse::<Glob>().is_err());
    }

    #[test]
    fn expressions_are_compiled_with_limits() {
        assert!(
            r"(\w{1000}){1000}"
                .parse::<Pattern>()
                .unwrap_err()
                .to_string()
                .contains("too much memory")
        );
        assert!("a".repeat(5_000).parse::<Pattern>().is_err());
        let error = "docker (pull".parse::<Pattern>().unwrap_err().to_string();
        assert!(error.contains("unclosed group"), "{error}");
    }

    #[test]
    fn an_expression_finds_its_line() {
        let pattern: Pattern = "^COPY .*py$".parse().unwrap();
        assert_eq!(pattern.find("FROM x\nCOPY app.py\nRUN y"), Some("COPY app.py"));
        assert_eq!(pattern.find("FROM x"), None);
    }
}
