//! Previews: the learner's own web servers, shown by the learner's browser.
//!
//! What they send is a stranger's page. So it never has our origin: where previews have a domain, each sandbox and port is
//! a host of its own below it (`8080-NAME.previews.example.org`; on a loopback address `….localhost`, which browsers take for this
//! machine); everywhere else it is a path of ours whose answers are sandboxed by their own security policy, which gives them an
//! origin that nobody has. Our cookie is never passed on, and neither is one that is meant for more than one host.
//!
//! The name in the address cannot be guessed ([`drydock_sandbox::Sandbox::preview_name`]), and is all that is asked for: a page in
//! a frame without an origin has no cookies to show.

mod address;
mod headers;
mod pass;
mod said;

pub use address::{Addresses, Target};
pub use pass::{Guests, by_host, by_path};
