//! `.dockerignore`, as BuildKit follows it: Go's `filepath.Match` and `**`, exceptions with `!`, and the order of the lines.

use regex::Regex;

/// Patterns in one file.
const PATTERNS_MAX: usize = 300;
/// Letters of one pattern.
const PATTERN_MAX: usize = 1_000;
/// Memory of one pattern once it is compiled, in bytes.
const COMPILED_MAX: usize = 1 << 18;

/// What a `.dockerignore` leaves out.
#[derive(Debug, Default)]
pub(crate) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// `!`: what matches is taken in again.
    exception: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    Exact(String),
    Prefix(String),
    /// A path's end, or with a slash before it the whole.
    Suffix(String),
    Regex(Regex),
}

/// Which of the patterns a folder matched: what is in it goes on from there.
pub(crate) type Matched = Vec<bool>;

impl Ignore {
    /// Reads a file's text. The error is the pattern that Docker would refuse.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut patterns = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let line = line.trim();
            let (exception, pattern) = match line.strip_prefix('!') {
                Some(rest) => (true, rest.trim()),
                None => (false, line),
            };
            if line.is_empty() {
                continue;
            }
            let refused = || line.chars().take(80).collect::<String>();
            if pattern.is_empty() || pattern.len() > PATTERN_MAX || patterns.len() == PATTERNS_MAX {
                return Err(refused());
            }
            let cleaned = clean(pattern);
            let cleaned = match cleaned.strip_prefix('/') {
                Some(rest) if !rest.is_empty() => rest,
                _ => &cleaned,
            };
            let what = compile(cleaned).ok_or_else(refused)?;
            patterns.push(Pattern { exception, what });
        }
        Ok(Self { patterns })
    }

    /// Whether there are lines with `!`: what is in a folder that is left out may then be taken in again.
    pub(crate) fn has_exceptions(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exception)
    }

    /// Whether a path is left out, given what the folder that it is in matched; nothing for what is at the top.
    pub(crate) fn leaves_out(&self, path: &str, folder: &[bool]) -> (bool, Matched) {
        let mut out = false;
        let mut matched = vec![false; self.patterns.len()];
        for (at, pattern) in self.patterns.iter().enumerate() {
            let inherited = folder.get(at).copied().unwrap_or(false);
            // What would change nothing is not looked at. That is BuildKit's way, and seen from outside.
            if !inherited && pattern.exception != out {
                continue;
            }
            if inherited || pattern.what.is(path) {
                matched[at] = true;
                out = !pattern.exception;
            }
        }
        (out, matched)
    }

    /// The same for a path in folders, from the top.
    pub(crate) fn leaves_out_path(&self, path: &str) -> (bool, Matched) {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.fold((false, Matched::new()), |(_, matched), end| {
            self.leaves_out(&path[..end], &matched)
        })
    }
}

impl What {
    fn is(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Prefix(prefix) => path.starts_with(prefix),
            Self::Suffix(suffix) => path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path),
            Self::Regex(regex) => regex.is_match(path),
        }
    }
}

/// A path without empty parts, `.` and, as far as can be, `..`.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// None for what is no pattern: a bracket without its end, a backslash at the end.
fn compile(pattern: &str) -> Option<What> {
    let letters: Vec<char> = pattern.chars().collect();
    let has = |from: usize| letters[from..].iter().any(|letter| "*?[]\\".contains(*letter));
    // These need no expression, and `**x` means the end of a name here, which an expression of it would not.
    if !has(0) {
        return Some(What::Exact(pattern.to_owned()));
    }
    if let Some(rest) = pattern.strip_prefix("**")
        && !has(2)
    {
        return Some(What::Suffix(rest.to_owned()));
    }
    if let Some(rest) = pattern.strip_suffix("**")
        && !has_wildcards(rest)
    {
        return Some(What::Prefix(rest.to_owned()));
    }
    let regex = expression(&letters)?;
    regex::RegexBuilder::new(&regex)
        .size_limit(COMPILED_MAX)
        .dfa_size_limit(COMPILED_MAX)
        .build()
        .ok()
        .map(What::Regex)
}

fn has_wildcards(text: &str) -> bool {
    text.contains(['*', '?', '[', ']', '\\'])
}

fn expression(letters: &[char]) -> Option<String> {
    let mut out = String::from("^");
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        match letter {
            '*' if letters.get(at) == Some(&'*') => {
                at += 1;
                if letters.get(at) == Some(&'/') {
                    at += 1;
                }
                out.push_str(if at == letters.len() {
                    "(?s:.*)"
                } else {
                    "(?s:.*/)?"
                });
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '\\' => {
                let next = letters.get(at)?;
                at += 1;
                out.push_str(&regex::escape(&next.to_string()));
            }
            '[' => at = class(letters, at, &mut out)?,
            _ => out.push_str(&regex::escape(&letter.to_string())),
        }
    }
    out.push('$');
    Some(out)
}

