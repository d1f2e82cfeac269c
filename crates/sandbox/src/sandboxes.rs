//! All the sandboxes of one server: the crate's front door.

use std::sync::Arc;

use bollard::Docker;
use drydock_protocol::api::{SandboxView, StopReason};
use tokio::sync::watch;

use crate::names::Owner;
use crate::{Config, Counts, Error, Health, Needs, Sandbox, Stats};

/// All the sandboxes of one server. Cheap to clone.
#[derive(Clone)]
pub struct Sandboxes {}

/// Keeps a sandbox from being idle while it is held: one for each open page or terminal.
#[derive(Debug)]
pub struct Attachment {}

impl Sandboxes {
    /// Finds the sandboxes of an earlier run again, fills the pool, and keeps all of it going in the background. An engine
    /// that does not answer is no error here: what needs it waits until it is back, and [`Sandboxes::health`] says so.
    pub async fn start(host: Docker, config: Config) -> Result<Self, Error> {
        let _ = (host, config);
        todo!()
    }

    /// Gives the owner a sandbox, or a place in the queue. Returns at once; the state moves on by itself, see
    /// [`Sandboxes::watch`]. An owner who has one keeps it, and images of `needs` that it lacks are loaded into it.
    pub fn claim(&self, owner: &Owner, needs: &Needs) -> SandboxView {
        let _ = (owner, needs);
        todo!()
    }

    /// How the owner's sandbox is. None: never had one, or its end is more than an hour past.
    pub fn view(&self, owner: &Owner) -> Option<SandboxView> {
        let _ = owner;
        todo!()
    }

    /// How the owner's sandbox is, from now on.
    pub fn watch(&self, owner: &Owner) -> watch::Receiver<Option<SandboxView>> {
        let _ = owner;
        todo!()
    }

    /// The owner's sandbox, if it is ready.
    pub fn get(&self, owner: &Owner) -> Option<Arc<Sandbox>> {
        let _ = owner;
        todo!()
    }

    /// Every owner whose sandbox is ready.
    pub fn owners(&self) -> Vec<Owner> {
        todo!()
    }

    /// Notes that the owner did something: the sandbox is not idle.
    pub fn touch(&self, owner: &Owner) {
        let _ = owner;
        todo!()
    }

    /// Notes that the owner has a page open, for as long as the guard lives: the sandbox is not idle.
    pub fn attach(&self, owner: &Owner) -> Attachment {
        let _ = owner;
        todo!()
    }

    /// Gives the owner's sandbox more time.
    pub fn extend(&self, owner: &Owner) -> Result<SandboxView, Error> {
        let _ = owner;
        todo!()
    }

    /// Replaces the owner's sandbox by a fresh one, with the same needs. Returns at once. Also the way out of `failed`.
    pub fn reset(&self, owner: &Owner) -> Result<SandboxView, Error> {
        let _ = owner;
        todo!()
    }

    /// Ends the owner's sandbox, or their wait for one. Returns at once.
    pub fn stop(&self, owner: &Owner, reason: StopReason) -> Option<SandboxView> {
        let _ = (owner, reason);
        todo!()
    }

    /// How many sandboxes are in which state.
    pub fn counts(&self) -> Counts {
        todo!()
    }

    /// Totals, and the durations since the last call.
    pub fn stats(&self) -> Stats {
        todo!()
    }

    /// Whether sandboxes can be made.
    pub fn health(&self) -> Health {
        todo!()
    }

    /// Ends the background work. With `keep`, claimed sandboxes go on running for the next server to find; without,
    /// nothing of this instance is left on the host engine.
    pub async fn shutdown(&self, keep: bool) {
        let _ = keep;
        todo!()
    }
}
