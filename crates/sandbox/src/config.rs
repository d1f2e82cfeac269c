//! Everything that can be set about sandboxes, in one struct: the server embeds it in its own settings.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use drydock_protocol::api::Limits;
use serde::{Deserialize, Serialize};

use crate::{Error, GatewayAccess};

const MIB: u64 = 1024 * 1024;

/// The slots that the sandbox image has users for.
pub const SLOTS: RangeInclusive<u16> = 1..=200;

/// How sandboxes are made, limited and ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Tells this server's things on the host engine from those of another: lower-case letters, digits and dashes,
    /// at most 20. Two servers on one host engine need different ones, and different [`Config::slots`].
    pub instance: String,
    /// The sandbox image, as the host engine knows it.
    pub image: String,
    /// The folder for what has to survive a restart of the server: who has which sandbox. Classroom images are read from
    /// `images/` in it.
    pub data_dir: PathBuf,
    /// The most sandboxes that run at one time, those of the pool included.
    pub capacity: u16,
    /// How many sandboxes are kept ready for the next learners, as far as `capacity` allows.
    pub pool: u16,
    /// How many sandboxes are started at one time. More than the machine has cores only makes each of them slower.
    pub starts_at_once: u16,
    /// What each sandbox may use, unless a lesson asks for more.
    pub limits: Limits,
    /// The most that a lesson may ask for, whatever it says.
    pub limits_max: Limits,
    /// The least inodes on each disk, per GiB of it.
    pub inodes_per_gib: u64,
    /// Minutes that a sandbox lives unless it is extended.
    pub ttl_minutes: u32,
    /// Minutes before its end from which on a sandbox may be extended, and its learner is warned.
    pub warning_minutes: u32,
    /// Minutes that `extend` adds.
    pub extend_minutes: u32,
    /// How often a sandbox may be extended.
    pub extensions: u32,
    /// Minutes without input and without an open page after which a sandbox is stopped.
    pub idle_minutes: u32,
    /// Seconds that a sandbox has to become ready, without the loading of images.
    pub start_timeout_s: u32,
    /// References of classroom images that the sandboxes of the pool hold from the beginning.
    pub preload: Vec<String>,
    /// How disks get their size limit.
    pub disk: DiskChoice,
    /// First and last slot that this instance uses, within 1 to 200. A slot is a user id and a block of subordinate
    /// ids on the host that no other sandbox has.
    pub slots: (u16, u16),
    /// The way out of sandboxes, on a port of the host's; None: there is none, and the host answers nothing. Not a setting of
    /// the file's: the server, which runs the gateway, says where it is.
    #[serde(skip)]
    pub gateway: Option<GatewayAccess>,
    /// The host engine's runtime to run sandboxes with (`kata`, `runsc` …), where it has one beside its default.
    /// With a runtime that has a kernel of its own, no cgroups can be delegated: the limits of the learner's own
    /// containers then do nothing, the sandbox's hold.
    pub runtime: Option<String>,
}

/// How a sandbox's disks get their limit on bytes and inodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiskChoice {
    /// Loop devices where they work, else tmpfs.
    #[default]
    Auto,
    /// An ext4 file system in a sparse file, on a loop device.
    Loop,
    /// A file system in memory. What is stored counts as memory: the sandbox's memory limit is raised by the disks' size.
    Tmpfs,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            instance: "drydock".to_owned(),
            image: "drydock/sandbox:latest".to_owned(),
            data_dir: PathBuf::from("data"),
            capacity: 10,
            pool: 2,
            starts_at_once: 2,
            limits: Limits {
                memory_bytes: 1024 * MIB,
                disk_bytes: 4096 * MIB,
                home_bytes: 256 * MIB,
                pids: 512,
                cpus: 2.0,
            },
            limits_max: Limits {
                memory_bytes: 4096 * MIB,
                disk_bytes: 16 * 1024 * MIB,
                home_bytes: 1024 * MIB,
                pids: 2048,
                cpus: 4.0,
            },
            inodes_per_gib: 65_536,
            ttl_minutes: 120,
            warning_minutes: 10,
            extend_minutes: 60,
            extensions: 3,
            idle_minutes: 30,
            start_timeout_s: 60,
            preload: Vec::new(),
            disk: DiskChoice::Auto,
            slots: (*SLOTS.start(), *SLOTS.end()),
            gateway: None,
            runtime: None,
        }
    }
}

