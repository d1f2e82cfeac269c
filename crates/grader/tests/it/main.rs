//! The grader against a real engine, and against one that lies.
//!
//! The real engine is the machine's own (`DOCKER_HOST`, or `/var/run/docker.sock`). Everything made on it has a name of
//! its own and is removed again, also when a test fails.
#![allow(clippy::unwrap_used, reason = "these are tests")]

mod archive;
mod engine;
mod facts;
mod hostile;
mod relay;
mod sandbox;
mod streams;
mod table;
mod watch;
mod whole;
