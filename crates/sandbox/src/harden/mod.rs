//! The container that a sandbox is: every wall around it, in one pure function, each with its reason.
//!
//! A test for each promise stands below; `tests/limits.rs` tries to break them on a real engine.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{
    ContainerCreateBody, DeviceMapping, HealthConfig, HostConfig, HostConfigCgroupnsModeEnum,
    HostConfigLogConfig, Mount, MountType, MountVolumeOptions, ResourcesUlimits, RestartPolicy,
    RestartPolicyNameEnum,
};
use drydock_protocol::api::Limits;

use crate::gateway::GatewayAccess;
use crate::names::{LABEL_INSTANCE, LABEL_ROLE, LABEL_SANDBOX, LABEL_SLOT, Role, SandboxId};

/// Label: the limits as JSON, so that a later server knows them without reckoning.
pub(crate) const LABEL_LIMITS: &str = "drydock.limits";

/// Label: the gateway that its engine knows, as [`GatewayAccess::mark`] says it; empty: none.
pub(crate) const LABEL_GATEWAY: &str = "drydock.gateway";

/// Variable: what the agent wants to see in every request.
pub(crate) const TOKEN: &str = "DRYDOCK_TOKEN";

/// Where the engine keeps its data.
pub(crate) const ENGINE_DATA: &str = "/data/docker";
/// The workspace.
pub(crate) const HOME: &str = "/home/learner";

const MIB: u64 = 1024 * 1024;
/// Sizes of what is kept in memory, and counts as such.
const TMP_BYTES: u64 = 256 * MIB;
const RUN_BYTES: u64 = 64 * MIB;
const SHM_BYTES: i64 = 64 * 1024 * 1024;
/// Files that each of those may hold: their inodes are memory of the kernel's.
const TMP_INODES: u64 = 65_536;
const RUN_INODES: u64 = 32_768;

/// A name server that cannot be reached: what is not known inside is not asked for outside. (TEST-NET-1, RFC 5737.)
const NO_NAME_SERVER: &str = "192.0.2.1";

/// The uid and gid of the learner of a slot, inside the sandbox; the image has a user for each.
pub(crate) fn uid(slot: u16) -> u32 {
    20_000 + u32::from(slot)
}

/// The first of a slot's 65,536 subordinate ids, which those of the containers in it are; the image gives them likewise.
pub(crate) fn first_subordinate_id(slot: u16) -> u32 {
    1_100_000 + (u32::from(slot) - 1) * 65_536
}

/// What differs from sandbox to sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Spec<'a> {
    pub(crate) id: &'a SandboxId,
    pub(crate) instance: &'a str,
    pub(crate) image: &'a str,
    pub(crate) slot: u16,
    pub(crate) limits: Limits,
    pub(crate) disks: Disks<'a>,
    /// The instance's bridge network.
    pub(crate) network: &'a str,
    pub(crate) token: &'a str,
    /// Whether cgroups will be delegated after the start.
    pub(crate) cgroups: bool,
    /// Processors of the host: a larger share is refused by the engine.
    pub(crate) host_cpus: f64,
    /// The way out, the host's address on the network, and what the sandbox shows there.
    pub(crate) gateway: Option<(&'a GatewayAccess, IpAddr, &'a str)>,
    pub(crate) runtime: Option<&'a str>,
    /// Whether what a learner left on the disks is to be looked at, and nothing of it is to run by itself.
    pub(crate) examine: bool,
    /// The seccomp profile as JSON.
    pub(crate) seccomp: &'a str,
}

/// What the engine's data and the home are on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Disks<'a> {
    /// Volumes of the host engine, of these names, that have their limits in themselves.
    Volumes { data: &'a str, home: &'a str },
    /// File systems in memory.
    Tmpfs { data_inodes: u64, home_inodes: u64 },
}

