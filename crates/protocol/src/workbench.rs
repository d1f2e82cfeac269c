//! What the panels of the workbench show: containers, builds, what is in a layer, where a learner's own web server is.
//! Files and images are in [`crate::api`].

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;

/// What the panels want to know at once. It comes on the events socket, beside [`crate::live::Event`], and is apart from it so that
/// the page can do without: only a panel that is open decodes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum PanelEvent {
    /// A change in the learner's workspace.
    Files {
        /// Paths relative to the workspace, at most a hundred; empty means "many, look again".
        paths: Vec<String>,
    },
    /// Something changed in the learner's engine; coalesced over about 100 ms.
    Engine {
        /// Whether images or their tags did.
        images: bool,
        /// Whether containers, networks or volumes did.
        containers: bool,
    },
    /// A build began, went on or ended. Sent at each change, coalesced over about 100 ms.
    Build(BuildView),
}

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
    /// What its first process ended with; null while it has not.
    pub exit_code: Option<i64>,
    /// When it was made.
    pub created: UnixSeconds,
    /// The command that it runs, as `docker ps` shows it.
    pub command: String,
    /// Ports that the image exposes or the learner published.
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
    /// `tcp` or `udp`.
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

/// A frame of `GET /api/v1/sandbox/containers/{id}/logs?tail=N` (WebSocket, text): what a container prints, from its last
/// `tail` lines on, as it comes. The socket is closed when the container ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogChunk {
    /// `stdout` or `stderr`.
    pub stream: String,
    /// Whole lines or a piece of one; bytes that are not UTF-8 are replaced. At most 16 KiB.
    pub text: String,
}

/// What one layer did to the files below it. `GET /api/v1/sandbox/images/{id}/files?layer=<diff_id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerFiles {
    /// Largest first; at most 1,000. Folders are left out unless the layer removed them.
    pub files: Vec<LayerFile>,
    /// How many there are in all.
    pub total: u64,
    /// Bytes of what was added and changed, of all of them.
    pub bytes: u64,
    /// Whether the image was too large to be read to its end: then the layers below may hold more, and what is called added may
    /// be a change.
    pub cut: bool,
}

/// A file in a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerFile {
    /// From the root, without the slash in front.
    pub path: String,
    /// What happened to it.
    pub change: FileChange,
    /// Bytes; 0 for what was removed.
    pub size: u64,
}

/// What a layer did to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// No layer below has it.
    Added,
    /// A layer below has it too.
    Changed,
    /// A layer below has it, and from here on it is not seen any more. It still takes its room there.
    Removed,
}

/// A build in the learner's engine, while it runs or after it. `GET /api/v1/sandbox/builds` has the last few, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildView {
    /// BuildKit's name for it.
    pub id: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// When it ended; null while it runs.
    pub ended_ms: Option<i64>,
    /// Why it failed; null if it did not.
    pub error: Option<String>,
    /// Its steps, in the order in which they were first seen: at most 200.
    pub steps: Vec<BuildStep>,
}

/// A step of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuildStep {
    /// As BuildKit names it: `[2/4] RUN apt-get update`, `[internal] load build definition from Dockerfile`.
    pub name: String,
    /// When it began, in milliseconds since 1970; null before.
    pub started_ms: Option<i64>,
    /// When it ended; null before.
    pub ended_ms: Option<i64>,
    /// Whether what it makes was there already.
    pub cached: bool,
    /// Why it failed; null if it did not.
    pub error: Option<String>,
}

/// `GET /api/v1/sandbox/preview`: where the learner's own web servers are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreviewView {
    /// Published TCP ports of running containers, smallest first.
    pub ports: Vec<PreviewPort>,
    /// Whether previews have an origin of their own. If not, they are in a sandboxed frame of this one, and absolute links in
    /// them do not work.
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

/// `POST /api/v1/sandbox/files/move`: the request. Nothing is ever overwritten by it: 409 if there is something at `to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    /// Relative to the workspace.
    pub from: String,
    /// Relative to the workspace; folders on the way are made.
    pub to: String,
}

/// `POST /api/v1/sandbox/files/folder`: the request. 409 if there is something of that name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FolderRequest {
    /// Relative to the workspace; folders on the way are made.
    pub path: String,
}
