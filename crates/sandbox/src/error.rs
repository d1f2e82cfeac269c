//! What can go wrong with sandboxes: each variant says what happened, to what, and what to do.

use std::io;
use std::path::PathBuf;

use crate::agent::AgentError;
use crate::names::SandboxId;

/// A sandbox, or the host engine that runs it, did not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host engine cannot be reached at all: it is stopped, restarting, or its socket is not ours to open.
    #[error(
        "the host's Docker engine does not answer ({why}). Start it, or look at DOCKER_HOST; what waits for it goes on by itself"
    )]
    HostEngine {
        /// What the attempt to reach it ended with.
        why: String,
    },

    /// What should be the host engine's address is none.
    #[error("the host engine's address is `{address}`; it begins with unix:// or tcp://")]
    Address {
        /// What was given.
        address: String,
    },

    /// The host engine answered, with an error.
    #[error("the host's Docker engine could not {doing}: {why}")]
    Host {
        /// What was asked of it, as a verb with its object.
        doing: String,
        /// What it said.
        why: String,
        /// The HTTP status that it answered with, if it did.
        status: Option<u16>,
    },

    /// The host engine has no sandbox image.
    #[error(
        "the host engine has no image {image}: build it with `drydock images build` or `images/build sandbox`"
    )]
    ImageMissing {
        /// The configured reference.
        image: String,
    },

    /// A one-shot helper failed on the host's side.
    #[error("the helper `{command}` ended with {exit}: {said}")]
    Helper {
        /// Its command line.
        command: String,
        /// Its exit status.
        exit: i64,
        /// The tail of what it said.
        said: String,
    },

    /// No way to limit disks works.
    #[error(
        "no disk can be made: {why}. Set `disk` to \"tmpfs\", or make loop devices available to the host engine"
    )]
    Disk {
        /// What was tried and how it ended.
        why: String,
    },

    /// A sandbox was made but did not become ready.
    #[error("sandbox {sandbox} did not get ready within {seconds} s while {doing}: {said}")]
    NotReady {
        /// Which one.
        sandbox: SandboxId,
        /// What it was waited for.
        doing: String,
        /// How long.
        seconds: u64,
        /// The tail of what its engine or container said.
        said: String,
    },

    /// A sandbox ended by itself while it was being made.
    #[error("sandbox {sandbox} ended by itself: {why}")]
    Died {
        /// Which one.
        sandbox: SandboxId,
        /// Whether it was the memory limit, a signal, or its own doing.
        why: String,
    },

    /// An engine cannot start, because its disk is full.
    #[error("the engine of sandbox {sandbox} cannot be started: its disk is full")]
    DiskFull {
        /// Which one.
        sandbox: SandboxId,
    },

    /// A sandbox's disks are in memory, and end with the processes in it.
    #[error(
        "what is on this host's sandboxes' disks cannot be looked at after their processes have ended, as the disks are in memory: make loop devices available to the host engine (`drydock doctor` says how)"
    )]
    NothingToExamine,

    /// The agent in a sandbox did not do what it should.
    #[error(transparent)]
    Agent(#[from] AgentError),

    /// A classroom image is not among the archives.
    #[error(
        "the classroom has no image {reference}: add it with `drydock images build`, or take it out of the lesson"
    )]
    NoArchive {
        /// What was asked for.
        reference: String,
    },

    /// A classroom image's archive could not be loaded into a sandbox.
    #[error("{reference} could not be loaded into the sandbox: {why}")]
    Load {
        /// What was being loaded.
        reference: String,
        /// What the learner's engine or the disk said.
        why: String,
    },

    /// The owner has no sandbox, or it is not ready.
    #[error("there is no sandbox that is ready: start one first")]
    NoSandbox,

    /// The sandbox cannot be given more time.
    #[error("this sandbox cannot be extended {why}")]
    CannotExtend {
        /// "yet: …" or "again: …"
        why: String,
    },

    /// A setting cannot work.
    #[error("setting `{setting}` is wrong: {why}")]
    Config {
        /// Its name in [`crate::Config`].
        setting: &'static str,
        /// What it may be.
        why: String,
    },

    /// A name that should be one of ours is not.
    #[error("`{text}` is not {wanted}")]
    Name {
        /// What was found.
        text: String,
        /// What it should be.
        wanted: &'static str,
    },

    /// A file of the data folder could not be read or written.
    #[error("{path}: {source}. The server needs to write to its data folder")]
    Record {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },

    /// The server is being stopped.
    #[error("the server is being stopped: try again in a moment")]
    ShuttingDown,
}

impl Error {
    /// Whether the cause is a host engine that is not there: what failed can be tried again when it is back.
    pub fn is_host_gone(&self) -> bool {
        matches!(self, Self::HostEngine { .. })
    }
}
