//! The system calls that a sandbox may make.
//!
//! Everything inside a sandbox shares the host's kernel, and a rootless engine needs user namespaces, mounts and the like,
//! which is where most of the last years' kernel exploits began. So this starts from what Docker allows by default, opens
//! what the engine needs, and closes the entry points that it does not.

mod base;

use serde::Serialize;

/// "Operation not permitted": programs take it for a refusal.
const EPERM: u32 = 1;
/// "Function not implemented": programs take it for an old kernel and do without.
const ENOSYS: u32 = 38;
/// "Protocol not supported": what a kernel without auditing says.
const EPROTONOSUPPORT: u32 = 93;

/// The profile, as the JSON that a container's `seccomp=` option takes.
pub(crate) fn profile() -> String {
    serde_json::to_string(&Profile::sandbox()).expect("names and numbers always serialise")
}

/// Docker's format of a profile, as far as it is used here.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    default_action: Action,
    default_errno_ret: u32,
    arch_map: Vec<Architecture>,
    syscalls: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
enum Action {
    #[serde(rename = "SCMP_ACT_ALLOW")]
    Allow,
    #[serde(rename = "SCMP_ACT_ERRNO")]
    Errno,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Architecture {
    architecture: &'static str,
    sub_architectures: Vec<&'static str>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    names: Vec<&'static str>,
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    errno_ret: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    args: Vec<Argument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    includes: Option<Includes>,
    comment: &'static str,
}

/// A condition on one argument: that it equals `value`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Argument {
    index: u32,
    value: u64,
    op: &'static str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Includes {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_kernel: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    arches: Vec<&'static str>,
}

impl Profile {
    fn sandbox() -> Self {
        let mut syscalls: Vec<Rule> = base::BASE
            .iter()
            .map(|group| Rule::allow(group.names, group.reason))
            .collect();
        syscalls.extend(base_with_conditions());
        syscalls.extend(for_the_engine());
        syscalls.extend(said_to_be_absent());
        syscalls.extend(sockets());
        Self {
            default_action: Action::Errno,
            default_errno_ret: EPERM,
            // Without their 32-bit halves: a kernel's compatibility calls are seldom used and often wrong.
            // A call of an architecture that is not here kills its process.
            arch_map: ["SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"]
                .map(|architecture| Architecture {
                    architecture,
                    sub_architectures: Vec::new(),
                })
                .into(),
            syscalls,
        }
    }
}

