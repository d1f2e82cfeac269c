//! Paths relative to the workspace.

use std::fmt;

use rustix::io::Errno;

use crate::error::Error;

/// The longest path, in bytes.
const PATH_MAX: usize = 4_000;
/// The longest name of a file or folder, in bytes.
const NAME_MAX: usize = 255;

/// A path that stays beneath the workspace as far as can be seen by looking at it. Links are another matter: see
/// [`super::beneath`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelPath {
    names: Vec<String>,
}

impl RelPath {
    /// Reads `a/b`, `./a//b/`; nothing, or `.`, is the workspace itself.
    ///
    /// # Errors
    /// If it is absolute, contains `..` or is too long.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let bad = |why| {
            Err(Error::BadPath {
                path: text.chars().take(200).collect(),
                why,
            })
        };
        if text.len() > PATH_MAX {
            return bad("it is too long");
        }
        if text.starts_with('/') {
            return bad("it must be relative to the workspace");
        }
        if text.contains('\0') {
            return bad("it contains a zero byte");
        }
        let names: Vec<&str> = text
            .split('/')
            .filter(|name| !matches!(*name, "" | "."))
            .collect();
        if names.contains(&"..") {
            return bad("it must not contain `..`");
        }
        if names.iter().any(|name| name.len() > NAME_MAX) {
            return bad("a name in it is too long");
        }
        Ok(Self {
            names: names.into_iter().map(str::to_owned).collect(),
        })
    }

    /// The names of folders on the way, and of the thing itself.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The folder that it is in, and its name there. None for the workspace itself.
    pub fn split(&self) -> Option<(Self, &str)> {
        let (last, folders) = self.names.split_last()?;
        Some((
            Self {
                names: folders.to_vec(),
            },
            last,
        ))
    }

    /// What `doing` something to it failed with.
    pub(super) fn failed(&self, doing: &str, source: Errno) -> Error {
        match source {
            Errno::NOENT => Error::NotFound {
                what: "file or folder",
                name: self.to_string(),
            },
            Errno::NOTDIR => Error::WrongKind {
                path: self.to_string(),
                why: "is not a folder, or leads through a file",
            },
            Errno::ISDIR => Error::WrongKind {
                path: self.to_string(),
                why: "is a folder",
            },
            // RESOLVE_BENEATH answers XDEV, O_NOFOLLOW answers LOOP.
            Errno::XDEV | Errno::LOOP => Error::Outside(self.to_string()),
            source => Error::io(format!("{doing} `{self}`"), source),
        }
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.names.is_empty() {
            f.write_str(".")
        } else {
            f.write_str(&self.names.join("/"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_paths() {
        for (text, shown) in [
            ("", "."),
            (".", "."),
            ("a", "a"),
            ("./a//b/", "a/b"),
            ("...", "..."),
            ("a/.b", "a/.b"),
        ] {
            assert_eq!(RelPath::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn paths_that_leave() {
        for text in [
            "/",
            "/etc/passwd",
            "..",
            "a/../b",
            "a/..",
            "./..",
            "a\0b",
            &"x/".repeat(2_100),
            &"x".repeat(256),
        ] {
            assert!(
                matches!(RelPath::parse(text), Err(Error::BadPath { .. })),
                "{text}"
            );
        }
    }
}
