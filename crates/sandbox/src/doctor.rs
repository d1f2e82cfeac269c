//! What `drydock doctor` says about the host engine.

use bollard::Docker;
use bollard::models::{SystemInfo, SystemInfoCgroupVersionEnum};

use crate::disk::{self, Method};
use crate::ground::{self, Inotify, is_remapped};
use crate::helper::Helper;
use crate::host::Host;
use crate::settle::instances_wanted;
use crate::{Config, Error};

/// Ids that the highest slot's block ends with: 1,100,000 and 200 blocks of 65,536.
const IDS_WANTED: u64 = 1_100_000 + 200 * 65_536;
/// Memory of the host that is not the sandboxes'.
const HOST_MEMORY_BYTES: u64 = 1 << 30;

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

impl Finding {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Ok,
            detail: detail.into(),
            fix: String::new(),
        }
    }

    fn warn(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Warn,
            detail: detail.into(),
            fix: fix.into(),
        }
    }

    fn bad(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            status: Status::Bad,
            ..Self::warn(name, detail, fix)
        }
    }
}

/// Looks at everything that sandboxes need of the host engine. Changes nothing that lasts.
pub async fn doctor(host: &Docker, config: &Config) -> Vec<Finding> {
    let host = Host::new(host.clone());
    let info = match ground::negotiate(&host).await {
        Ok(info) => info,
        Err(error) => {
            return vec![Finding::bad(
                "host engine",
                error.to_string(),
                "Start Docker (`scripts/setup run` does), or set DOCKER_HOST to where it listens.",
            )];
        }
    };
    let mut findings = vec![
        version(&info, &host),
        remap(&info),
        cgroups(&info),
        resources(&info, config),
    ];
    match ground::image_id(&host, config).await {
        Ok(id) => {
            findings.push(Finding::ok(
                "sandbox image",
                format!("{} is there ({id})", config.image),
            ));
            findings.extend(with_the_image(&host, config, &info).await);
        }
        Err(error) => findings.push(Finding::bad(
            "sandbox image",
            error.to_string(),
            "Build it: `images/build sandbox`. What needs it was not looked at.",
        )),
    }
    host.all_settled().await;
    findings
}

async fn with_the_image(host: &Host, config: &Config, info: &SystemInfo) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_remapped(info) {
        let map = Helper {
            remapped: true,
            ..asks(&["/bin/cat", "/proc/self/uid_map"])
        };
        findings.push(match map.run(host, config).await {
            Ok(text) => id_range(&text),
            Err(error) => failed("id range", &error),
        });
    }
    let mode = Helper {
        folders: vec!["/dev"],
        ..asks(&["/usr/bin/stat", "-c", "%a", "/dev/net/tun"])
    };
    findings.push(match mode.run(host, config).await {
        Ok(text) => tun(text.trim()),
        Err(Error::Helper { .. }) => Finding::bad(
            "/dev/net/tun",
            "the host has no such device: sandboxes have no network without it",
            "Load the driver: `modprobe tun`.",
        ),
        Err(error) => failed("/dev/net/tun", &error),
    });
    let limits = asks(&["/bin/sh", "-c", Inotify::ASK]);
    findings.push(match limits.run(host, config).await {
        Ok(text) => inotify(Inotify::read(&text).unwrap_or_default(), config),
        Err(error) => failed("inotify", &error),
    });
    // A probe beside a running server is harmless: its disk has a name of its own.
    let method = disk::probe(host, config).await;
    findings.push(match method {
        Ok(method) => disk_method(method, config),
        Err(error) => failed("disk limit", &error),
    });
    findings
}

fn asks(command: &[&str]) -> Helper {
    Helper {
        command: command.iter().map(ToString::to_string).collect(),
        ..Helper::default()
    }
}

fn failed(name: &'static str, error: &Error) -> Finding {
    Finding::bad(name, error.to_string(), "Look at the host engine's log.")
}

fn version(info: &SystemInfo, host: &Host) -> Finding {
    let api = host.docker().client_version();
    let detail = format!(
        "Docker {} on {}, kernel {}, API {}.{}",
        info.server_version.as_deref().unwrap_or("of unknown version"),
        info.operating_system.as_deref().unwrap_or("an unknown system"),
        info.kernel_version.as_deref().unwrap_or("unknown"),
        api.major_version,
        api.minor_version,
    );
    if (api.major_version, api.minor_version) >= (1, 41) {
        Finding::ok("host engine", detail)
    } else {
        Finding::bad("host engine", detail, "Docker 20.10 or later is needed.")
    }
}

fn remap(info: &SystemInfo) -> Finding {
    if is_remapped(info) {
        return Finding::ok("user namespaces", "root in a container is nobody on the host");
    }
    Finding::warn(
        "user namespaces",
        "the engine runs without userns-remap: root in a container would be root of the host. Learners never are root, \
         but one wall of several is missing, and containers in sandboxes have no limits and statistics of their own",
        "Set \"userns-remap\" in /etc/docker/daemon.json and restart the engine. Images and containers of before are \
         then out of sight until it is taken out again.",
    )
}

