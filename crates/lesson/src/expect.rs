//! What an exercise asks of a sandbox: expectations, as authors write them in YAML.
//!
//! An [`Expectation`] is one condition. It names a thing with a *matcher* (`image: nginx:1.26`), asks
//! *fields* of it (`same_as:`, `size:` …), and carries what belongs to every expectation: `points`, `mode`,
//! `within`, `label` and the author's own messages under `else:`. Everything is checked while it is read, so
//! that an `Expectation` that exists is a sound one; whoever evaluates it need not look again.
//!
//! Variables (`${VERSION}`) are no concern of this module: they are put in before the YAML is read. The only
//! placeholders left are those of messages, `${actual…}` and `${expected…}` ([`Template`]).
//!
//! This module knows nothing of engines: evaluation is the grader's.

mod answer;
mod command;
mod error;
mod fields;
mod keys;
mod label;
mod message;
pub(crate) mod parse;
mod pattern;
mod quantity;
mod reference;
mod settings;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use answer::{
    Accepted, AnswerExpect, AnswerKind, Choice, Decimal, Fact, FactField, FactKind, Is, Right, Thing,
    WrongAnswer, number,
};
pub use command::CommandLine;
pub use error::ExpectError;
pub use fields::{
    ArchiveExpect, Asked, BuildContextExpect, ComposeExpect, ContainerExpect, ContainerState, ContextPath,
    CopySource, CreatedAfter, DanglingExpect, DockerfileExpect, FileExpect, Health, HttpExpect, HttpTarget,
    ImageExpect, MountWanted, NetworkExpect, Order, PortWanted, Protocol, PublishedPort, RanExpect,
    RegistryExpect, Restart, ScriptExpect, TextRules, User, VolumeExpect,
};
pub use keys::nearest;
pub use message::{Else, Placeholder, Side, Template};
pub use pattern::{Glob, Pattern};
pub use quantity::{Bounds, FileMode, Size, Span};
pub use reference::{PushedPattern, Reference, ReferencePattern};
pub use settings::{Ports, Services, Settings};

/// One condition on a sandbox's state.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What is looked at, and what is asked of it.
    pub matcher: Matcher,
    /// Wrapped in `absent:`: holds when the matcher does not, once the matcher has been seen to hold.
    pub absent: bool,
    /// Its weight when the exercise's points are shared out.
    pub points: u32,
    /// Whether having held once is enough.
    pub mode: Mode,
    /// How long after something happened it may still come true: it is looked at again until then.
    pub within: Option<Duration>,
    /// The author's label, if there is one; [`Expectation::label`] always has one.
    pub own_label: Option<String>,
    /// The author's messages.
    pub messages: Else,
}

/// Whether having held once is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is: a pass is kept.
    #[default]
    Keep,
    /// It is not: the expectation has to hold now.
    Hold,
}

/// The kind of an expectation, with its fields.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// An image by its reference.
    Image(Box<ImageExpect>),
    /// Images without a tag.
    Dangling(DanglingExpect),
    /// A container by its name.
    Container(Box<ContainerExpect>),
    /// A network by its name.
    Network(NetworkExpect),
    /// A volume by its name.
    Volume(VolumeExpect),
    /// A Compose project by its name.
    Compose(ComposeExpect),
    /// An image that the learner pushed.
    Registry(RegistryExpect),
    /// A file of the workspace.
    File(FileExpect),
    /// A Dockerfile of the workspace, parsed.
    Dockerfile(Box<DockerfileExpect>),
    /// A folder of the workspace, as a build is sent it.
    BuildContext(BuildContextExpect),
    /// A tar of the workspace, looked into and not unpacked.
    Archive(ArchiveExpect),
    /// What answers on a port of the sandbox.
    Http(HttpExpect),
    /// A look of the author's own.
    Script(ScriptExpect),
    /// A command that the learner ran.
    Ran(RanExpect),
    /// A question that the learner answers.
    Answer(Box<AnswerExpect>),
}

impl Matcher {
    /// The key that selects it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Image(_) => "image",
            Self::Dangling(_) => "dangling",
            Self::Container(_) => "container",
            Self::Network(_) => "network",
            Self::Volume(_) => "volume",
            Self::Compose(_) => "compose",
            Self::Registry(_) => "registry",
            Self::File(_) => "file",
            Self::Dockerfile(_) => "dockerfile",
            Self::BuildContext(_) => "build_context",
            Self::Archive(_) => "archive",
            Self::Http(_) => "http",
            Self::Script(_) => "script",
            Self::Ran(_) => "ran",
            Self::Answer(_) => "answer",
        }
    }

    /// What it selects, as the author wrote it.
    pub fn selector(&self) -> String {
        match self {
            Self::Image(image) => image.reference.to_string(),
            Self::Dangling(_) => "<none>".to_owned(),
            Self::Container(container) => container.name.as_str().to_owned(),
            Self::Network(network) => network.name.as_str().to_owned(),
            Self::Volume(volume) => volume.name.as_str().to_owned(),
            Self::Compose(compose) => compose.project.as_str().to_owned(),
            Self::Registry(registry) => registry.reference.to_string(),
            Self::File(file) => file.path.clone(),
            Self::Dockerfile(dockerfile) => dockerfile.path.clone(),
            Self::BuildContext(context) if context.path.is_empty() => ".".to_owned(),
            Self::BuildContext(context) => context.path.clone(),
            Self::Archive(archive) => archive.path.clone(),
            Self::Http(http) => http.target.to_string(),
            Self::Script(script) => script.first_line().to_owned(),
            Self::Ran(ran) => ran.command.as_str().to_owned(),
            Self::Answer(answer) => answer.question.clone(),
        }
    }

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        match self {
            Self::Image(image) => image.asked(),
            Self::Dangling(dangling) => dangling.asked(),
            Self::Container(container) => container.asked(),
            Self::Network(network) => network.asked(),
            Self::Volume(volume) => volume.asked(),
            Self::Compose(compose) => compose.asked(),
            Self::Registry(registry) => registry.asked(),
            Self::File(file) => file.asked(),
            Self::Dockerfile(dockerfile) => dockerfile.asked(),
            Self::BuildContext(context) => context.asked(),
            Self::Archive(archive) => archive.asked(),
            Self::Http(http) => http.asked(),
            // It always ends with some status.
            Self::Script(_) => vec!["exit"],
            Self::Ran(ran) => ran.asked(),
            Self::Answer(answer) => answer.asked(),
        }
    }
}

impl Expectation {
    /// What it asks for, in a few words, with `code` in backticks.
    pub fn label(&self) -> String {
        self.own_label.clone().unwrap_or_else(|| label::default(self))
    }

    /// Why its messages could not be shown, if they could not: message and help.
    pub(crate) fn refusal(&self) -> Option<(String, String)> {
        let said = parse::check_messages(self).err()?.to_string();
        let (message, help) = said.split_once("\nhelp: ").unwrap_or((&said, ""));
        Some((message.to_owned(), help.to_owned()))
    }

    /// Every name that a failure of this expectation can carry, and so every key that may stand under
    /// `else:` and be named by a pitfall's `fails:`.
    pub fn failures(&self) -> Vec<&'static str> {
        if self.absent {
            return vec!["present", "unseen"];
        }
        let mut names = vec!["missing"];
        match self.matcher {
            Matcher::Dockerfile(_) => names.push("syntax"),
            Matcher::Archive(_) => names.push("format"),
            _ => {}
        }
        names.extend(self.matcher.asked());
        names
    }
}