/// The container for this sandbox.
#[allow(clippy::too_many_lines)] // One function, so that all walls are seen at once.
pub(crate) fn container(spec: &Spec<'_>) -> ContainerCreateBody {
    let user = format!("{0}:{0}", uid(spec.slot));
    let limits = &spec.limits;
    let (memory, mounts, tmpfs_disks) = match spec.disks {
        Disks::Volumes { data, home } => (
            limits.memory_bytes,
            vec![volume(data, ENGINE_DATA), volume(home, HOME)],
            Vec::new(),
        ),
        Disks::Tmpfs {
            data_inodes,
            home_inodes,
        } => {
            // What is stored counts as memory, so the limit is raised by what may be stored.
            let raised = limits.memory_bytes + limits.disk_bytes + limits.home_bytes;
            let disks = vec![
                tmpfs(ENGINE_DATA, spec.slot, limits.disk_bytes, data_inodes, "711"),
                tmpfs(HOME, spec.slot, limits.home_bytes, home_inodes, "755"),
            ];
            (raised, Vec::new(), disks)
        }
    };
    let memory = i64::try_from(memory).unwrap_or(i64::MAX);

    let host_config = HostConfig {
        // Never: it would undo nearly everything that follows.
        privileged: Some(false),
        // A container of the engine inside is made with the ids of a user namespace. newuidmap and newgidmap set those up
        // with two file capabilities, which nothing else in the image has.
        cap_drop: Some(vec!["ALL".to_owned()]),
        cap_add: Some(vec!["SETUID".to_owned(), "SETGID".to_owned()]),
        security_opt: Some(vec![
            format!("seccomp={}", spec.seccomp),
            // Docker's AppArmor profile forbids mounts in any namespace. Where there is no AppArmor, this says nothing.
            "apparmor=unconfined".to_owned(),
            // No `no-new-privileges`: it would take the file capabilities away. There is nothing setuid in the image.
        ]),
        // The kernel lets the inner engine mount a proc of its own only where the outer one is not masked. What that
        // opens to uid 0 belongs to a uid that nobody here has.
        masked_paths: Some(Vec::new()),
        readonly_paths: Some(Vec::new()),
        // What is in the image stays as it is; what may change has a place with a limit of its own.
        readonly_rootfs: Some(true),
        // Reaps what the learner's processes leave behind: without it, zombies use up the process limit for good.
        init: Some(true),

        tmpfs: Some(
            [
                tmpfs("/tmp", spec.slot, TMP_BYTES, TMP_INODES, "1777"),
                tmpfs("/run", spec.slot, RUN_BYTES, RUN_INODES, "755"),
            ]
            .into_iter()
            .chain(tmpfs_disks)
            .collect(),
        ),
        mounts: Some(mounts),
        shm_size: Some(SHM_BYTES),

        // Memory and swap together, so there is no swap: a sandbox that swaps slows down its neighbours.
        memory: Some(memory),
        memory_swap: Some(memory),
        // At the limit, something in the sandbox is killed, not the whole of it put to sleep.
        oom_kill_disable: Some(false),
        // Where the machine itself runs out, sandboxes go before the server and the host engine.
        oom_score_adj: Some(500),
        // A ceiling, and half of an ordinary process's weight below it: the server answers even when every seat is busy.
        nano_cpus: Some(nano(limits.cpus.min(spec.host_cpus))),
        cpu_shares: Some(512),
        // Fork bombs end here.
        pids_limit: Some(i64::from(limits.pids)),
        // A crash writes no core file. Other limits are the host engine's: raising one fails under a user namespace.
        ulimits: Some(vec![ResourcesUlimits {
            name: Some("core".to_owned()),
            soft: Some(0),
            hard: Some(0),
        }]),
        // What the agent prints ends up on the host's disk: not more than this.
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(strings([("max-size", "1m"), ("max-file", "2")])),
        }),

        // slirp4netns makes the inner network's interface with it. It is the only device beside the usual ones.
        devices: Some(vec![DeviceMapping {
            path_on_host: Some("/dev/net/tun".to_owned()),
            path_in_container: Some("/dev/net/tun".to_owned()),
            cgroup_permissions: Some("rw".to_owned()),
        }]),
        // The sandbox sees its own cgroup as the root; what is delegated stands below it.
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        ipc_mode: Some("private".to_owned()),

        // The instance's bridge, which leads nowhere but to the host, and there to one port at most.
        network_mode: Some(spec.network.to_owned()),
        // Names are looked up nowhere: a query that left would be a way out.
        dns: Some(vec![NO_NAME_SERVER.to_owned()]),
        dns_search: Some(vec![".".to_owned()]),
        dns_options: Some(vec!["timeout:1".to_owned(), "attempts:1".to_owned()]),
        publish_all_ports: Some(false),

        // What ended has ended for a reason that someone should be told, and is replaced, not restarted.
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        auto_remove: Some(false),
        runtime: spec.runtime.map(str::to_owned),
        ..HostConfig::default()
    };

    ContainerCreateBody {
        image: Some(spec.image.to_owned()),
        hostname: Some("drydock".to_owned()),
        // Never uid 0. Each slot's uid is its own, so that the kernel's quotas by user are not shared.
        user: Some(user),
        working_dir: Some(HOME.to_owned()),
        tty: Some(false),
        open_stdin: Some(false),
        env: Some(environment(spec)),
        labels: Some(strings([
            (LABEL_INSTANCE, spec.instance),
            (LABEL_SANDBOX, spec.id.as_str()),
            (LABEL_ROLE, Role::Sandbox.as_str()),
            (LABEL_SLOT, &spec.slot.to_string()),
            (LABEL_LIMITS, &serde_json::to_string(limits).unwrap_or_default()),
            (
                LABEL_GATEWAY,
                &spec
                    .gateway
                    .map(|(gateway, bridge, _)| gateway.mark(bridge))
                    .unwrap_or_default(),
            ),
        ])),
        // A health check is an exec of the host engine's into the sandbox, which is never done.
        healthcheck: Some(HealthConfig {
            test: Some(vec!["NONE".to_owned()]),
            ..HealthConfig::default()
        }),
        host_config: Some(host_config),
        ..ContainerCreateBody::default()
    }
}

