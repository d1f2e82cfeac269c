//! The way to the host engine.

pub use drydock_sandbox::connect;
