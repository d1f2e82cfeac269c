//! What matchers read: plain data about a sandbox, behind a trait.
//!
//! [`Live`] reads it from a learner's engine and agent. Tests write it by hand: that is data, not an imitation
//! of Docker. Nothing here is trusted: whoever fills these types cuts them to size first (`limits`).

mod archive;
#[cfg(test)]
pub(crate) mod book;
mod engine;
mod folders;
mod http;
mod journal;
mod limits;
mod live;
mod pushes;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use drydock_lesson::expect::{ContainerState, Health, HttpTarget, PortWanted, PublishedPort, Reference};
use drydock_protocol::UnixSeconds;

pub use archive::{ArchiveFact, ArchivedImage, TarEnd, TarFact};
pub use folders::{EntryFact, EntryKind, FolderFact};
pub use http::HttpFact;
pub use journal::Journal;
pub use live::Live;
pub use pushes::{Pushed, Pushes};

use crate::error::FactError;

/// What can be known of a sandbox at one moment.
///
/// An implementation answers the same question with the same answer for as long as it lives: it stands for one
/// round of evaluation. It is asked from several expectations at once.
pub trait Facts: Send + Sync {
    /// All images, newest first.
    fn images(&self) -> impl Future<Output = Result<Arc<Vec<ImageFact>>, FactError>> + Send;
    /// What is inside one image. None if it is gone.
    fn image(&self, id: &str) -> impl Future<Output = Result<Option<Arc<ImageDetail>>, FactError>> + Send;
    /// The build steps of one image, oldest first, one instruction each (`RUN apt-get update`).
    fn history(&self, id: &str) -> impl Future<Output = Result<Option<Arc<Vec<String>>>, FactError>> + Send;
    /// All containers, running or not, newest first.
    fn containers(&self) -> impl Future<Output = Result<Arc<Vec<ContainerFact>>, FactError>> + Send;
    /// How one container is made. None if it is gone.
    fn container(
        &self,
        id: &str,
    ) -> impl Future<Output = Result<Option<Arc<ContainerDetail>>, FactError>> + Send;
    /// The end of what one container has written. None if it is gone.
    fn logs(&self, id: &str) -> impl Future<Output = Result<Option<Arc<String>>, FactError>> + Send;
    /// All networks, by their names.
    fn networks(&self) -> impl Future<Output = Result<Arc<Vec<NetworkFact>>, FactError>> + Send;
    /// All volumes, by their names.
    fn volumes(&self) -> impl Future<Output = Result<Arc<Vec<VolumeFact>>, FactError>> + Send;
    /// What stands at a path of the workspace.
    fn path(&self, path: &str) -> impl Future<Output = Result<Arc<PathFact>, FactError>> + Send;
    /// What is in a folder of the workspace; the workspace itself is `""`. None if there is no such folder.
    fn folder(&self, path: &str) -> impl Future<Output = Result<Option<Arc<FolderFact>>, FactError>> + Send;
    /// What a tar of the workspace has in it.
    fn archive(&self, path: &str) -> impl Future<Output = Result<Arc<ArchiveFact>, FactError>> + Send;
    /// The permission bits of a file. None if there is no file.
    fn mode(&self, path: &str) -> impl Future<Output = Result<Option<u32>, FactError>> + Send;
    /// The commands that the learner ran in terminals, oldest first.
    fn commands(&self) -> impl Future<Output = Result<Arc<Vec<CommandFact>>, FactError>> + Send;
    /// What the learner has pushed under a reference. None if nothing.
    fn pushed(&self, reference: &str) -> impl Future<Output = Result<Option<Pushed>, FactError>> + Send;
    /// What came of a script, run as the learner in the workspace.
    fn script(&self, script: &str) -> impl Future<Output = Result<Arc<ScriptFact>, FactError>> + Send;
    /// What answers on a port of the sandbox.
    fn http(&self, target: &HttpTarget) -> impl Future<Output = Result<Arc<HttpFact>, FactError>> + Send;
    /// Whether there is a registry at all that could be pushed to; an error if not.
    fn registry(&self) -> impl Future<Output = Result<(), FactError>> + Send;
}

/// An image as a list of images shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFact {
    /// `sha256:` and 64 hexadecimal digits.
    pub id: String,
    /// Its tags, and the digests that it was pulled by.
    pub references: Vec<Reference>,
    /// When it was made.
    pub created: UnixSeconds,
    /// Bytes of its files.
    pub size: u64,
}

impl ImageFact {
    /// Whether it has no tag, as `docker images --filter dangling=true` understands it.
    pub fn is_dangling(&self) -> bool {
        self.references.iter().all(|reference| reference.tag().is_none())
    }
}

/// What is inside an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageDetail {
    /// Digests of its layers, lowest first.
    pub layers: Vec<String>,
    /// The default command.
    pub cmd: Vec<String>,
    /// The entrypoint.
    pub entrypoint: Vec<String>,
    /// The user that it runs as; empty for root.
    pub user: String,
    /// The folder that it starts in; empty for `/`.
    pub workdir: String,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Declared ports, as the engine writes them: `80/tcp`.
    pub exposes: BTreeSet<String>,
}

/// A container as a list of containers shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerFact {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Its name, without the engine's leading slash.
    pub name: String,
    /// The image by the name that was used to make it.
    pub image: String,
    /// The image's ID.
    pub image_id: String,
    /// Where it is in its life.
    pub state: ContainerState,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Names of the networks that it is attached to.
    pub networks: BTreeSet<String>,
    /// Names of the volumes that it mounts.
    pub volumes: BTreeSet<String>,
}

/// A network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkFact {
    /// 64 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is made with: `bridge`.
    pub driver: String,
    /// Whether it leads nowhere else.
    pub internal: bool,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeFact {
    /// Its name; for one that nobody named, 64 hexadecimal digits.
    pub name: String,
    /// What it is kept with: `local`.
    pub driver: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// How a container is made and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerDetail {
    /// Where it is in its life.
    pub state: ContainerState,
    /// The status that its process ended with; 0 as long as it has not.
    pub exit_code: i64,
    /// What its health check says.
    pub health: Health,
    /// Published ports; with a host port for each that is bound.
    pub ports: Vec<PublishedPort>,
    /// Declared or published ports of the container that are bound to no port of the host.
    pub unpublished: Vec<PortWanted>,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// Mounts.
    pub mounts: Vec<MountFact>,
    /// Names of the networks that it is attached to.
    pub networks: BTreeSet<String>,
    /// The restart policy, as `docker run --restart` takes it.
    pub restart: String,
    /// The command, without the entrypoint.
    pub command: Vec<String>,
    /// The entrypoint and the command: what is run.
    pub args: Vec<String>,
}

/// Something that is mounted into a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MountFact {
    /// The volume's name, or the path on the host.
    pub source: String,
    /// Where it is in the container.
    pub target: String,
    /// Whether it cannot be written to.
    pub read_only: bool,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathFact {
    /// Nothing.
    Nothing,
    /// A folder.
    Folder,
    /// A file.
    File {
        /// Its size in bytes.
        size: u64,
        /// Its beginning; bytes that are not UTF-8 are replaced.
        text: String,
    },
}

/// A command that the learner ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandFact {
    /// As it was typed.
    pub command: String,
    /// The status that it ended with.
    pub exit: i32,
}

/// What came of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptFact {
    /// The status that it ended with; 124 if its time was up.
    pub exit: i32,
    /// The end of what it printed.
    pub output: String,
}
