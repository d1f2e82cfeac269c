//! One test for each promise.

use std::sync::LazyLock;

use super::*;

const GIB: u64 = 1024 * MIB;

fn limits() -> Limits {
    Limits {
        memory_bytes: GIB,
        disk_bytes: 4 * GIB,
        home_bytes: GIB / 4,
        pids: 512,
        cpus: 1.5,
    }
}

fn made_with(change: impl FnOnce(&mut Spec<'_>)) -> ContainerCreateBody {
    let id = SandboxId::random();
    let mut spec = Spec {
        id: &id,
        instance: "test",
        image: "drydock/sandbox:latest",
        slot: 7,
        limits: limits(),
        disks: Disks::Volumes {
            data: "the-data",
            home: "the-home",
        },
        network: "drydock-test",
        token: "ours",
        cgroups: true,
        host_cpus: 8.0,
        gateway: None,
        runtime: None,
        examine: false,
        seccomp: "{}",
    };
    change(&mut spec);
    container(&spec)
}

fn made() -> ContainerCreateBody {
    made_with(|_| {})
}

fn host() -> HostConfig {
    made().host_config.unwrap()
}

#[test]
fn it_is_not_privileged() {
    assert_eq!(host().privileged, Some(false));
}

#[test]
fn it_has_two_capabilities() {
    assert_eq!(host().cap_drop.unwrap(), ["ALL"]);
    assert_eq!(host().cap_add.unwrap(), ["SETUID", "SETGID"]);
}

#[test]
fn it_has_a_seccomp_profile_and_keeps_file_capabilities() {
    let options = made_with(|spec| spec.seccomp = r#"{"x":1}"#)
        .host_config
        .unwrap()
        .security_opt
        .unwrap();
    assert!(options.contains(&r#"seccomp={"x":1}"#.to_owned()));
    assert!(!options.iter().any(|option| option.contains("no-new-privileges")));
    assert!(!options.iter().any(|option| option.contains("seccomp=unconfined")));
}

#[test]
fn nothing_of_proc_is_masked_so_that_the_inner_engine_can_mount_its_own() {
    // An absent list would mean Docker's own; an empty one has to be said.
    let json = serde_json::to_value(host()).unwrap();
    assert_eq!(json["MaskedPaths"], serde_json::json!([]));
    assert_eq!(json["ReadonlyPaths"], serde_json::json!([]));
}

#[test]
fn its_root_is_read_only() {
    assert_eq!(host().readonly_rootfs, Some(true));
}

#[test]
fn it_has_an_init_that_reaps() {
    assert_eq!(host().init, Some(true));
}

#[test]
fn what_may_be_written_has_a_size_and_a_number_of_files() {
    for (path, options) in host().tmpfs.unwrap() {
        for wanted in ["size=", "nr_inodes=", "nosuid", "nodev", "uid=20007", "gid=20007"] {
            assert!(options.contains(wanted), "{path}: {wanted}");
        }
    }
    let mounts = host().mounts.unwrap();
    let places: Vec<_> = mounts
        .iter()
        .map(|mount| (mount.source.as_deref().unwrap(), mount.target.as_deref().unwrap()))
        .collect();
    assert_eq!(places, [("the-data", ENGINE_DATA), ("the-home", HOME)]);
    assert!(mounts.iter().all(|mount| mount.typ == Some(MountType::VOLUME)));
}

#[test]
fn nothing_of_the_host_is_bound_into_it() {
    assert_eq!(host().binds, None);
    assert_eq!(host().volumes_from, None);
}

#[test]
fn memory_includes_swap() {
    assert_eq!(host().memory, Some(1 << 30));
    assert_eq!(host().memory_swap, Some(1 << 30));
    assert_eq!(host().oom_kill_disable, Some(false));
}

#[test]
fn disks_in_memory_raise_its_limit_by_their_size() {
    let host = made_with(|spec| {
        spec.disks = Disks::Tmpfs {
            data_inodes: 10,
            home_inodes: 20,
        }
    })
    .host_config
    .unwrap();
    let memory = u64::try_from(host.memory.unwrap()).unwrap();
    assert_eq!(memory, GIB + 4 * GIB + GIB / 4);
    assert_eq!(host.memory, host.memory_swap);
    let tmpfs = host.tmpfs.unwrap();
    assert!(tmpfs[ENGINE_DATA].contains("size=4294967296,nr_inodes=10"));
    assert!(tmpfs[HOME].contains("size=268435456,nr_inodes=20"));
    assert_eq!(host.mounts.unwrap(), []);
}

#[test]
fn processors_are_limited_to_what_there_is() {
    assert_eq!(host().nano_cpus, Some(1_500_000_000));
    let small = made_with(|spec| spec.host_cpus = 1.0).host_config.unwrap();
    assert_eq!(small.nano_cpus, Some(1_000_000_000));
    assert!(host().cpu_shares.unwrap() < 1024);
}

#[test]
fn processes_are_limited() {
    assert_eq!(host().pids_limit, Some(512));
}

#[test]
fn the_machine_sacrifices_it_first() {
    assert!(host().oom_score_adj.unwrap() > 0);
}

#[test]
fn it_writes_no_core_files_and_raises_no_limit() {
    let limits = host().ulimits.unwrap();
    assert_eq!(limits.len(), 1);
    assert_eq!(
        (limits[0].name.as_deref(), limits[0].hard),
        (Some("core"), Some(0))
    );
}

#[test]
fn its_log_is_limited() {
    let log = host().log_config.unwrap();
    assert_eq!(log.typ.as_deref(), Some("json-file"));
    assert_eq!(log.config.unwrap()["max-size"], "1m");
}

#[test]
fn it_has_one_device_more_than_any_container() {
    let devices = host().devices.unwrap();
    assert_eq!(devices.len(), 1);
    assert_eq!(devices[0].path_on_host.as_deref(), Some("/dev/net/tun"));
    assert_eq!(devices[0].cgroup_permissions.as_deref(), Some("rw"));
    assert_eq!(host().device_cgroup_rules, None);
}

#[test]
fn its_namespaces_are_its_own() {
    let host = host();
    assert_eq!(host.cgroupns_mode, Some(HostConfigCgroupnsModeEnum::PRIVATE));
    assert_eq!(host.ipc_mode.as_deref(), Some("private"));
    // Absent means the engine's default: a private pid namespace, and the remapped user namespace.
    assert_eq!(
        (host.pid_mode, host.userns_mode, host.uts_mode),
        (None, None, None)
    );
}

#[test]
fn it_is_on_the_instances_network_alone_and_looks_names_up_nowhere() {
    let host = host();
    assert_eq!(host.network_mode.as_deref(), Some("drydock-test"));
    assert_eq!(host.dns.unwrap(), [NO_NAME_SERVER]);
    assert_eq!(host.dns_search.unwrap(), ["."]);
    assert_eq!(host.port_bindings, None);
    assert_eq!(host.publish_all_ports, Some(false));
}

#[test]
fn it_is_never_restarted() {
    assert_eq!(
        host().restart_policy.unwrap().name,
        Some(RestartPolicyNameEnum::NO)
    );
}

#[test]
fn it_runs_as_its_slots_user() {
    assert_eq!(made().user.as_deref(), Some("20007:20007"));
    assert_eq!(made().hostname.as_deref(), Some("drydock"));
}

#[test]
fn its_containers_have_ids_that_no_other_slots_have() {
    assert_eq!(first_subordinate_id(1), 1_100_000);
    assert_eq!(first_subordinate_id(2), 1_100_000 + 65_536);
}

#[test]
fn it_is_labelled() {
    let labels = made().labels.unwrap();
    assert_eq!(labels[LABEL_INSTANCE], "test");
    assert_eq!(labels[LABEL_ROLE], "sandbox");
    assert_eq!(labels[LABEL_SLOT], "7");
    assert!(labels[LABEL_SANDBOX].parse::<SandboxId>().is_ok());
    assert_eq!(
        serde_json::from_str::<Limits>(&labels[LABEL_LIMITS]).unwrap(),
        limits()
    );
}

#[test]
fn it_knows_the_gateway_where_there_is_one_and_says_which() {
    static GATEWAY: LazyLock<GatewayAccess> = LazyLock::new(|| GatewayAccess::new(3128, "pem"));
    let bridge = "172.20.0.1".parse().unwrap();
    let made = made_with(|spec| spec.gateway = Some((&GATEWAY, bridge, "abc")));
    let variables = made.env.unwrap();
    for wanted in [
        "DRYDOCK_TOKEN=ours",
        "DRYDOCK_PROXY=http://sandbox:abc@172.20.0.1:3128",
        "DRYDOCK_CA=pem",
    ] {
        assert!(variables.contains(&wanted.to_owned()), "{wanted}: {variables:?}");
    }
    assert_eq!(made.labels.unwrap()[LABEL_GATEWAY], GATEWAY.mark(bridge));
}

#[test]
fn without_a_gateway_there_is_no_trace_of_one() {
    assert!(!made().env.unwrap().iter().any(|entry| entry.contains("PROXY")));
    assert_eq!(made().labels.unwrap()[LABEL_GATEWAY], "");
}

#[test]
fn another_runtime_is_passed_on() {
    assert_eq!(host().runtime, None);
    assert_eq!(
        made_with(|spec| spec.runtime = Some("kata"))
            .host_config
            .unwrap()
            .runtime
            .as_deref(),
        Some("kata")
    );
}

#[test]
fn only_one_that_is_examined_is_told_so() {
    let told = |spec_examine| {
        let made = made_with(|spec| spec.examine = spec_examine);
        made.env.unwrap().contains(&"DRYDOCK_EXAMINE=yes".to_owned())
    };
    assert!(told(true));
    assert!(!told(false));
}
