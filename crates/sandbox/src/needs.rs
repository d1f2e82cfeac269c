//! What a lesson asks of a sandbox.

use drydock_protocol::api::Limits;
use serde::{Deserialize, Serialize};

use crate::Config;

/// What a lesson asks of a sandbox, beyond what the settings give to all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Needs {
    /// References of classroom images that are to be in the learner's engine before the first prompt.
    pub images: Vec<String>,
    /// Memory in bytes, if the usual is not enough.
    pub memory_bytes: Option<u64>,
    /// Disk for the engine in bytes, if the usual is not enough.
    pub disk_bytes: Option<u64>,
}

impl Needs {
    /// The limits of a sandbox that is made for this: never less than the settings give, never more than they allow.
    pub(crate) fn limits(&self, config: &Config) -> Limits {
        let wanted =
            |asked: Option<u64>, usual: u64, most: u64| asked.unwrap_or(usual).clamp(usual, most.max(usual));
        let (usual, most) = (config.limits, config.limits_max);
        Limits {
            memory_bytes: wanted(self.memory_bytes, usual.memory_bytes, most.memory_bytes),
            disk_bytes: wanted(self.disk_bytes, usual.disk_bytes, most.disk_bytes),
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_gets_what_it_asks_for_within_bounds() {
        let config = Config::default();
        let memory = |bytes| {
            Needs {
                memory_bytes: Some(bytes),
                ..Needs::default()
            }
            .limits(&config)
            .memory_bytes
        };
        assert_eq!(memory(1), config.limits.memory_bytes);
        assert_eq!(
            memory(config.limits.memory_bytes * 2),
            config.limits.memory_bytes * 2
        );
        assert_eq!(memory(u64::MAX), config.limits_max.memory_bytes);
        assert_eq!(Needs::default().limits(&config), config.limits);
    }
}