fn cgroups(info: &SystemInfo) -> Finding {
    match info.cgroup_version {
        Some(SystemInfoCgroupVersionEnum::_2) => Finding::ok("cgroups", "version 2"),
        _ => Finding::ok("cgroups", "version 1"),
    }
}

fn resources(info: &SystemInfo, config: &Config) -> Finding {
    const GIB: f64 = (1_u64 << 30) as f64;
    let memory = u64::try_from(info.mem_total.unwrap_or_default()).unwrap_or_default();
    let wanted = u64::from(config.capacity) * config.limits.memory_bytes + HOST_MEMORY_BYTES;
    let detail = format!(
        "{} processors, {:.1} GiB; {} seats of {:.1} GiB may use {:.1} GiB",
        info.ncpu.unwrap_or_default(),
        memory as f64 / GIB,
        config.capacity,
        config.limits.memory_bytes as f64 / GIB,
        (wanted - HOST_MEMORY_BYTES) as f64 / GIB,
    );
    if wanted <= memory {
        return Finding::ok("memory", detail);
    }
    // Each sandbox is far from its limit most of the time: this is how rooms are filled, and worth knowing.
    Finding::warn(
        "memory",
        format!("{detail}: if all fill up at once, the machine runs out"),
        "Lower `capacity` or `limits.memory_bytes`, or be content: a sandbox at rest uses about 50 MiB.",
    )
}

/// From a line of /proc/self/uid_map: first id inside, first id outside, how many.
fn id_range(map: &str) -> Finding {
    let count: u64 = map
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok())
        .max()
        .unwrap_or_default();
    if count >= IDS_WANTED {
        return Finding::ok("id range", format!("{count} ids, enough for 200 sandboxes"));
    }
    Finding::bad(
        "id range",
        format!("{count} ids; 200 sandboxes with ids of their own want {IDS_WANTED}"),
        "Give the remap user 16777216 ids in /etc/subuid and /etc/subgid, and restart the engine.",
    )
}

fn tun(mode: &str) -> Finding {
    let open = mode
        .chars()
        .last()
        .and_then(|digit| digit.to_digit(8))
        .is_some_and(|bits| bits & 6 == 6);
    if open {
        return Finding::ok(
            "/dev/net/tun",
            "open to everyone, as each sandbox's network needs it",
        );
    }
    Finding::bad(
        "/dev/net/tun",
        format!("its mode is {mode}: sandboxes cannot open it, and their engines have no network"),
        "`chmod 0666 /dev/net/tun`, and a udev rule for the next boot.",
    )
}

fn inotify(found: Inotify, config: &Config) -> Finding {
    let wanted = instances_wanted(config);
    let detail = format!(
        "{} instances for all sandboxes and root of the host together",
        found.instances
    );
    if found.instances >= wanted {
        return Finding::ok("inotify", detail);
    }
    Finding::warn(
        "inotify",
        format!(
            "{detail}: with {} seats taken, tools that watch files may fail",
            config.capacity
        ),
        format!(
            "`sysctl fs.inotify.max_user_instances={}`, and the same in /etc/sysctl.d.",
            wanted.max(8192)
        ),
    )
}

fn disk_method(method: Method, config: &Config) -> Finding {
    match method {
        Method::Loop => Finding::ok("disk limit", "each disk is a file of fixed size on a loop device"),
        Method::Tmpfs => Finding::warn(
            "disk limit",
            format!(
                "disks are kept in memory: a sandbox may use {} MiB of it",
                (config.limits.memory_bytes + config.limits.disk_bytes + config.limits.home_bytes) >> 20
            ),
            "Make loop devices available to the host engine (`modprobe loop`), or lower `limits.disk_bytes`.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_id_range_is_bad() {
        assert_eq!(id_range("         0   10000000   16777216\n").status, Status::Ok);
        assert_eq!(id_range("         0     100000      65536\n").status, Status::Bad);
        assert_eq!(id_range("").status, Status::Bad);
    }

    #[test]
    fn a_closed_tun_device_is_bad() {
        assert_eq!(tun("666").status, Status::Ok);
        assert_eq!(tun("600").status, Status::Bad);
        assert_eq!(tun("").status, Status::Bad);
    }

    #[test]
    fn more_seats_than_memory_is_worth_a_word() {
        let info = |gib: i64| SystemInfo {
            mem_total: Some(gib << 30),
            ncpu: Some(2),
            ..SystemInfo::default()
        };
        let config = Config {
            capacity: 10,
            ..Config::default()
        };
        assert_eq!(resources(&info(16), &config).status, Status::Ok);
        assert_eq!(resources(&info(8), &config).status, Status::Warn);
    }

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_the_only_finding() {
        let docker = Docker::connect_with_http("127.0.0.1:1", 2, bollard::API_DEFAULT_VERSION).unwrap();
        let findings = doctor(&docker, &Config::default()).await;
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].status, Status::Bad);
    }
}
