//! Expectations evaluated against a sandbox: verdicts, points, messages.
//!
//! * [`Facts`] is what can be known of a sandbox; [`facts::Live`] reads it from a learner's engine and agent.
//! * [`evaluate`] turns an [`Exercise`] and facts into a [`Verdict`](drydock_protocol::verdict::Verdict), with a
//!   [`Memory`] of what held before.
//! * [`answer`] judges what a learner answers to a question; [`recall`] makes a verdict of what is remembered of it.
//! * [`dockerfile_problems`] says what is wrong in a Dockerfile, or may be, as it is written.
//! * [`layer_files`] reads from an engine's archive of an image what one of its layers does.
//! * [`watch()`] does so whenever something happens in a sandbox that could change a verdict.
//!
//! This crate knows nothing of browsers, sessions or storage, and changes nothing in a sandbox: it only reads. What it
//! reads is a claim of the sandbox's owner, so everything is cut to size and has a deadline.

mod agent;
pub mod answer;
#[cfg(test)]
mod chance;
mod dockerfile;
mod error;
mod evaluate;
pub mod facts;
mod ignore;
mod matchers;
mod memory;
mod points;
mod sandbox;
mod tar;
mod text;
pub mod watch;

pub use agent::{Agent, Looked, Piece, Sandbox};
pub use answer::{AnswerError, Judged};
pub use dockerfile::dockerfile_problems;
pub use error::FactError;
pub use evaluate::{Exercise, evaluate, recall};
pub use facts::{Facts, Pushed, Pushes};
pub use memory::{Memories, Memory};
pub use tar::{LayerError, layer_files};
pub use watch::{Change, CheckError, Update, Watch, watch};
