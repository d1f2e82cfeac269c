//! The classroom's registries: CNCF distribution, run as containers of the host engine, and what is in them.
//!
//! [`Registry`] keeps them running: the classroom's own, with the classroom's images and what learners push, and a cache for each
//! upstream. [`Client`] speaks to one; [`Visit`] is for commands that have something to do in the classroom's.
//!
//! This crate knows nothing of the web, of lessons, or of who may see what: the gateway in front of it does.

mod catalogue;
mod client;
mod config;
mod error;
mod fill;
mod host;
mod keeper;
mod manifest;
mod names;
mod purge;
mod raise;
mod registry;
mod spec;
mod visit;

pub use catalogue::{Catalogue, Listing};
pub use client::Client;
pub use config::{Config, Upstream};
pub use error::Error;
pub use fill::{
    Held, Layers, Progress, Pushed, Silent, Step, export, has, held, import, push, push_from_engine, remove,
};
pub use manifest::{Content, Descriptor, Manifest, digest_of, is_digest};
pub use names::{CLASSROOM, LEARNERS, ROLE, Reference, host_part, is_learner};
pub use purge::purge;
pub use registry::{Health, Registry};
pub use visit::Visit;
