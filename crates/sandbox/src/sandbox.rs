//! A handle to one running sandbox.

use std::fmt;
use std::net::IpAddr;

use bollard::Docker;
use drydock_protocol::api::Limits;
use tokio_util::sync::CancellationToken;

use crate::agent::{AgentClient, AgentError};
use crate::builds::{self, Builds};
use crate::gateway::preview_name;
use crate::names::SandboxId;
use crate::seats::Seat;

/// A sandbox that is ready, or was when the handle was taken: see [`Sandbox::ended`].
pub struct Sandbox {
    pub(crate) id: SandboxId,
    pub(crate) agent: AgentClient,
    pub(crate) engine: Docker,
    pub(crate) limits: Limits,
    /// What it shows to the gateway.
    pub(crate) proxy_token: String,
    pub(crate) ended: CancellationToken,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sandbox")
            .field("id", &self.id)
            .field("agent", &self.agent)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Which one.
    pub fn id(&self) -> &SandboxId {
        &self.id
    }

    /// Commands, files, terminals and the journal.
    pub fn agent(&self) -> &AgentClient {
        &self.agent
    }

    /// The learner's engine. What it says is the learner's claim.
    pub fn engine(&self) -> &Docker {
        &self.engine
    }

    /// The engine's builds, as they happen. What it says of them is the learner's claim.
    pub async fn builds(&self) -> Result<Builds, AgentError> {
        builds::listen(&self.agent).await
    }

    /// What it may use.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Its address on the sandboxes' network: published ports answer there.
    pub fn address(&self) -> IpAddr {
        self.agent.address().ip()
    }

    /// What stands for it in the addresses of its previews: 32 hexadecimal digits that nobody can guess. A later server that finds the
    /// sandbox knows it by the same.
    pub fn preview_name(&self) -> String {
        preview_name(&self.proxy_token)
    }

    /// Cancelled when the sandbox stops, for whatever reason: whatever streams from it should end then.
    pub fn ended(&self) -> &CancellationToken {
        &self.ended
    }
}

/// A sandbox with the seat that it holds.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) sandbox: std::sync::Arc<Sandbox>,
    // Given back when the machine is dropped, which is after it is cleared away.
    pub(crate) _seat: Seat,
}
