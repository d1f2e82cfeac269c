//! The gateway with real registries behind it. `scripts/setup test` and `images/build registry` come first.
#![allow(
    clippy::unwrap_used,
    reason = "a test's own client that cannot go on ends the test"
)]

mod client;
mod escapes;
mod hub;
mod limits;
mod outage;
mod pull;
mod push;
mod quota;
mod room;
mod shelf;
mod through;
