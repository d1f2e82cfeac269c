//! The server: HTTP, sessions, persistence, and the commands of the binary `drydock`.
//!
//! It ties the crates together and adds what only a server has. What a lesson means is `drydock-lesson`'s, what
//! a sandbox is `drydock-sandbox`'s, what is right `drydock-grader`'s, and what it looks like `drydock-app`'s.

pub mod assets;
pub mod author;
pub mod classroom;
pub mod command_line;
pub mod commands;
pub mod grade;
pub mod host;
pub mod learners;
pub mod live;
pub mod measure;
pub mod middleware;
pub mod preview;
pub mod problem;
pub mod prove;
pub mod routes;
pub mod session;
pub mod settings;
pub mod shelf;
pub mod stage;
pub mod state;
pub mod store;
