//! What happens to learners while their pages are open: one [`room::Room`] a learner, in which all of the
//! learner's pages hear the same events.

pub mod changes;
pub mod commands;
pub mod draws;
pub mod lesson;
pub mod replay;
pub mod room;
pub mod sockets;

pub use room::{Presence, Rooms};
