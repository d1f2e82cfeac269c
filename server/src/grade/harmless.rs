//! Which containers may run while a machine is looked at: those that could not take its engine's place.
//!
//! A container is the student's program. It may do what it likes inside its own walls; one that was made with a door in them (to the
//! machine's processes, files or network) is not started. What is known of it is the word of an engine that has only read it from the
//! disk.

use std::collections::HashSet;

use bollard::models::{ContainerInspectResponse, HostConfig, MountPoint, Volume};

/// The learner's home, the one place of the machine that a container may be given.
const HOME: &str = "/home/learner";
/// How the engine names its one runtime.
const RUNTIMES: [&str; 3] = ["", "runc", "io.containerd.runc.v2"];

/// What keeps a container from being started, in words that follow "it". None: nothing.
pub(super) fn objection(
    container: &ContainerInspectResponse,
    plain_volumes: &HashSet<String>,
) -> Option<String> {
    let Some(host) = container.host_config.as_ref() else {
        return Some("has no settings".to_owned());
    };
    if let Some(why) = of_settings(host) {
        return Some(why.to_owned());
    }
    container
        .mounts
        .iter()
        .flatten()
        .find_map(|mount| of_mount(mount, plain_volumes))
}

fn of_settings(host: &HostConfig) -> Option<&'static str> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let some = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let bared = |paths: &Option<Vec<String>>| paths.as_ref().is_some_and(Vec::is_empty);
    if host.privileged == Some(true) {
        Some("is privileged")
    } else if some(&host.cap_add) {
        Some("has further capabilities")
    } else if some(&host.security_opt) || bared(&host.masked_paths) || bared(&host.readonly_paths) {
        Some("has other security options than the usual")
    } else if !matches!(text(&host.pid_mode).as_str(), "" | "private") {
        Some("sees the processes of others")
    } else if [&host.ipc_mode, &host.uts_mode, &host.userns_mode]
        .iter()
        .any(|mode| text(mode) == "host")
        || !text(&host.cgroup).is_empty()
    {
        Some("shares the machine's namespaces")
    } else if text(&host.network_mode) == "host" {
        Some("is on the machine's own network")
    } else if host.devices.as_ref().is_some_and(|devices| !devices.is_empty())
        || host
            .device_requests
            .as_ref()
            .is_some_and(|devices| !devices.is_empty())
        || some(&host.device_cgroup_rules)
    {
        Some("has devices of the machine")
    } else if !RUNTIMES.contains(&text(&host.runtime).as_str()) {
        Some("has a runtime of its own")
    } else {
        None
    }
}

fn of_mount(mount: &MountPoint, plain_volumes: &HashSet<String>) -> Option<String> {
    match mount.typ.as_deref().unwrap_or_default() {
        "tmpfs" => None,
        "volume" => {
            let name = mount.name.as_deref().unwrap_or_default();
            (!plain_volumes.contains(name))
                .then(|| format!("uses the volume `{name}`, which is not a plain one"))
        }
        "bind" => {
            let source = mount.source.as_deref().unwrap_or_default();
            home_path(source)
                .is_none()
                .then(|| format!("is given `{source}` of the machine"))
        }
        _ => Some("is given something of the machine".to_owned()),
    }
}

/// A path of the machine as one relative to the home, if it is beneath it, as far as can be seen by looking at it.
pub(super) fn home_path(path: &str) -> Option<&str> {
    let beneath = path.strip_prefix(HOME)?;
    let inside = beneath.is_empty() || beneath.starts_with('/');
    let straight = !beneath.split('/').any(|part| part == "..");
    (inside && straight).then(|| beneath.trim_start_matches('/'))
}

/// Whether a volume is a folder of the engine's own, and nothing else.
pub(super) fn is_plain(volume: &Volume) -> bool {
    volume.driver == "local" && volume.options.is_empty() && volume.cluster_volume.is_none()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn objection_to(host: Value, mounts: Value) -> Option<String> {
        let container = json!({ "HostConfig": host, "Mounts": mounts });
        let container = serde_json::from_value(container).unwrap();
        objection(&container, &HashSet::from(["data".to_owned()]))
    }

    #[test]
    fn ordinary_containers_are_started() {
        let host = json!({
            "Privileged": false, "CapAdd": null, "CapDrop": ["ALL"], "SecurityOpt": null, "PidMode": "", "IpcMode": "private",
            "UTSMode": "", "UsernsMode": "", "NetworkMode": "app_default", "Devices": [], "Runtime": "runc",
            "MaskedPaths": ["/proc/kcore"], "ReadonlyPaths": ["/proc/sys"], "RestartPolicy": {"Name": "always"},
        });
        let mounts = json!([
            {"Type": "bind", "Source": "/home/learner/site", "Destination": "/site"},
            {"Type": "bind", "Source": "/home/learner", "Destination": "/home"},
            {"Type": "volume", "Name": "data", "Driver": "local"},
            {"Type": "tmpfs", "Destination": "/tmp"},
        ]);
        assert_eq!(objection_to(host, mounts), None);
        assert_eq!(objection_to(json!({}), json!([])), None);
    }

    #[test]
    fn each_door_is_seen() {
        let doors = [
            json!({"Privileged": true}),
            json!({"CapAdd": ["SYS_PTRACE"]}),
            json!({"SecurityOpt": ["seccomp=unconfined"]}),
            json!({"MaskedPaths": []}),
            json!({"ReadonlyPaths": []}),
            json!({"PidMode": "host"}),
            json!({"PidMode": "container:abc"}),
            json!({"IpcMode": "host"}),
            json!({"UTSMode": "host"}),
            json!({"UsernsMode": "host"}),
            json!({"Cgroup": "container:abc"}),
            json!({"NetworkMode": "host"}),
            json!({"Devices": [{"PathOnHost": "/dev/net/tun"}]}),
            json!({"DeviceRequests": [{"Count": -1}]}),
            json!({"DeviceCgroupRules": ["c *:* rwm"]}),
            json!({"Runtime": "mine"}),
        ];
        for host in doors {
            assert!(objection_to(host.clone(), json!([])).is_some(), "{host}");
        }
        let mounts = [
            json!({"Type": "bind", "Source": "/run"}),
            json!({"Type": "bind", "Source": "/home/learner/../../run"}),
            json!({"Type": "bind", "Source": "/home/learner2"}),
            json!({"Type": "bind"}),
            json!({"Type": "volume", "Name": "other"}),
            json!({"Type": "cluster", "Name": "data"}),
            json!({"Source": "/run"}),
        ];
        for mount in mounts {
            assert!(
                objection_to(json!({}), json!([mount.clone()])).is_some(),
                "{mount}"
            );
        }
    }

    #[test]
    fn a_volume_with_options_can_be_any_folder() {
        let volume = |driver: &str, options: Value| {
            let volume = json!({
                "Name": "v", "Driver": driver, "Mountpoint": "/x", "Labels": {}, "Options": options, "Scope": "local",
            });
            is_plain(&serde_json::from_value(volume).unwrap())
        };
        assert!(volume("local", json!({})));
        assert!(!volume(
            "local",
            json!({"type": "none", "o": "bind", "device": "/run"})
        ));
        assert!(!volume("mine", json!({})));
    }
}
