//! A Drydock of one's own for each test: the real binary, on a free port, with a data folder and an instance name that
//! nobody else has, beside whatever else runs on the machine. Dropping it removes everything that it made.

pub mod browser;
pub mod drydock;
pub mod engine;
pub mod relay;
pub mod wait;

pub use browser::{Browser, Socket};
pub use drydock::{Drydock, Options, root};
pub use wait::until;
