//! Reading an expectation: one map, whose matcher decides which other keys it may have.
//!
//! This is written by hand and not derived, for three reasons: keys may come in any order (`image:` is a matcher, and
//! a field of `container:`), errors keep the position of the key that they are about (serde's flattening and
//! untagged enums lose it), and a misspelt key is answered with the nearest one that this matcher has.

mod build;
mod messages;

pub(super) use messages::check as check_messages;

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::answer::{AnswerExpect, Is, WrongAnswer};
use super::command::CommandLine;
use super::error::ExpectError;
use super::fields::{
    ArchiveExpect, Asked, BuildContextExpect, ComposeExpect, ContainerExpect, ContainerState, ContextPath,
    CopySource, CreatedAfter, DanglingExpect, DockerfileExpect, FileExpect, Health, HttpExpect, HttpTarget,
    ImageExpect, MountWanted, NetworkExpect, Order, PublishedPort, RanExpect, RegistryExpect, Restart,
    ScriptExpect, TextRules, User, VolumeExpect,
};
use super::keys;
use super::message::Else;
use super::pattern::{Glob, Pattern};
use super::quantity::{Bounds, FileMode, Size, Span};
use super::reference::{PushedPattern, Reference, ReferencePattern};
use super::settings::{OneOrMany, Ports, Services, Settings};
use super::{Expectation, Matcher, Mode};

/// The keys that select something.
pub(crate) const MATCHERS: [&str; 15] = [
    "image",
    "dangling",
    "container",
    "network",
    "volume",
    "compose",
    "registry",
    "file",
    "dockerfile",
    "build_context",
    "archive",
    "http",
    "ran",
    "script",
    "answer",
];
/// The keys that every expectation may have.
pub(crate) const COMMON: [&str; 5] = ["points", "within", "mode", "else", "label"];

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Outer;
        impl<'de> Visitor<'de> for Outer {
            type Value = Expectation;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an expectation, such as `image: nginx:1.26`")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Expectation, A::Error> {
                let mut draft = Draft::default();
                draft.read(map, true)?;
                draft.finish().map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_map(Outer)
    }
}

/// The matcher inside `absent:`.
struct Absent(Matcher);

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Inner;
        impl<'de> Visitor<'de> for Inner {
            type Value = Absent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a matcher, such as `image: nginx:1.26`")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Absent, A::Error> {
                let mut draft = Draft::default();
                draft.read(map, false)?;
                draft.matcher().map(Absent).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_map(Inner)
    }
}

/// Every key of every matcher, as far as it has been read.
#[derive(Default)]
struct Draft {
    /// Fields as they were met, to be checked against the matcher.
    met: Vec<&'static str>,
    matcher: Option<&'static str>,
    absent: Option<Matcher>,
    points: Option<u32>,
    within: Option<Span>,
    keep: Option<Mode>,
    messages: Else,
    label: Option<String>,

    image: Option<ReferencePattern>,
    dangling: Option<bool>,
    container: Option<Glob>,
    network: Option<Glob>,
    volume: Option<Glob>,
    compose: Option<Glob>,
    registry: Option<PushedPattern>,
    file: Option<String>,
    dockerfile: Option<String>,
    build_context: Option<String>,
    archive: Option<String>,
    http: Option<HttpTarget>,
    ran: Option<Pattern>,
    script: Option<String>,
    answer: Option<String>,

