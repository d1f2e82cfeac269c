//! What an engine has besides images and containers, and what Compose makes of them.

use crate::expect::pattern::Glob;
use crate::expect::settings::{Services, Settings};

/// `network: NAME`: holds when a network of that name has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkExpect {
    /// The name, or a pattern of names.
    pub name: Glob,
    /// Its driver: `bridge`.
    pub driver: Option<Glob>,
    /// Whether it leads nowhere else.
    pub internal: Option<bool>,
    /// Containers that are attached to it, running or not.
    pub attached: Option<Vec<Glob>>,
    /// Labels.
    pub labels: Option<Settings>,
}

impl NetworkExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 4] = ["driver", "internal", "attached", "labels"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: driver, internal, attached, labels)
    }
}

/// `volume: NAME`: holds when a volume of that name has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct VolumeExpect {
    /// The name, or a pattern of names.
    pub name: Glob,
    /// Its driver: `local`.
    pub driver: Option<Glob>,
    /// Containers that mount it, running or not.
    pub attached: Option<Vec<Glob>>,
    /// Labels.
    pub labels: Option<Settings>,
}

impl VolumeExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 3] = ["driver", "attached", "labels"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: driver, attached, labels)
    }
}

/// `compose: PROJECT`: holds when Compose has made containers for that project, and its services are as is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ComposeExpect {
    /// The project's name, or a pattern of names.
    pub project: Glob,
    /// Services, and the states that all containers of each are to be in.
    pub services: Option<Services>,
}

impl ComposeExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 1] = ["services"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: services)
    }
}
