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