/// `[a-z]`, `[^a]`: gives where to go on.
fn class(letters: &[char], mut at: usize, out: &mut String) -> Option<usize> {
    out.push('[');
    if letters.get(at) == Some(&'^') {
        at += 1;
        out.push('^');
    }
    let start = at;
    loop {
        let mut letter = *letters.get(at)?;
        at += 1;
        match letter {
            ']' if at > start + 1 => {
                out.push(']');
                return Some(at);
            }
            ']' => return None,
            '-' if at > start + 1 && letters.get(at) != Some(&']') => {
                out.push('-');
                continue;
            }
            '\\' => {
                letter = *letters.get(at)?;
                at += 1;
            }
            _ => {}
        }
        if letter.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::{Ignore, clean};

    /// Whether a path is left out by these lines.
    fn out(lines: &str, path: &str) -> bool {
        Ignore::read(lines).unwrap().leaves_out_path(path).0
    }

    #[test]
    fn patterns_mean_what_they_mean_to_docker() {
        for (lines, path, left_out) in [
            // From the top only, whatever a `.gitignore` would mean.
            ("node_modules", "node_modules/a/b.js", true),
            ("node_modules", "web/node_modules/b.js", false),
            ("**/node_modules", "web/node_modules/b.js", true),
            ("**/node_modules", "node_modules", true),
            ("*.log", "a.log", true),
            ("*.log", "logs/a.log", false),
            ("**/*.log", "logs/x/a.log", true),
            ("**/*.log", "a.log", true),
            ("*/*.log", "logs/a.log", true),
            ("*/*.log", "logs/x/a.log", false),
            ("**.log", "x/a.log", true),
            ("foo/**", "foo/a", true),
            ("foo/**", "foo", false),
            ("foo**", "foobar/x", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/x/y/b", true),
            ("**", "anything/at/all", true),
            ("*", "anything", true),
            ("temp?", "tempa", true),
            ("temp?", "temp", false),
            ("temp?", "temp/", false),
            ("[a-c].txt", "b.txt", true),
            ("[^a-c].txt", "b.txt", false),
            ("[a.].txt", "..txt", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a.b", "axb", false),
            ("a+(b)$", "a+(b)$", true),
            // Written in other ways.
            ("/secret", "secret", true),
            ("./secret/", "secret/key", true),
            ("  secret  ", "secret", true),
            ("a/../secret", "secret", true),
            ("\u{feff}secret\r\n", "secret", true),
            ("# secret\n\n", "secret", false),
            (" #secret", "#secret", true),
            // The last one that matches decides.
            ("*.md\n!README.md", "README.md", false),
            ("*.md\n!README.md", "CHANGES.md", true),
            ("!README.md\n*.md", "README.md", true),
            ("*\n!src", "src/main.rs", false),
            ("*\n!src\nsrc/secret", "src/secret", true),
            ("docs\n!docs/api.md", "docs/api.md", false),
            ("docs\n! docs/api.md", "docs/api.md", false),
            ("docs\n!docs/api.md", "docs/other.md", true),
            ("*\n!/Dockerfile", "Dockerfile", false),
            ("", "a", false),
        ] {
            assert_eq!(out(lines, path), left_out, "{lines:?} and {path}");
        }
    }

    #[test]
    fn what_docker_refuses_is_refused() {
        for lines in ["[", "a[", "[]a]", "a\\", "!", "ok\n[x"] {
            assert!(Ignore::read(lines).is_err(), "{lines}");
        }
        assert!(Ignore::read(&"x\n".repeat(10_000)).is_err());
        assert!(Ignore::read(&"*".repeat(100_000)).is_err());
    }

    #[test]
    fn paths_are_cleaned() {
        for (path, cleaned) in [
            ("a//b/./c/", "a/b/c"),
            ("../a", "../a"),
            ("/../a", "/a"),
            ("a/..", "."),
            ("/", "/"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn whatever_is_written_costs_little() {
        const PIECES: [&str; 16] = [
            "*", "**", "?", "[", "]", "^", "-", "\\", "!", "/", "a", "&&", "~~", "ü", "\n", ".",
        ];
        let mut seed = 7_u64;
        let mut random = move |below: usize| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            usize::try_from(seed % below as u64).unwrap_or(0)
        };
        for _ in 0..500 {
            let lines: String = (0..random(20)).map(|_| PIECES[random(PIECES.len())]).collect();
            if let Ok(ignore) = Ignore::read(&lines) {
                ignore.leaves_out_path("a/aa/ü-a/.a");
            }
        }
        let begun = std::time::Instant::now();
        let slow = Ignore::read(&format!("{}b", "**/a*".repeat(15))).unwrap();
        slow.leaves_out_path(&"a/".repeat(1_000));
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    }
}
