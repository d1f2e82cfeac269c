//! The sandboxes' only way out: serves the registries, lets through what is allowed, refuses the rest.
//!
//! # Shape
//!
//! [`Gateway`] is a forward proxy that listens on the sandboxes' network. Every request is one decision, made from the
//! authority that it names and from nothing that a client may say beside it:
//!
//! ```text
//! connection ─► who is at this address, and is the password right? ─► what is asked for?
//!    CONNECT registry host:443 ─► intercept: TLS ends here ─► registry: route ─► classroom registry, cache
//!    CONNECT allowed host:443  ─► tunnel: resolve once, connect, read the TLS greeting, same name? ─► bytes
//!    GET http://allowed host/  ─► plain: resolve once, connect, forward
//!    anything else             ─► refusal, for a person in a terminal
//! ```
//!
//! and leaves exactly one line in the [`Audit`] log, whichever way it ends: the line is written when its `audit::Entry` is
//! dropped.
//!
//! # What must stay true
//!
//! - **An address is never a name.** What any C library would take for an IP address is refused before anything is
//!   resolved (`target`). A name is resolved once; the address is looked over and then connected to (`dial`).
//! - **The certificate authority cannot be used for anything else.** Its own certificate names the registries as the only
//!   hosts that it may sign for, critically, and excludes all addresses (`authority`). What goes to an allowed host stays
//!   encrypted end to end.
//! - **Access control is names.** The registry behind us has none. Names of repositories are parsed strictly (`registry::route`)
//!   and get their prefix here: `classroom/<host>/` to read for everybody, `learners/<learner>/<host>/` for one learner. No
//!   client's text becomes a name in any other way, that of a `mount` included.
//! - **Nothing is gathered.** Blobs pass with backpressure. Only manifests (4 MiB), lists and errors are held, and capped.
//! - **Everything has an end**: connections for each sandbox, headers, greetings, idle streams, tunnels, bytes of an hour,
//!   what a learner stores.
//!
//! This crate knows nothing of containers, lessons or the web interface. Who is at an address, where the registries are and
//! what there is to search comes through [`Guests`], [`Registries`] and [`Listing`]s.

mod addresses;
mod audit;
mod authority;
mod body;
mod config;
mod connection;
mod dial;
mod error;
mod gateway;
mod guests;
mod hello;
mod idle;
mod intercept;
mod limits;
mod plain;
mod refusal;
mod registry;
mod rules;
mod search;
mod target;
mod tunnel;

pub use audit::{Audit, AuditKind, AuditLine, FileAudit};
pub use authority::Authority;
pub use config::Config;
pub use dial::Names;
pub use error::Error;
pub use gateway::{Gateway, Pushed, Registries};
pub use guests::{Guest, Guests};
pub use search::Listing;
