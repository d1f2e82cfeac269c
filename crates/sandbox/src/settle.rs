//! What is done on the host's side just after a sandbox has started, in one helper.
//!
//! *Cgroups*: its learner gets a cgroup of their own below the sandbox's, so that the limits, statistics and pauses of
//! their containers are real. The sandbox's own limits stay root's.
//!
//! *Quotas*: under userns-remap, the kernel counts inotify instances, namespaces and the like of all sandboxes together,
//! as those of the host's uid 0 who made their user namespaces; the uid of its own that each sandbox has does not help.
//! A limit in each sandbox's user namespace keeps one from taking what all of them, and the host, need.

use crate::ground::Ground;
use crate::harden::uid;
use crate::helper::Helper;
use crate::host::Host;
use crate::{Config, Error};

/// What is left of the host's inotify quotas for the host itself.
const HOST_INSTANCES: u64 = 32;
const HOST_WATCHES: u64 = 8192;
/// What one sandbox gets of them: its agent and engine need a few, a learner's tools some more.
const INSTANCES: (u64, u64) = (12, 128);
const WATCHES: (u64, u64) = (4096, 65_536);

/// Namespaces that one sandbox may have: far more than its processes' limit lets it use in earnest.
const NAMESPACES: [(&str, u64); 8] = [
    ("max_user_namespaces", 256),
    ("max_net_namespaces", 256),
    ("max_mnt_namespaces", 1024),
    ("max_pid_namespaces", 1024),
    ("max_ipc_namespaces", 1024),
    ("max_uts_namespaces", 1024),
    ("max_cgroup_namespaces", 1024),
    ("max_time_namespaces", 64),
];

/// A running sandbox's container.
pub(crate) struct Container<'a> {
    pub(crate) id: &'a str,
    /// Its first process, as the host counts.
    pub(crate) process: i64,
    pub(crate) slot: u16,
}

/// What was achieved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Whether the learner has cgroups.
    pub(crate) cgroups: bool,
    /// Whether the kernel's quotas are the sandbox's own.
    pub(crate) quotas: bool,
}

/// Delegates cgroups, if `cgroups` says so, and sets quotas, if there is a user namespace to set them in.
pub(crate) async fn settle(
    host: &Host,
    config: &Config,
    ground: &Ground,
    container: Container<'_>,
    cgroups: bool,
) -> Result<Settled, Error> {
    let quotas = ground.root != (0, 0);
    if !cgroups && !quotas {
        // Without a user namespace, the kernel counts by the sandbox's own uid.
        return Ok(Settled {
            cgroups: false,
            quotas: true,
        });
    }
    let helper = Helper {
        command: vec![
            "/bin/sh".to_owned(),
            "-c".to_owned(),
            script(config, ground, &container, cgroups, quotas),
        ],
        folders: vec!["/sys/fs/cgroup"],
        capabilities: vec!["CHOWN", "DAC_OVERRIDE", "FOWNER"],
        into_namespaces: quotas,
        ..Helper::default()
    };
    match helper.run(host, config).await {
        Ok(_) => Ok(Settled {
            cgroups,
            quotas: true,
        }),
        Err(Error::Helper { exit, said, .. }) if (1..=3).contains(&exit) => {
            tracing::warn!(said, "sandbox.settle.incomplete");
            Ok(Settled {
                cgroups: cgroups && exit & 1 == 0,
                quotas: exit & 2 == 0,
            })
        }
        Err(error) => Err(error),
    }
}

/// Its exit status says what failed: 1 for cgroups, 2 for quotas, 3 for both. Only numbers and a container's id stand in it.
fn script(
    config: &Config,
    ground: &Ground,
    container: &Container<'_>,
    cgroups: bool,
    quotas: bool,
) -> String {
    let mut lines = vec!["failed=0".to_owned()];
    if cgroups {
        let (user, group) = (
            ground.root.0 + uid(container.slot),
            ground.root.1 + uid(container.slot),
        );
        lines.push(format!(
            "/usr/lib/drydock/delegate-cgroup {} {user} {group} || failed=1",
            container.id
        ));
    }
    if quotas {
        let writes: Vec<String> = quotas_of(config, ground)
            .map(|(name, most)| format!("{{ [ ! -e {name} ] || echo {most} > {name}; }}"))
            .collect();
        lines.push(format!(
            "nsenter --user --target {} sh -c 'cd /proc/sys/user && {}' || failed=$((failed | 2))",
            container.process,
            writes.join(" && "),
        ));
    }
    lines.push("exit $failed".to_owned());
    lines.join("\n")
}

/// The limits in a sandbox's user namespace: files of /proc/sys/user.
fn quotas_of(config: &Config, ground: &Ground) -> impl Iterator<Item = (&'static str, u64)> {
    let share = |whole: u64, hosts: u64, (least, most): (u64, u64)| {
        (whole.saturating_sub(hosts) / u64::from(config.capacity)).clamp(least, most)
    };
    [
        (
            "max_inotify_instances",
            share(ground.inotify.instances, HOST_INSTANCES, INSTANCES),
        ),
        (
            "max_inotify_watches",
            share(ground.inotify.watches, HOST_WATCHES, WATCHES),
        ),
    ]
    .into_iter()
    .chain(NAMESPACES)
}

/// The inotify instances that the host should allow, so that every seat has its share and the host its own.
pub(crate) fn instances_wanted(config: &Config) -> u64 {
    HOST_INSTANCES + u64::from(config.capacity) * INSTANCES.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::Method;
    use crate::ground::Inotify;

    fn ground(instances: u64) -> Ground {
        Ground {
            version: String::new(),
            cpus: 2.0,
            root: (10_000_000, 10_000_000),
            bridge: None,
            image: String::new(),
            disk: Method::Tmpfs,
            inotify: Inotify {
                instances,
                watches: 200_000,
            },
        }
    }

    fn quota(instances: u64, capacity: u16) -> u64 {
        let config = Config {
            capacity,
            ..Config::default()
        };
        quotas_of(&config, &ground(instances))
            .find(|(name, _)| *name == "max_inotify_instances")
            .unwrap()
            .1
    }

    #[test]
    fn every_seat_gets_its_share_and_the_host_keeps_some() {
        assert_eq!(quota(128, 4), 24);
        assert_eq!(quota(8192, 30), 128);
        assert_eq!(quota(128, 30), 12, "less would be of no use");
    }

    #[test]
    fn the_script_does_what_is_asked_and_tells_failures_apart() {
        let container = Container {
            id: "abc",
            process: 42,
            slot: 7,
        };
        let both = script(&Config::default(), &ground(128), &container, true, true);
        assert!(
            both.contains("delegate-cgroup abc 10020007 10020007 || failed=1"),
            "{both}"
        );
        assert!(both.contains("nsenter --user --target 42"), "{both}");
        let one = script(&Config::default(), &ground(128), &container, false, true);
        assert!(!one.contains("delegate-cgroup"), "{one}");
        assert!(one.ends_with("exit $failed"));
    }
}
