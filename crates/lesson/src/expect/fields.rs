//! The fields of each matcher.
//!
//! The order of the fields is the order in which they are looked at: what has to be right first comes first,
//! because a learner is told of the first one that is not.

mod values;

pub use values::{
    ContainerState, CreatedAfter, Health, MountWanted, PortWanted, Protocol, PublishedPort, Restart, User,
};

use serde::Deserialize;

use super::command::CommandLine;
use super::pattern::{Glob, Pattern};
use super::quantity::{Bounds, FileMode, Size};
use super::reference::{PushedPattern, Reference, ReferencePattern};
use super::settings::{OneOrMany, Ports, Settings};

/// The names of the fields that are asked for, out of pairs of name and field.
macro_rules! asked {
    ($self:ident: $($field:ident),+ $(,)?) => {{
        let mut names = Vec::new();
        $(if $self.$field.is_some() { names.push(stringify!($field)); })+
        names
    }};
}

mod archive;
mod builds;
mod http;
mod things;

pub use archive::ArchiveExpect;
pub use builds::{Asked, BuildContextExpect, ContextPath, CopySource, DockerfileExpect, Order};
pub use http::{HttpExpect, HttpTarget};
pub use things::{ComposeExpect, NetworkExpect, VolumeExpect};

/// `image: REFERENCE`: holds when an image of that name has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageExpect {
    /// The name, or a pattern of names.
    pub reference: ReferencePattern,
    /// The same image under another name: the same ID.
    pub same_as: Option<Reference>,
    /// Built upon that image: its layers begin with that image's, and it is not that very image.
    pub based_on: Option<Reference>,
    /// The number of its layers.
    pub layers: Option<Bounds<u64>>,
    /// Its size.
    pub size: Option<Bounds<Size>>,
    /// An image that it is smaller than.
    pub smaller_than: Option<Reference>,
    /// The default command.
    pub cmd: Option<CommandLine>,
    /// The entrypoint.
    pub entrypoint: Option<CommandLine>,
    /// The user that it runs as.
    pub user: Option<User>,
    /// The folder that it starts in.
    pub workdir: Option<String>,
    /// Environment variables.
    pub env: Option<Settings>,
    /// Labels.
    pub labels: Option<Settings>,
    /// Ports that it declares.
    pub exposes: Option<Ports>,
    /// What its build steps have and have not.
    pub history: Option<TextRules>,
    /// When it was made.
    pub created_after: Option<CreatedAfter>,
    /// How many names match and have all else that is asked. Without it: one or more.
    pub count: Option<Bounds<u64>>,
}

impl ImageExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 15] = [
        "same_as",
        "based_on",
        "layers",
        "size",
        "smaller_than",
        "cmd",
        "entrypoint",
        "user",
        "workdir",
        "env",
        "labels",
        "exposes",
        "history",
        "created_after",
        "count",
    ];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: same_as, based_on, layers, size, smaller_than, cmd, entrypoint, user, workdir, env, labels,
            exposes, history, created_after, count)
    }
}

/// `dangling: true`: holds when there are images without a tag.
#[derive(Clone, Debug, PartialEq)]
pub struct DanglingExpect {
    /// How many. `dangling: false` is short for `count: 0`; without it, one or more.
    pub count: Option<Bounds<u64>>,
}

impl DanglingExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 1] = ["count"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: count)
    }
}

/// `container: NAME`: holds when a container of that name, running or not, has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerExpect {
    /// The name, or a pattern of names.
    pub name: Glob,
    /// The image that it was made from, by the name that was used or by its ID.
    pub image: Option<ReferencePattern>,
    /// One of these states.
    pub state: Option<Vec<ContainerState>>,
    /// The status that it ended with.
    pub exit_code: Option<Bounds<i64>>,
    /// What its health check says.
    pub health: Option<Health>,
    /// Ports that are published.
    pub ports: Option<Vec<PublishedPort>>,
    /// Environment variables.
    pub env: Option<Settings>,
    /// Volumes and folders that are mounted.
    pub mounts: Option<Vec<MountWanted>>,
    /// Networks that it is attached to.
    pub networks: Option<Vec<Glob>>,
    /// Its restart policy.
    pub restart: Option<Restart>,
    /// The command that it runs.
    pub command: Option<CommandLine>,
    /// What it has written.
    pub logs: Option<TextRules>,
}

impl ContainerExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 11] = [
        "image",
        "state",
        "exit_code",
        "health",
        "ports",
        "env",
        "mounts",
        "networks",
        "restart",
        "command",
        "logs",
    ];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: image, state, exit_code, health, ports, env, mounts, networks, restart, command, logs)
    }
}

/// `registry: REFERENCE`: holds when this learner has pushed an image under that reference.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryExpect {
    /// The name with its registry, or a pattern of such names.
    pub reference: PushedPattern,
    /// An image of the engine that what was pushed is the same as.
    pub same_as: Option<Reference>,
}

impl RegistryExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 1] = ["same_as"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: same_as)
    }
}

/// `file: PATH`: holds when the workspace has that file with all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct FileExpect {
    /// Relative to the workspace.
    pub path: String,
    /// Expressions that its text has.
    pub has: Option<Vec<Pattern>>,
    /// Expressions that its text has not.
    pub has_not: Option<Vec<Pattern>>,
    /// Its size.
    pub size: Option<Bounds<Size>>,
    /// Its permission bits.
    pub mode: Option<FileMode>,
}

impl FileExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 4] = ["has", "has_not", "size", "mode"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: has, has_not, size, mode)
    }
}

/// `ran: EXPRESSION`: holds when a command that the learner ran in a terminal matches.
#[derive(Clone, Debug, PartialEq)]
pub struct RanExpect {
    /// Found in the command as it was typed.
    pub command: Pattern,
    /// The status that it ended with. Without it: any.
    pub exit: Option<Bounds<i64>>,
}

impl RanExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 1] = ["exit"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: exit)
    }
}

/// `script: BASH`: holds when that ends as it is to, run as the learner in their home. It may run at any time and more than once,
/// so it only looks.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptExpect {
    /// Bash.
    pub script: String,
    /// The status that it ends with. Without it: 0.
    pub exit: Option<Bounds<i64>>,
}

impl ScriptExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 1] = ["exit"];

    /// The status that it is to end with.
    pub fn wanted(&self) -> Bounds<i64> {
        self.exit.unwrap_or_else(|| Bounds::exactly(0))
    }

    /// Its beginning, for people.
    pub fn first_line(&self) -> &str {
        let mut lines = self.script.lines().map(str::trim);
        lines
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .unwrap_or_default()
    }
}

/// What a text (a history, a log) has and has not.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "RawTextRules", deny_unknown_fields)]
pub struct TextRules {
    /// Each of these is found in some line.
    pub has: Vec<Pattern>,
    /// None of these is found in any line.
    pub has_not: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTextRules {
    has: Option<OneOrMany<Pattern>>,
    has_not: Option<OneOrMany<Pattern>>,
}

impl From<RawTextRules> for TextRules {
    fn from(raw: RawTextRules) -> Self {
        let list = |rules: Option<OneOrMany<Pattern>>| rules.map(|rules| rules.0).unwrap_or_default();
        Self {
            has: list(raw.has),
            has_not: list(raw.has_not),
        }
    }
}
