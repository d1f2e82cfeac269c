//! What the grader needs of a sandbox, and nothing more of it.

use std::future::Future;
use std::net::IpAddr;

use bytes::Bytes;
use drydock_protocol::agent::{AgentEvent, JournalPage};
use drydock_protocol::api::Listing;
use futures::stream::BoxStream;

use crate::error::FactError;
use crate::facts::ScriptFact;

/// A sandbox that can be looked into.
pub trait Sandbox: Send + Sync + 'static {
    /// What answers for its files and its journal.
    type Agent: Agent;

    /// The learner's engine.
    fn engine(&self) -> &bollard::Docker;

    /// Where ports that the learner publishes are.
    fn address(&self) -> IpAddr;

    /// The sandbox's agent.
    fn agent(&self) -> &Self::Agent;
}

/// The part of a sandbox's agent that the grader uses. All of it only reads, as far as an author's script does.
pub trait Agent: Send + Sync + 'static {
    /// What stands at a path of the workspace; the workspace itself is `""`.
    fn look(&self, path: &str) -> impl Future<Output = Result<Looked, FactError>> + Send;

    /// A piece of a file of whatever size: at most so many bytes from a place on.
    fn piece(
        &self,
        path: &str,
        from: u64,
        length: u64,
    ) -> impl Future<Output = Result<Piece, FactError>> + Send;

    /// Runs a script as the learner, for a few seconds at most.
    fn script(&self, script: &str) -> impl Future<Output = Result<ScriptFact, FactError>> + Send;

    /// The journal's entries after a number.
    fn journal(&self, since: u64) -> impl Future<Output = Result<JournalPage, FactError>> + Send;

    /// What happens in the sandbox, from the journal's entry after a number on. The stream ends when the connection does.
    fn events(
        &self,
        since: u64,
    ) -> impl Future<Output = Result<BoxStream<'static, Result<AgentEvent, FactError>>, FactError>> + Send;
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Nothing.
    Nothing,
    /// A folder.
    Folder(Listing),
    /// A file with its bytes.
    File(Bytes),
}

/// A piece of what stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Nothing stands there.
    Nothing,
    /// A folder stands there.
    Folder,
    /// A piece of a file.
    Of {
        /// Its bytes; none beyond the file's end.
        bytes: Bytes,
        /// How large the whole file is.
        size: u64,
    },
}