fn environment(spec: &Spec<'_>) -> Vec<String> {
    let mut variables = vec![
        (TOKEN, spec.token.to_owned()),
        ("DRYDOCK_ENGINE_SOCKET", "/run/docker.sock".to_owned()),
        (
            "DRYDOCK_CGROUPS",
            if spec.cgroups { "expect" } else { "none" }.to_owned(),
        ),
    ];
    if spec.examine {
        variables.push(("DRYDOCK_EXAMINE", "yes".to_owned()));
    }
    if let Some((gateway, bridge, proxy_token)) = spec.gateway {
        // The agent gives them on under the names that programs know.
        variables.extend([
            ("DRYDOCK_PROXY", gateway.proxy(bridge, proxy_token)),
            ("DRYDOCK_NO_PROXY", gateway.no_proxy.clone()),
            ("DRYDOCK_CA", gateway.ca_pem.clone()),
        ]);
    }
    variables
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

fn volume(name: &str, target: &str) -> Mount {
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(name.to_owned()),
        target: Some(target.to_owned()),
        // The image has nothing there, and the host engine need not look.
        volume_options: Some(MountVolumeOptions {
            no_copy: Some(true),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    }
}

fn tmpfs(target: &str, slot: u16, bytes: u64, inodes: u64, mode: &str) -> (String, String) {
    let id = uid(slot);
    (
        target.to_owned(),
        format!("exec,nosuid,nodev,mode={mode},uid={id},gid={id},size={bytes},nr_inodes={inodes}"),
    )
}

fn strings<const N: usize>(pairs: [(&str, &str); N]) -> HashMap<String, String> {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[allow(clippy::cast_possible_truncation)] // A number of processors, times 10^9, is far from the limits of i64.
fn nano(cpus: f64) -> i64 {
    (cpus * 1e9).round() as i64
}

#[cfg(test)]
mod tests;