    count: Option<Bounds<u64>>,
    same_as: Option<Reference>,
    based_on: Option<Reference>,
    layers: Option<Bounds<u64>>,
    size: Option<Bounds<Size>>,
    smaller_than: Option<Reference>,
    cmd: Option<CommandLine>,
    entrypoint: Option<CommandLine>,
    user: Option<User>,
    workdir: Option<String>,
    env: Option<Settings>,
    labels: Option<Settings>,
    exposes: Option<Ports>,
    history: Option<TextRules>,
    created_after: Option<CreatedAfter>,
    state: Option<Vec<ContainerState>>,
    exit_code: Option<Bounds<i64>>,
    ports: Option<Vec<PublishedPort>>,
    mounts: Option<Vec<MountWanted>>,
    networks: Option<Vec<Glob>>,
    health: Option<Health>,
    restart: Option<Restart>,
    command: Option<CommandLine>,
    logs: Option<TextRules>,
    has: Option<Vec<Pattern>>,
    has_not: Option<Vec<Pattern>>,
    file_mode: Option<FileMode>,
    exit: Option<Bounds<i64>>,
    driver: Option<Glob>,
    internal: Option<bool>,
    attached: Option<Vec<Glob>>,
    services: Option<Services>,
    stages: Option<Bounds<u64>>,
    final_from: Option<ReferencePattern>,
    copies_from: Option<Vec<CopySource>>,
    before: Option<Order>,
    no_latest: Option<Asked>,
    exec_form: Option<Asked>,
    excludes: Option<Vec<ContextPath>>,
    holds_image: Option<ReferencePattern>,
    is_filesystem: Option<Asked>,
    status: Option<Bounds<u64>>,
    is: Option<Is>,
    exact: Option<bool>,
    unit: Option<String>,
    wrong: Option<Vec<WrongAnswer>>,
    why: Option<String>,
    cost: Option<u32>,
}

/// Reads values into the draft's fields of the same names.
macro_rules! read_fields {
    ($draft:ident, $map:ident, $key:ident, $unknown:expr;
     one: $($one:ident),+; many: $($many:ident),+; special: { $($name:literal => $action:expr),+ $(,)? }) => {
        match $key {
            $(stringify!($one) => { $draft.$one = Some($map.next_value()?); stringify!($one) })+
            $(stringify!($many) => { $draft.$many = Some($map.next_value::<OneOrMany<_>>()?.0); stringify!($many) })+
            $($name => { $action; $name })+
            _ => return Err($unknown),
        }
    };
}

impl Draft {
    fn read<'de, A: MapAccess<'de>>(&mut self, mut map: A, outer: bool) -> Result<(), A::Error> {
        let draft = self;
        while let Some(key) = map.next_key_seed(Key { draft, outer })? {
            let key = key.as_str();
            let read = read_fields!(draft, map, key, de::Error::custom(draft.unknown(key));
            one: image, dangling, container, network, volume, compose, registry, file, dockerfile, build_context, archive, http, ran, script, answer, count, same_as, based_on, layers, size, smaller_than, cmd,
                entrypoint, user, workdir, env, labels, exposes, history, created_after, exit_code, health,
                restart, command, logs, exit, driver, internal, services, stages, final_from, before, no_latest, exec_form, holds_image, is_filesystem, status, is, exact, unit, wrong, why, cost, points, within, label;
            many: state, ports, mounts, networks, attached, copies_from, excludes, has, has_not;
            special: {
                "absent" => draft.absent = Some(map.next_value::<Absent>()?.0),
                "else" => draft.messages = map.next_value()?,
                "mode" => draft.mode(&map.next_value::<String>()?, outer).map_err(de::Error::custom)?,
            });
            draft.note(read);
        }
        Ok(())
    }

    /// Whether a key may stand here, as far as can be said before its value is read.
    fn check_key(&self, key: &str, outer: bool) -> Result<(), ExpectError> {
        if !outer && (COMMON.contains(&key) && key != "mode" || key == "absent") {
            return Err(ExpectError::Matcher(format!(
                "`{key}` does not belong inside `absent:`\nhelp: put it beside `absent:`"
            )));
        }
        if COMMON.contains(&key) || key == "absent" {
            return Ok(());
        }
        match (self.matcher, key) {
            (None, _) if MATCHERS.contains(&key) || is_field(key) => Ok(()),
            (Some("container"), "image") | (Some("image"), "container") => Ok(()),
            (Some(first), second) if MATCHERS.contains(&second) => Err(ExpectError::Matcher(format!(
                "`{first}` and `{second}` are both matchers\nhelp: write two expectations"
            ))),
            (Some(matcher), _) if fields_of(matcher).contains(&key) => Ok(()),
            // What looks like an image may turn out to be a container's.
            (Some("image"), _) if self.container.is_none() && ContainerExpect::FIELDS.contains(&key) => {
                Ok(())
            }
            _ => Err(self.unknown(key)),
        }
    }

