//! What the panels of the workbench show beside images and files, which are in [`crate::api`].

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;

/// One of the learner's containers, running or not. `GET /api/v1/sandbox/containers` lists them, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContainerView {
    /// Its whole id, without a prefix.
    pub id: String,
    /// Its name, without the slash in front.
    pub name: String,
    /// What it was made from, as the learner wrote it: `nginx:1.26`, or an id.
    pub image: String,
    /// `sha256:…` of that image.
    pub image_id: String,
    /// `created`, `running`, `paused`, `restarting`, `removing`, `exited` or `dead`.
    pub state: String,
    /// What `docker ps` says: `Up 2 minutes (healthy)`.
    pub status: String,
    /// When it was made.
    pub created: UnixSeconds,
    /// The command that it runs, as `docker ps` shows it.
    pub command: String,
    /// Ports that the image exposes or the learner published, each once.
    pub ports: Vec<PortView>,
    /// The networks that it is in, by name.
    pub networks: Vec<String>,
    /// Volumes and folders that are mounted in it.
    pub mounts: Vec<MountView>,
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PortView {
    /// Inside the container.
    pub container: u16,
    /// Where it is published in the sandbox; null when it is not.
    pub published: Option<u16>,
    /// `tcp`, `udp` or `sctp`.
    pub protocol: String,
}

/// Something that is mounted in a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MountView {
    /// `volume`, `bind` or `tmpfs`.
    pub kind: String,
    /// The volume's name, or the folder's path in the sandbox.
    pub source: String,
    /// Where it is in the container.
    pub target: String,
    /// Whether the container may write there.
    pub writable: bool,
}

/// `GET /api/v1/sandbox/preview`: where the learner's own web servers are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewView {
    /// Published TCP ports of running containers, smallest first.
    pub ports: Vec<PreviewPort>,
    /// Whether previews have an origin of their own. If not, they are in a sandboxed frame of this one, and links in
    /// them that begin with a slash do not work.
    pub own_origin: bool,
}

/// A port that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewPort {
    /// Where it is published in the sandbox.
    pub port: u16,
    /// The container's name.
    pub container: String,
    /// Where a browser finds it, with a slash at the end. Whoever has this address sees it: it cannot be guessed, and ends with
    /// the sandbox.
    pub url: String,
}

/// `GET /api/v1/sandbox/images/{id}/layers/{layer}`: what a layer does to those below it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerFiles {
    /// The largest first; no more than 500. Folders are among them only where they are new and empty, or removed.
    pub files: Vec<LayerFile>,
    /// Of all, those left out included.
    pub totals: LayerTotals,
}

/// A file that a layer touches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerFile {
    /// Where a container finds it, with a slash in front.
    pub path: String,
    /// What the layer does to it.
    pub change: FileChange,
    /// Its bytes; of what is removed, those that are hidden and still travel along.
    pub size: u64,
}

/// What a layer does to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum FileChange {
    /// It was not there.
    Added,
    /// It was there, and is stored once more.
    Changed,
    /// It was there, and is hidden from here on.
    Removed,
}

/// How much of each a layer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerTotals {
    /// New files.
    pub added: LayerTotal,
    /// Files that were there before.
    pub changed: LayerTotal,
    /// Files that are hidden.
    pub removed: LayerTotal,
}

/// Files, and bytes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerTotal {
    /// How many.
    pub files: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// A build in the learner's engine, as it is now. `GET /api/v1/sandbox/builds` is a WebSocket that sends one whenever it has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildView {
    /// What the builder calls it.
    pub id: String,
    /// Whether it goes on.
    pub state: BuildState,
    /// How long it has taken until now, or in all, in milliseconds.
    pub took_ms: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// The Dockerfile's instructions, and what is done with their outcome, in the order in which the builder told of them.
    pub steps: Vec<BuildStepView>,
}

/// Whether a build goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum BuildState {
    /// It does.
    Running,
    /// It has ended well.
    Done,
    /// It has ended without an image.
    Failed,
}

/// A step of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildStepView {
    /// Where it stands, as the builder writes it: `2/5`, or `build 2/5` where there are several stages; empty for what is no instruction.
    pub place: String,
    /// The instruction, or what is done.
    pub text: String,
    /// How far it is.
    pub state: StepState,
    /// How long it has taken, in milliseconds; null as long as it waits, and for what the cache gave.
    pub took_ms: Option<u64>,
}

/// How far a step of a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Others come first.
    Waiting,
    /// It runs.
    Running,
    /// It has run.
    Done,
    /// What it made before was taken from the cache.
    Cached,
    /// It failed.
    Failed,
}

/// Something in a Dockerfile that keeps it from being built, or that its writer would rather know before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DockerfileProblem {
    /// The line where it stands, from 1.
    pub line: u32,
    /// Whether it cannot be built for it.
    pub severity: Severity,
    /// What it is, and what to do about it, in sentences; code is in backticks.
    pub message: String,
}

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It cannot be built.
    Error,
    /// It can be built, and will surprise somebody.
    Warning,
}
