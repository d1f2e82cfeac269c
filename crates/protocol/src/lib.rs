//! The types that cross Drydock's wires.
//!
//! Three wires, one module each:
//!
//! * [`api`]: HTTP answers and requests under `/api/v1`, between server and browser (or a script);
//! * [`live`]: frames on the two WebSockets of a page, the events and the terminals;
//! * [`agent`]: what the server and the agent inside a sandbox say to each other;
//!
//! and three vocabularies that more than one of them uses: [`page`], a lesson rendered to blocks, [`verdict`], what an evaluation of
//! an exercise found, and [`grade`], what a whole submission came to. [`workbench`] is a part of [`api`]: what only panels ask for.
//!
//! This crate knows nothing about HTTP, engines or storage. It compiles for the browser, so it stays small.

pub mod agent;
pub mod api;
pub mod grade;
pub mod live;
pub mod page;
pub mod verdict;
pub mod workbench;

/// Seconds since 1970-01-01 UTC.
pub type UnixSeconds = i64;
