//! YAML that stands in a [`Source`]: parsed with bounds, its errors moved to where they are in the file.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location, MessageFormatter, Options, UserMessageFormatter};

use crate::limits;
use crate::nearest;
use crate::problem::Problem;
use crate::source::Source;

/// A part of a source that is YAML.
#[derive(Clone, Debug)]
pub(crate) struct Yaml<'a> {
    pub(crate) source: &'a Source,
    pub(crate) range: Range<usize>,
}

impl Yaml<'_> {
    /// Reads a value of the type. A custom error of that type may carry a help text after `\nhelp: `.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let text = &self.source.text()[self.range.clone()];
        if text.len() > limits::YAML_MAX_BYTES {
            let message = format!("this YAML is larger than {} KiB", limits::YAML_MAX_BYTES / 1024);
            return Err(self.source.problem(self.range.clone(), message));
        }
        serde_saphyr::from_str_with_options(text, options()).map_err(|error| self.problem(&error))
    }

    /// A problem with a value whose place is known.
    pub(crate) fn problem_at(&self, location: Location, message: impl Into<String>) -> Problem {
        self.source.problem(self.place(location), message)
    }

    /// Where in the source something of this YAML stands.
    pub(crate) fn place(&self, location: Location) -> Range<usize> {
        let text = &self.source.text()[self.range.clone()];
        let line = usize::try_from(location.line()).unwrap_or(1).max(1) - 1;
        let column = usize::try_from(location.column()).unwrap_or(1).max(1) - 1;
        let line_start = text.split_inclusive('\n').take(line).map(str::len).sum::<usize>();
        let rest = &text[line_start..];
        let start = line_start
            + rest
                .char_indices()
                .nth(column)
                .map_or(rest.len(), |(offset, _)| offset);
        let length = usize::try_from(location.span().byte_len().unwrap_or(0)).unwrap_or(0);
        // An error at the very end is better shown on the last line than after it.
        let start = start.min(text.trim_end().len().max(1) - 1);
        self.range.start + start..(self.range.start + start + length).min(self.range.end)
    }

    fn problem(&self, error: &Error) -> Problem {
        let error = error.without_snippet();
        let range = error
            .location()
            .map_or(self.range.clone(), |location| self.place(location));
        let (message, help) = explain(error);
        let problem = self.source.problem(range, message);
        match help {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// Strict and bounded: what a stranger's YAML could use to cost or to mislead is off.
fn options() -> Options {
    let mut options = serde_saphyr::options! {
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: limits::YAML_MAX_DEPTH,
            max_nodes: limits::YAML_MAX_NODES,
            max_events: limits::YAML_MAX_NODES * 3,
            max_aliases: limits::YAML_MAX_ALIASES,
            max_anchors: limits::YAML_MAX_ALIASES,
            max_documents: 1,
        },
    };
    options.alias_limits.max_total_replayed_events = limits::YAML_MAX_NODES;
    options.alias_limits.max_replay_stack_depth = 4;
    options
}

/// The message and the help for an error of the YAML reader.
fn explain(error: &Error) -> (String, Option<String>) {
    match error {
        Error::SerdeUnknownField { field, expected, .. } => (
            format!("unknown field `{field}`"),
            Some(nearest::help(field, expected)),
        ),
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => (
            format!("`{variant}` is not known here"),
            Some(nearest::help(variant, expected)),
        ),
        Error::SerdeMissingField { field, .. } => (format!("the field `{field}` is missing"), None),
        Error::SerdeInvalidType {
            unexpected, expected, ..
        }
        | Error::SerdeInvalidValue {
            unexpected, expected, ..
        } => (format!("expected {expected}, found {unexpected}"), None),
        Error::InvalidScalar { ty, .. } if ty.starts_with(['i', 'u']) => {
            ("expected a whole number".to_owned(), None)
        }
        Error::InvalidBooleanStrict { .. } => ("expected `true` or `false`".to_owned(), None),
        Error::Unexpected { expected, .. } => (format!("expected a {}", plain(expected)), None),
        Error::DuplicateMappingKey { key: Some(key), .. } => (
            format!("the field `{key}` stands here twice"),
            Some("keep one of them".to_owned()),
        ),
        Error::Budget { .. } => (
            "this YAML is too large or nests too deep".to_owned(),
            Some(format!(
                "at most {} values, {} levels and {} aliases are read",
                limits::YAML_MAX_NODES,
                limits::YAML_MAX_DEPTH,
                limits::YAML_MAX_ALIASES
            )),
        ),
        other => split_help(&UserMessageFormatter.format_message(other)),
    }
}

/// What the YAML reader calls things, in the words of people.
fn plain(expected: &str) -> &str {
    match expected {
        "string scalar" => "text",
        "sequence start" => "list (`- …`, or `[…]`)",
        "mapping start" => "map (`key: value`)",
        other => other,
    }
}

/// Errors of our own types carry their help in the same string, for serde's errors have one string only.
fn split_help(message: &str) -> (String, Option<String>) {
    match message.split_once("\nhelp: ") {
        Some((message, help)) => (message.to_owned(), Some(help.to_owned())),
        None => (message.to_owned(), None),
    }
}
