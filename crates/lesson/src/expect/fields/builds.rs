//! What an image is built from.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer};

use super::User;
use crate::expect::error::ExpectError;
use crate::expect::pattern::{Glob, Pattern, glob};
use crate::expect::quantity::{Bounds, Size, from_scalar};
use crate::expect::reference::{Reference, ReferencePattern};
use crate::expect::settings::OneOrMany;

/// `dockerfile: PATH`: holds when the workspace has that file, it can be read as a Dockerfile, and has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct DockerfileExpect {
    /// Relative to the workspace.
    pub path: String,
    /// The number of its stages.
    pub stages: Option<Bounds<u64>>,
    /// The image that its last stage stands on, through whatever stages.
    pub final_from: Option<ReferencePattern>,
    /// What its last stage copies from: each is a stage or an image.
    pub copies_from: Option<Vec<CopySource>>,
    /// The user that its last stage ends with.
    pub user: Option<User>,
    /// Instructions, each of which stands before the next in one stage.
    pub before: Option<Order>,
    /// Every image that it names has a tag, and another than `latest`.
    pub no_latest: Option<Asked>,
    /// The command and the entrypoint of its last stage are lists of arguments.
    pub exec_form: Option<Asked>,
}

impl DockerfileExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 7] = [
        "stages",
        "final_from",
        "copies_from",
        "user",
        "before",
        "no_latest",
        "exec_form",
    ];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: stages, final_from, copies_from, user, before, no_latest, exec_form)
    }
}

/// `build_context: FOLDER`: holds when the workspace has that folder, and what a build of it could be sent is as is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct BuildContextExpect {
    /// Relative to the workspace; empty for the workspace itself.
    pub path: String,
    /// Paths in the folder of which nothing is sent.
    pub excludes: Option<Vec<ContextPath>>,
    /// The size of all files that are left.
    pub size: Option<Bounds<Size>>,
}

impl BuildContextExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 2] = ["excludes", "size"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: excludes, size)
    }
}

/// What a `COPY --from=` names: a stage by its name or number, or an image. `*` and `?` stand for any letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopySource(Glob);

impl CopySource {
    /// What the author wrote.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether a stage's name or number, or an image's reference, is meant.
    pub fn matches(&self, name: &str) -> bool {
        let same = |name: &str| self.0.matches(name) || self.0.matches(&name.to_ascii_lowercase());
        same(name) || Reference::from_engine(name).is_some_and(|image| same(&image.to_string()))
    }
}

impl FromStr for CopySource {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || "_.-/:@*?".contains(c);
        if text.is_empty() || text.len() > 255 || !text.chars().all(fine) {
            return Err(ExpectError::Value {
                text: text.chars().take(80).collect(),
                what: "a stage or an image",
                allowed: "write a stage's name or number, or an image's reference; `*` and `?` stand for any letters"
                    .to_owned(),
            });
        }
        Ok(Self(glob(&text.to_ascii_lowercase())))
    }
}

/// Expressions for instructions, in the order in which these are to stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Order(
    /// At least two.
    pub Vec<Pattern>,
);

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let patterns = OneOrMany::deserialize(deserializer)?.0;
        if patterns.len() < 2 {
            return Err(de::Error::custom(
                "an order is a list of two expressions or more, such as `['^COPY requirements', '^COPY \\. ']`",
            ));
        }
        Ok(Self(patterns))
    }
}

/// A field that is asked for or left out: `true`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked;

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            Ok(Self)
        } else {
            Err(de::Error::custom(
                "`false` asks for nothing\nhelp: leave the field out",
            ))
        }
    }
}

/// A path in a build's folder: relative, without `..`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextPath(String);

impl ContextPath {
    /// Without a slash at either end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContextPath {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let path = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        let sound = !path.is_empty()
            && path.len() <= 1_024
            && !path.contains(['\0', '\\', '\n', '*', '?'])
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if sound {
            Ok(Self(path.to_owned()))
        } else {
            Err(ExpectError::Value {
                text: text.chars().take(80).collect(),
                what: "a path in the build's folder",
                allowed: "it is relative to that folder and has no `..`, `*` or `?`".to_owned(),
            })
        }
    }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

from_scalar! {
    CopySource, "a stage's name or number, or an image's reference";
    ContextPath, "a path in the build's folder";
}