    /// Keeps track of which matcher this is and which fields it has.
    fn note(&mut self, key: &'static str) {
        if !MATCHERS.contains(&key) {
            if key != "absent" && !COMMON.contains(&key) {
                self.met.push(key);
            }
        } else if (self.matcher, key) == (Some("container"), "image") {
            self.met.push(key);
        } else {
            // `image:` is a field of a container, whichever of the two comes first.
            if self.matcher.is_some() {
                self.met.push("image");
            }
            self.matcher = Some(key);
        }
    }

    /// `mode: keep` and `mode: hold` are about the expectation, `mode: 0644` is about a file.
    fn mode(&mut self, text: &str, outer: bool) -> Result<(), ExpectError> {
        match text {
            "keep" if outer => self.keep = Some(Mode::Keep),
            "hold" if outer => self.keep = Some(Mode::Hold),
            _ if text.starts_with(|c: char| c.is_ascii_digit()) => {
                self.file_mode = Some(text.parse()?);
                self.met.push("mode");
            }
            _ => {
                return Err(ExpectError::Value {
                    text: text.chars().take(80).collect(),
                    what: "a mode",
                    allowed:
                        "allowed are `keep` and `hold`, and for a file its permission bits, such as `0644`"
                            .into(),
                });
            }
        }
        Ok(())
    }

    fn unknown(&self, key: &str) -> ExpectError {
        let fields = self.matcher.map(fields_of).unwrap_or_default();
        let known: Vec<&'static str> = match self.matcher {
            Some(_) => fields.iter().copied().chain(COMMON).collect(),
            None => MATCHERS.into_iter().chain(["absent"]).chain(COMMON).collect(),
        };
        match self.matcher {
            Some(matcher) => ExpectError::ForeignField {
                matcher,
                key: key.to_owned(),
                hint: keys::hint(key, &known),
            },
            None => ExpectError::UnknownKey {
                key: key.to_owned(),
                hint: keys::hint(key, &known),
            },
        }
    }
}

/// A key, refused while it is read so that the error points at it.
struct Key<'a> {
    draft: &'a Draft,
    outer: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a matcher or of a field")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<String, E> {
        self.draft
            .check_key(key, self.outer)
            .map_err(E::custom)
            .map(|()| key.to_owned())
    }
}

fn is_field(key: &str) -> bool {
    MATCHERS.iter().any(|matcher| fields_of(matcher).contains(&key))
}

/// The fields that may be asked of what a matcher selects.
pub(crate) fn fields_of(matcher: &str) -> &'static [&'static str] {
    match matcher {
        "image" => &ImageExpect::FIELDS,
        "dangling" => &DanglingExpect::FIELDS,
        "container" => &ContainerExpect::FIELDS,
        "network" => &NetworkExpect::FIELDS,
        "volume" => &VolumeExpect::FIELDS,
        "compose" => &ComposeExpect::FIELDS,
        "registry" => &RegistryExpect::FIELDS,
        "file" => &FileExpect::FIELDS,
        "dockerfile" => &DockerfileExpect::FIELDS,
        "build_context" => &BuildContextExpect::FIELDS,
        "archive" => &ArchiveExpect::FIELDS,
        "http" => &HttpExpect::FIELDS,
        "script" => &ScriptExpect::FIELDS,
        "answer" => &AnswerExpect::FIELDS,
        _ => &RanExpect::FIELDS,
    }
}

fn foreign(matcher: &'static str, key: &str) -> ExpectError {
    ExpectError::ForeignField {
        matcher,
        key: key.to_owned(),
        hint: keys::hint(key, fields_of(matcher)),
    }
}