impl Config {
    /// Refuses what cannot work, with the setting's name.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |setting: &'static str, why: String| Err(Error::Config { setting, why });
        let name = self.instance.as_bytes();
        if name.is_empty()
            || name.len() > 20
            || !name
                .iter()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
            || name[0] == b'-'
        {
            return wrong(
                "instance",
                format!(
                    "`{}`: lower-case letters, digits and dashes, 1 to 20",
                    self.instance
                ),
            );
        }
        let (first, last) = self.slots;
        if first > last || !SLOTS.contains(&first) || !SLOTS.contains(&last) {
            return wrong(
                "slots",
                format!("({first}, {last}): a range within 1 to {}", SLOTS.end()),
            );
        }
        if self.capacity == 0 || self.capacity > last - first + 1 {
            return wrong(
                "capacity",
                format!(
                    "{}: 1 to {}, one slot for each sandbox",
                    self.capacity,
                    last - first + 1
                ),
            );
        }
        if self.starts_at_once == 0 {
            return wrong(
                "starts_at_once",
                "0: at least 1, or nothing ever starts".to_owned(),
            );
        }
        if self.limits.memory_bytes < 192 * MIB {
            return wrong(
                "limits.memory_bytes",
                "the engine in a sandbox needs 192 MiB to start".to_owned(),
            );
        }
        if self.limits.disk_bytes < 64 * MIB || self.limits.home_bytes < 8 * MIB {
            return wrong(
                "limits",
                "disk_bytes is at least 64 MiB and home_bytes at least 8 MiB".to_owned(),
            );
        }
        if self.limits.pids < 128 {
            return wrong(
                "limits.pids",
                "the engine in a sandbox needs 128 processes and threads".to_owned(),
            );
        }
        if !self.limits.cpus.is_finite() || self.limits.cpus < 0.05 {
            return wrong("limits.cpus", "at least 0.05".to_owned());
        }
        if self.ttl_minutes == 0 {
            return wrong("ttl_minutes", "0: at least 1".to_owned());
        }
        Ok(())
    }

    pub(crate) fn ttl(&self) -> Duration {
        minutes(self.ttl_minutes)
    }

    pub(crate) fn extend_by(&self) -> Duration {
        minutes(self.extend_minutes)
    }

    pub(crate) fn warning(&self) -> Duration {
        minutes(self.warning_minutes)
    }

    pub(crate) fn idle(&self) -> Duration {
        minutes(self.idle_minutes)
    }

    pub(crate) fn start_timeout(&self) -> Duration {
        Duration::from_secs(u64::from(self.start_timeout_s))
    }
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(60 * u64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right() {
        Config::default().check().unwrap();
    }

    #[test]
    fn a_few_settings_are_enough() {
        let config: Config =
            serde_json::from_str(r#"{"instance":"lab","capacity":3,"disk":"tmpfs"}"#).unwrap();
        assert_eq!(
            (config.instance.as_str(), config.capacity, config.disk),
            ("lab", 3, DiskChoice::Tmpfs)
        );
        assert_eq!(config.ttl_minutes, Config::default().ttl_minutes);
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        assert!(serde_json::from_str::<Config>(r#"{"capasity":3}"#).is_err());
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        let refused = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.instance = "Über".into()).contains("instance"));
        assert!(refused(|c| c.instance = String::new()).contains("instance"));
        assert!(refused(|c| c.slots = (0, 10)).contains("slots"));
        assert!(refused(|c| c.slots = (5, 201)).contains("slots"));
        assert!(refused(|c| c.capacity = 0).contains("capacity"));
        assert!(refused(|c| c.slots = (1, 3)).contains("capacity"));
        assert!(refused(|c| c.limits.memory_bytes = 1).contains("memory"));
        assert!(refused(|c| c.limits.cpus = f64::NAN).contains("cpus"));
    }
}
