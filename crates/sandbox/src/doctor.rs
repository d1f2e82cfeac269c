//! What `drydock doctor` says about the host engine.

use bollard::Docker;

use crate::Config;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a few words.
    pub name: &'static str,
    /// How it is.
    pub status: Status,
    /// What was found and what it means.
    pub detail: String,
    /// How to mend it; empty where there is nothing to mend.
    pub fix: String,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, at a price.
    Warn,
    /// Sandboxes cannot work like this.
    Bad,
}

/// Looks at everything that sandboxes need of the host engine. Changes nothing that lasts.
pub async fn doctor(host: &Docker, config: &Config) -> Vec<Finding> {
    let _ = (host, config);
    todo!()
}