impl Rule {
    fn allow(names: &[&'static str], comment: &'static str) -> Self {
        Self {
            names: names.to_vec(),
            action: Action::Allow,
            errno_ret: None,
            args: Vec::new(),
            includes: None,
            comment,
        }
    }

    fn refuse(names: &[&'static str], errno: u32, comment: &'static str) -> Self {
        Self {
            action: Action::Errno,
            errno_ret: Some(errno),
            ..Self::allow(names, comment)
        }
    }

    /// Only where the arguments at these indexes have these values.
    fn when(mut self, arguments: &[(u32, u64)]) -> Self {
        self.args = arguments
            .iter()
            .map(|&(index, value)| Argument {
                index,
                value,
                op: "SCMP_CMP_EQ",
            })
            .collect();
        self
    }
}

/// The rest of Docker's default list: allowed under a condition.
fn base_with_conditions() -> Vec<Rule> {
    const LINUX: u64 = 0;
    const LINUX32: u64 = 0x8;
    const UNAME26: u64 = 0x2_0000;
    const ASK: u64 = 0xFFFF_FFFF;
    let mut rules = vec![
        Rule {
            includes: Some(Includes {
                min_kernel: Some("4.8"),
                arches: Vec::new(),
            }),
            ..Rule::allow(
                &["ptrace"],
                "Debuggers. Before 4.8 it was a way around this filter",
            )
        },
        Rule {
            includes: Some(Includes {
                min_kernel: None,
                arches: vec!["amd64"],
            }),
            ..Rule::allow(&["arch_prctl"], "Thread-local storage on x86")
        },
    ];
    rules.extend(
        [LINUX, LINUX32, UNAME26, UNAME26 | LINUX32, ASK].map(|personality| {
            Rule::allow(
                &["personality"],
                "Personalities that do not switch a protection off",
            )
            .when(&[(0, personality)])
        }),
    );
    rules
}

/// What rootlesskit, dockerd and runc need to make containers inside a user namespace of their own.
fn for_the_engine() -> Vec<Rule> {
    vec![
        Rule::allow(
            &["clone", "unshare", "setns"],
            "Containers are namespaces; user namespaces come first",
        ),
        Rule::allow(
            &["mount", "umount2", "pivot_root", "chroot"],
            "A container's file system, in its own mount namespace",
        ),
        Rule::allow(
            &["sethostname", "setdomainname"],
            "A container's name, in its own namespace",
        ),
    ]
}

/// Calls whose callers know what to do on a kernel that has not got them.
fn said_to_be_absent() -> Vec<Rule> {
    vec![
        Rule::refuse(
            &["clone3"],
            ENOSYS,
            "Its flags stand in memory, where no filter can look. clone is used instead",
        ),
        Rule::refuse(
            &[
                "open_tree",
                "move_mount",
                "fsopen",
                "fsconfig",
                "fsmount",
                "fspick",
                "mount_setattr",
            ],
            ENOSYS,
            "The newer way to mount: a large, young surface that mount makes unnecessary",
        ),
        Rule::refuse(
            &["add_key", "request_key", "keyctl"],
            ENOSYS,
            "Kernel keyrings are not in any namespace, and were the door of several exploits. runc does without",
        ),
        Rule::refuse(
            &["io_uring_setup", "io_uring_enter", "io_uring_register"],
            ENOSYS,
            "Its operations pass by this filter. Whoever uses it has a fallback",
        ),
        Rule::refuse(
            &["bpf", "userfaultfd", "perf_event_open"],
            EPERM,
            "Nothing that a learner does needs them, and exploits do. The default, said aloud",
        ),
    ]
}

/// The kinds of socket that may be made. Every other family has code that nobody here needs: AF_ALG, AF_VSOCK, AF_KEY,
/// AF_TIPC, AF_RDS … were the beginning of exploits.
fn sockets() -> Vec<Rule> {
    const UNIX: u64 = 1;
    const INET: u64 = 2;
    const INET6: u64 = 10;
    const NETLINK: u64 = 16;
    const PACKET: u64 = 17;
    /// Addresses and routes.
    const ROUTE: u64 = 0;
    /// Socket statistics, for `ss`.
    const SOCK_DIAG: u64 = 4;
    /// Device events, for slirp4netns and the like.
    const KOBJECT_UEVENT: u64 = 15;
    /// What libnl asks first of.
    const GENERIC: u64 = 16;
    /// The kernel's audit log.
    const AUDIT: u64 = 9;

    let families = [
        (UNIX, "Local sockets"),
        (INET, "IPv4"),
        (INET6, "IPv6, as far as there is any"),
        (
            PACKET,
            "ARP and DHCP clients, inside the learner's own network namespaces; outside them it wants a capability",
        ),
    ];
    let mut rules: Vec<Rule> = families
        .iter()
        .map(|&(family, why)| Rule::allow(&["socket"], why).when(&[(0, family)]))
        .collect();
    rules.extend([ROUTE, SOCK_DIAG, KOBJECT_UEVENT, GENERIC].map(|protocol| {
        Rule::allow(
            &["socket"],
            "Netlink, but not netfilter's: nf_tables is an exploit's favourite, so the engine uses iptables-legacy",
        )
        .when(&[(0, NETLINK), (2, protocol)])
    }));
    rules.push(
        Rule::refuse(
            &["socket"],
            EPROTONOSUPPORT,
            "useradd and its like write to the audit log where there is one, and give up where they may not",
        )
        .when(&[(0, NETLINK), (2, AUDIT)]),
    );
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(name: &str) -> Vec<Rule> {
        Profile::sandbox()
            .syscalls
            .into_iter()
            .filter(|rule| rule.names.contains(&name))
            .collect()
    }

    fn allowed_always(name: &str) -> bool {
        rules(name)
            .iter()
            .any(|rule| rule.action == Action::Allow && rule.args.is_empty() && rule.includes.is_none())
    }

    fn answered(name: &str) -> Option<u32> {
        let rules = rules(name);
        if rules.iter().any(|rule| rule.action == Action::Allow) {
            return None;
        }
        Some(rules.first().and_then(|rule| rule.errno_ret).unwrap_or(EPERM))
    }

    #[test]
    fn what_is_not_named_is_refused() {
        let profile = Profile::sandbox();
        assert_eq!(profile.default_action, Action::Errno);
        assert_eq!(profile.default_errno_ret, EPERM);
    }

    #[test]
    fn the_engine_can_make_containers() {
        for name in [
            "clone",
            "unshare",
            "setns",
            "mount",
            "umount2",
            "pivot_root",
            "chroot",
            "sethostname",
            "setdomainname",
        ] {
            assert!(allowed_always(name), "{name}");
        }
    }

    #[test]
    fn callers_that_can_fall_back_are_told_that_a_call_is_absent() {
        for name in [
            "clone3",
            "open_tree",
            "move_mount",
            "fsopen",
            "fsconfig",
            "fsmount",
            "fspick",
            "mount_setattr",
            "keyctl",
            "add_key",
            "request_key",
            "io_uring_setup",
            "io_uring_enter",
            "io_uring_register",
        ] {
            assert_eq!(answered(name), Some(ENOSYS), "{name}");
        }
    }

    #[test]
    fn the_doors_of_exploits_are_closed() {
        for name in [
            "bpf",
            "userfaultfd",
            "perf_event_open",
            "vmsplice",
            "process_vm_readv",
            "process_vm_writev",
            "io_setup",
            "io_submit",
            "socketcall",
            "init_module",
            "finit_module",
            "kexec_load",
            "open_by_handle_at",
            "name_to_handle_at",
            "pidfd_getfd",
            "kcmp",
            "syslog",
            "swapon",
            "reboot",
            "acct",
            "quotactl",
            "iopl",
            "ioperm",
            "move_pages",
            "mbind",
            "set_mempolicy",
            "lookup_dcookie",
            "fanotify_init",
            "umount",
            "settimeofday",
        ] {
            assert_eq!(answered(name), Some(EPERM), "{name}");
        }
    }

    fn arguments(rule: &Rule) -> Vec<(u32, u64)> {
        rule.args
            .iter()
            .map(|argument| (argument.index, argument.value))
            .collect()
    }

    /// A learner's `RUN useradd` would fail otherwise.
    #[test]
    fn the_audit_log_is_said_to_be_absent_and_not_to_be_forbidden() {
        let refused: Vec<Rule> = rules("socket")
            .into_iter()
            .filter(|rule| rule.action == Action::Errno)
            .collect();
        let [audit] = refused.as_slice() else {
            panic!("{refused:?}")
        };
        assert_eq!(audit.errno_ret, Some(EPROTONOSUPPORT));
        assert_eq!(arguments(audit), [(0, 16), (2, 9)]);
    }

    #[test]
    fn only_a_few_kinds_of_socket_can_be_made() {
        let mut kinds: Vec<Vec<(u32, u64)>> = rules("socket")
            .iter()
            .filter(|rule| rule.action == Action::Allow)
            .map(arguments)
            .collect();
        kinds.sort();
        let netlink = |protocol| vec![(0, 16), (2, protocol)];
        assert_eq!(
            kinds,
            [
                vec![(0, 1)],
                vec![(0, 2)],
                vec![(0, 10)],
                netlink(0),
                netlink(4),
                netlink(15),
                netlink(16),
                vec![(0, 17)]
            ]
        );
    }

    #[test]
    fn there_is_no_32_bit_architecture() {
        for architecture in Profile::sandbox().arch_map {
            assert!(architecture.sub_architectures.is_empty(), "{architecture:?}");
            assert!(architecture.architecture.ends_with("64"), "{architecture:?}");
        }
    }

    #[test]
    fn no_call_is_named_twice_but_for_its_arguments() {
        let profile = Profile::sandbox();
        let mut seen = std::collections::HashSet::new();
        for rule in profile.syscalls.iter().filter(|rule| rule.args.is_empty()) {
            assert!(!rule.comment.is_empty());
            for name in &rule.names {
                assert!(seen.insert(*name), "{name}");
            }
        }
    }

    #[test]
    fn the_whole_profile() {
        insta::assert_json_snapshot!(Profile::sandbox());
    }
}
