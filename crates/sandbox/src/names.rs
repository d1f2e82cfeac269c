//! The names that a sandbox goes by: whose it is, which one it is, and what its things are called on the host engine.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Label: the [`crate::Config::instance`] that made a thing.
pub const LABEL_INSTANCE: &str = "drydock.instance";
/// Label: the [`SandboxId`] that a thing belongs to.
pub const LABEL_SANDBOX: &str = "drydock.sandbox";
/// Label: what a thing is for, a [`Role`].
pub const LABEL_ROLE: &str = "drydock.role";
/// Label: the slot of a sandbox, a number.
pub const LABEL_SLOT: &str = "drydock.slot";

/// Who a sandbox belongs to: the server's id of a learner. Never part of a path or of a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// The learner with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Which sandbox: twelve lower-case letters and digits, drawn at random.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SandboxId(String);

impl SandboxId {
    const LENGTH: usize = 12;
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

    /// A new one.
    pub fn random() -> Self {
        let id = random_bytes::<{ Self::LENGTH }>()
            .into_iter()
            .map(|byte| char::from(Self::ALPHABET[usize::from(byte % 32)]))
            .collect();
        Self(id)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SandboxId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for SandboxId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() == Self::LENGTH && text.bytes().all(|byte| Self::ALPHABET.contains(&byte)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Name {
                text: text.to_owned(),
                wanted: "a sandbox's id (12 letters and digits)",
            })
        }
    }
}

impl TryFrom<String> for SandboxId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<SandboxId> for String {
    fn from(id: SandboxId) -> Self {
        id.0
    }
}

/// What one of our things on the host engine is for: the value of [`LABEL_ROLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// A learner's machine.
    Sandbox,
    /// A container that does one thing on the host's side and ends.
    Helper,
    /// The bridge that the sandboxes are on.
    Network,
    /// A sandbox's disk, or the folder of all disks.
    Volume,
    /// A registry, with its network and volume: whoever runs registries makes and removes them, and nobody here does.
    Registry,
}

impl Role {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Helper => "helper",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Registry => "registry",
        }
    }
}

/// A secret that one sandbox's agent wants to see: 32 hexadecimal digits.
pub(crate) fn random_token() -> String {
    hex(&random_bytes::<16>())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .expect("the kernel's random number generator answers once the machine has booted");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_survive_text_and_refuse_anything_else() {
        let id = SandboxId::random();
        assert_eq!(id.as_str().parse::<SandboxId>().unwrap(), id);
        for wrong in ["", "abc", "../../../etc/", "ABCDEFGHIJKM", "abcdefghijkmn"] {
            assert!(wrong.parse::<SandboxId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let token = random_token();
        assert_eq!(token.len(), 32);
        assert_ne!(token, random_token());
    }
}
