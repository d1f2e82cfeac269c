//! Learners' machines: made, pooled, limited, reached and reaped on a host engine.
//!
//! A sandbox is an unprivileged container on the host engine that runs a rootless Docker engine and our agent. [`Sandboxes`]
//! is the way in: an [`Owner`] claims one and gets a view of it that moves on by itself; [`Sandbox`] reaches what is inside.
//! The learner owns everything inside and may answer our questions with lies.
//!
//! This crate knows nothing of the web, of lessons or of who the learners are.

mod adopt;
mod agent;
mod board;
mod builds;
mod clock;
mod config;
mod disk;
mod doctor;
mod engine;
mod error;
mod examine;
mod gateway;
mod ground;
mod harden;
mod helper;
mod host;
mod images;
mod keeper;
mod make;
mod names;
mod needs;
mod network;
mod queue;
mod records;
mod remove;
mod sandbox;
mod sandboxes;
mod seats;
mod seccomp;
mod settle;
mod shared;
mod starting;
mod state;
mod stats;
mod template;
mod transport;

pub use agent::{AgentClient, AgentError, AgentSocket, Found, Piece};
pub use builds::Builds;
pub use config::{Config, DiskChoice, SLOTS};
pub use doctor::{Finding, Status as FindingStatus, doctor};
pub use error::Error;
pub use gateway::{GatewayAccess, GuestView, NO_PROXY};
pub use host::{Host, chain};
pub use names::{LABEL_INSTANCE, LABEL_ROLE, LABEL_SANDBOX, LABEL_SLOT, Owner, Role, SandboxId};
pub use needs::Needs;
pub use sandbox::Sandbox;
pub use sandboxes::{Attachment, Sandboxes};
pub use stats::{Counts, Health, Stats};
pub use transport::connect;
