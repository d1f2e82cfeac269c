//! What can be wrong with an expectation. The text reaches authors, with the place in their file before it.
//!
//! Serde's errors are one string, so what to do about one follows the message after `\nhelp: `.

use thiserror::Error;

/// A rule that an expectation, or a value in it, breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExpectError {
    /// Not an image reference.
    #[error("`{text}` is not an image reference\nhelp: {why}")]
    Reference {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Not a number of bytes.
    #[error("`{0}` is not a size\nhelp: write a number and a unit, such as `10MB` or `64MiB`")]
    Size(String),
    /// Not a duration.
    #[error("`{0}` is not a duration\nhelp: write a number and a unit, such as `500ms`, `10s` or `2m`")]
    Span(String),
    /// Not a file's permission bits.
    #[error("`{0}` is not a file mode\nhelp: write octal digits, such as `0644`")]
    FileMode(String),
    /// Bounds that nothing lies between.
    #[error("`min: {min}` is above `max: {max}`, so nothing could ever fit")]
    Bounds {
        /// The lower bound.
        min: String,
        /// The upper bound.
        max: String,
    },
    /// A regular expression that does not compile or is too large.
    #[error("`{text}` is not a regular expression that can be used: {why}")]
    Pattern {
        /// What was written.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// A placeholder in a message that nothing fills.
    #[error("`${{{name}}}` cannot be filled in\nhelp: {why}")]
    Placeholder {
        /// What stands between the braces.
        name: String,
        /// What can be used instead.
        why: String,
    },
    /// A value that is none of a few known ones.
    #[error("`{text}` is not {what}\nhelp: {allowed}")]
    Value {
        /// What was written.
        text: String,
        /// What it should be.
        what: &'static str,
        /// What is allowed.
        allowed: String,
    },
    /// A path that does not stay inside the workspace.
    #[error(
        "`{0}` is not a path in the workspace\nhelp: it is relative to the learner's home and has no `..`"
    )]
    Path(String),
    /// A key that nothing is called.
    #[error("unknown key `{key}`{hint}")]
    UnknownKey {
        /// What was written.
        key: String,
        /// The nearest known key, and all that are allowed.
        hint: String,
    },
    /// A field that this matcher does not have.
    #[error("`{matcher}` has no field `{key}`{hint}")]
    ForeignField {
        /// The matcher.
        matcher: &'static str,
        /// What was written.
        key: String,
        /// The nearest field, and all that are allowed.
        hint: String,
    },
    /// No matcher, or two.
    #[error("{0}")]
    Matcher(String),
    /// A message for something that cannot fail here.
    #[error("there is a message for `{key}` under `else:`, but it can never be shown{hint}")]
    UselessMessage {
        /// The key under `else:`.
        key: String,
        /// Which keys can be.
        hint: String,
    },
    /// A number out of its range.
    #[error("{0}")]
    Range(String),
}
