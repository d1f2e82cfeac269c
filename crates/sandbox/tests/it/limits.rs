//! Each wall around a sandbox, and somebody who tries to break it; and a neighbour whose work goes on meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use drydock_protocol::api::ExecRequest;
use drydock_sandbox::{Needs, Owner, Sandbox};

use crate::room::{Room, eventually, output, run};

/// How long a neighbour's `docker ps` may take while the sandbox beside it is being attacked, on a busy machine.
const NEIGHBOUR_MAX: Duration = Duration::from_secs(10);

/// Numbers of system calls for perl's `syscall`, which knows none.
const PERL: &str = r"use Config; use Errno; my $arm = $Config{archname} =~ /aarch64/;
my %n = $arm
  ? (clone3=>435, io_uring_setup=>425, keyctl=>219, add_key=>217, bpf=>280, userfaultfd=>282, perf_event_open=>241, inotify_init1=>26, fsopen=>430, vmsplice=>75, process_vm_readv=>270, io_setup=>0)
  : (clone3=>435, io_uring_setup=>425, keyctl=>250, add_key=>248, bpf=>321, userfaultfd=>323, perf_event_open=>298, inotify_init1=>294, fsopen=>430, vmsplice=>278, process_vm_readv=>310, io_setup=>206);
sub errno { my ($name, @args) = @_; my $r = syscall($n{$name}, @args); return $r == -1 ? $!+0 : 0; }
";

async fn perl(sandbox: &Sandbox, program: &str) -> String {
    sandbox
        .agent()
        .write("probe.pl", Bytes::from(format!("{PERL}{program}")))
        .await
        .expect("home has room");
    output(sandbox, "perl probe.pl").await
}

pub(crate) async fn refused(sandbox: &Sandbox, what: &str, command: &str) {
    let begun = Instant::now();
    let result = run(sandbox, command).await;
    eprintln!(
        "{} ms {what}: {}",
        begun.elapsed().as_millis(),
        tail(&result.stderr)
    );
    assert_ne!(
        result.exit_code, 0,
        "{what}: `{command}` went through: {}",
        result.stdout
    );
}

/// Attacks one sandbox while the other works. The attack may end as it likes.
async fn attack(victim: &Sandbox, neighbour: &Sandbox, what: &str, command: &str) {
    let request = ExecRequest {
        command: command.to_owned(),
        timeout_s: 20,
    };
    let attacking = async { victim.agent().exec(&request).await };
    let working = async {
        for _ in 0..3 {
            let begun = Instant::now();
            output(neighbour, "docker ps").await;
            let took = begun.elapsed();
            assert!(took < NEIGHBOUR_MAX, "{what}: the neighbour waited {took:?}");
        }
    };
    let (attacked, ()) = tokio::join!(attacking, working);
    eprintln!(
        "{what}: {:?}",
        attacked.map(|result| (result.exit_code, tail(&result.stderr)))
    );
    recovers(victim, what).await;
}

fn tail(text: &str) -> String {
    text.lines().last().unwrap_or_default().to_owned()
}

async fn recovers(sandbox: &Sandbox, what: &str) {
    let request = ExecRequest {
        command: "docker ps".to_owned(),
        timeout_s: 20,
    };
    eventually(&format!("{what}: the sandbox recovers"), || async {
        sandbox
            .agent()
            .exec(&request)
            .await
            .is_ok_and(|result| result.exit_code == 0)
    })
    .await;
}

pub(crate) fn busybox() -> Needs {
    Needs {
        images: vec!["busybox:latest".to_owned()],
        ..Needs::default()
    }
}

pub(crate) async fn pair(room: &Room) -> (Arc<Sandbox>, Arc<Sandbox>) {
    let (room, needs) = (room.with_busybox(), busybox());
    tokio::join!(
        room.ready_with("attacker", &needs),
        room.ready_with("neighbour", &needs)
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_too_much_hurts_only_themselves() {
    let room = Room::open(|_| {}).await;
    let (victim, neighbour) = pair(&room).await;

    attack(
        &victim,
        &neighbour,
        "memory hog",
        "perl -e 'my @x; push @x, \"a\" x (16<<20) while 1'",
    )
    .await;
    // Their owner is told of it, and the neighbour is not.
    room.until(&Owner::new("attacker"), |view| view.out_of_memory > 0)
        .await;
    room.until(&Owner::new("neighbour"), |view| view.out_of_memory == 0)
        .await;
    attack(
        &victim,
        &neighbour,
        "memory hog in a container",
        "docker run --rm busybox sh -c 'x=a; while :; do x=$x$x; done'",
    )
    .await;
    attack(&victim, &neighbour, "memory by files", "dd if=/dev/zero of=/dev/shm/x bs=1M; dd if=/dev/zero of=/tmp/x bs=1M; rm -f /dev/shm/x /tmp/x; false").await;
    attack(
        &victim,
        &neighbour,
        "fork bomb",
        "perl -e 'my $end = time + 6; fork while time < $end'",
    )
    .await;
    attack(
        &victim,
        &neighbour,
        "zombies",
        "perl -e 'for (1..600) { unless (fork // next) { unless (fork // 0) { exit } exit } }'; sleep 1",
    )
    .await;
    let left = output(&victim, "ps -eo stat= | grep -c ^Z || true").await;
    assert!(left.parse::<u32>().unwrap() < 50, "{left} zombies are left");
    attack(&victim, &neighbour, "flood of output", "timeout 5 yes").await;

    // Disks: full at their limit, in bytes and in files; and of use again when emptied.
    for folder in ["/home/learner", "/data/docker"] {
        let full = run(&victim, &format!("dd if=/dev/zero of={folder}/big bs=1M 2>&1")).await;
        assert!(full.stdout.contains("No space left"), "{folder}: {}", full.stdout);
        let size: u64 = output(&victim, &format!("stat -c %s {folder}/big; rm {folder}/big"))
            .await
            .parse()
            .unwrap();
        assert!(
            size <= room.config.limits.disk_bytes,
            "{folder} took {size} bytes"
        );
        let files = format!(
            "mkdir {folder}/many && cd {folder}/many && perl -e 'for (1..1e6) {{ open F, \">\", $_ or die $! }}'"
        );
        let full = run(&victim, &files).await;
        assert!(full.stderr.contains("No space left"), "{folder}: {}", full.stderr);
        output(&victim, &format!("rm -rf {folder}/many")).await;
    }
    output(&neighbour, "docker run --rm busybox true").await;
    recovers(&victim, "full disks").await;

    // A quota of the kernel's by user: used up in one sandbox, whole in the other.
    hoard_inotify(&victim, &neighbour).await;
    output(&victim, "docker run --rm busybox true").await;
}

async fn hoard_inotify(victim: &Sandbox, neighbour: &Sandbox) {
    const TAKE: &str = "my $i = 0; $i++ until errno('inotify_init1', 0);";
    let program = format!("{PERL}{TAKE} open my $f, '>', 'taken'; print $f $i; close $f; sleep 60");
    victim
        .agent()
        .write("hoard.pl", Bytes::from(program))
        .await
        .expect("home has room");
    let request = ExecRequest {
        command: "perl hoard.pl".to_owned(),
        timeout_s: 60,
    };
    let holding = async { drop(victim.agent().exec(&request).await) };
    let counting = async {
        eventually("all are taken", || async {
            victim
                .agent()
                .read("taken")
                .await
                .is_ok_and(|text| !text.is_empty())
        })
        .await;
        let taken = output(victim, "cat taken").await;
        let left = perl(neighbour, &format!("{TAKE} print $i")).await;
        eprintln!("inotify: {taken} taken, the neighbour has {left}");
        assert!(taken.parse::<u32>().is_ok_and(|taken| taken > 2), "{taken}");
        assert!(left.parse::<u32>().is_ok_and(|left| left > 2), "{left}");
        output(victim, "pkill -f hoard.pl").await;
    };
    tokio::join!(holding, counting);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kernel_says_no() {
    let room = Room::open(|config| config.capacity = 1).await;
    let sandbox = &*room.with_busybox().ready_with("attacker", &busybox()).await;

    system_calls(sandbox).await;
    files_of_the_kernel(sandbox).await;
    nobody_becomes_root(sandbox).await;
    its_own_limits(sandbox).await;
    // The engine is the learner's own; the host's is not to be found.
    refused(
        sandbox,
        "the host engine",
        "docker -H unix:///var/run/docker.sock info --format '{{.Name}}' | grep -v -x drydock",
    )
    .await;
}

/// System calls: absent, or refused.
async fn system_calls(sandbox: &Sandbox) {
    let errnos = perl(sandbox, r#"my $z = "\0" x 256;
        print join ' ', map { "$_=" . errno($_, 1, $z, 0, 0, 0) } qw(clone3 io_uring_setup keyctl add_key fsopen bpf userfaultfd perf_event_open vmsplice process_vm_readv io_setup)"#).await;
    for name in ["clone3", "io_uring_setup", "keyctl", "add_key", "fsopen"] {
        assert!(errnos.contains(&format!("{name}=38")), "{errnos}");
    }
    for name in [
        "bpf",
        "userfaultfd",
        "perf_event_open",
        "vmsplice",
        "process_vm_readv",
        "io_setup",
    ] {
        assert!(errnos.contains(&format!("{name}=1")), "{errnos}");
    }
    // Every family of sockets but five, and of netlink but four.
    let made = perl(
        sandbox,
        r"use Socket; my @made;
        for my $f (0..60) { for my $t (1, 2, 3, 5) { push @made, $f if socket(my $s, $f, $t, 0) } }
        my %seen; print join ' ', grep { !$seen{$_}++ } @made",
    )
    .await;
    assert_eq!(made, "1 2 10 16");
    let netlink = perl(sandbox, "print join ' ', grep { socket(my $s, 16, 3, $_) } 0..31").await;
    assert!(
        netlink
            .split(' ')
            .all(|number| ["0", "4", "15", "16"].contains(&number)),
        "{netlink}"
    );
    refused(
        sandbox,
        "raw sockets",
        "perl -e 'socket(my $s, 2, 3, 1) or exit 1'",
    )
    .await;
    // In a user namespace of one's own, where capabilities are to be had, the families are as few.
    refused(
        sandbox,
        "AF_ALG",
        "unshare -Urn perl -e 'socket(my $s, 38, 5, 0) or exit 1'",
    )
    .await;
    refused(
        sandbox,
        "nf_tables",
        "unshare -Urn perl -e 'socket(my $s, 16, 3, 12) or exit 1'",
    )
    .await;

    // Calls of another architecture kill whoever makes them.
    if cfg!(target_arch = "x86_64") {
        sandbox
            .agent()
            .write("elf32", Bytes::from(elf32()))
            .await
            .expect("home has room");
        refused(sandbox, "32-bit calls", "chmod +x elf32 && ./elf32").await;
        refused(
            sandbox,
            "x32 calls",
            "perl -e 'exit(syscall(0x40000000 + 39) > 0 ? 0 : 1)'",
        )
        .await;
    }
}

/// What uid 0 of the host could be made to run or to read.
async fn files_of_the_kernel(sandbox: &Sandbox) {
    for file in [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/modprobe",
        "/proc/sysrq-trigger",
        "/sys/kernel/uevent_helper",
    ] {
        refused(sandbox, file, &format!("echo x > {file}")).await;
        refused(sandbox, file, &format!("unshare -Ur sh -c 'echo x > {file}'")).await;
        refused(
            sandbox,
            file,
            &format!(
                "docker run --rm -v /proc:/host/proc -v /sys:/host/sys busybox sh -c 'echo x > /host{file}'"
            ),
        )
        .await;
    }
    let writable = output(
        sandbox,
        "find /proc/sys /sys -type f -writable 2>/dev/null | grep -v -e '^/sys/fs/cgroup/' -e ns_last_pid || true",
    )
    .await;
    assert_eq!(writable, "", "these can be written to");
    // Open to everyone by its mode, and then asks for a capability.
    refused(sandbox, "the next pid", "echo 1 > /proc/sys/kernel/ns_last_pid").await;
    refused(sandbox, "a mount", "mount -t tmpfs x /mnt").await;
    refused(sandbox, "a device of one's own", "mknod block b 7 0").await;
    refused(
        sandbox,
        "a device in a namespace",
        "unshare -Ur mknod block b 7 0",
    )
    .await;
    refused(
        sandbox,
        "devices of the host",
        "ls /dev/loop0 /dev/mem /dev/kmsg /dev/sda /dev/vda 2>/dev/null | grep .",
    )
    .await;
    refused(sandbox, "the root file system", "touch /usr/x").await;
    refused(
        sandbox,
        "a privileged container",
        "docker run --rm --privileged busybox true",
    )
    .await;
}

/// No program changes its user, and no capability is to be had.
async fn nobody_becomes_root(sandbox: &Sandbox) {
    assert_eq!(
        output(sandbox, "find / -xdev -perm /6000 2>/dev/null || true").await,
        ""
    );
    assert_eq!(
        output(sandbox, "grep CapEff /proc/self/status | tr -d '[:space:]'").await,
        "CapEff:0000000000000000"
    );
    let id = output(sandbox, "id -u").await;
    assert_eq!(output(sandbox, "id -g").await, id);
    assert!(id.parse::<u32>().is_ok_and(|id| id > 20_000));
}

/// The cgroups that hold the sandbox cannot be changed from inside.
async fn its_own_limits(sandbox: &Sandbox) {
    let outside = output(sandbox, "find /sys/fs/cgroup -writable ! -type l 2>/dev/null | grep -v '/inner\\(/\\|$\\)' | grep -v -x -F -e /sys/fs/cgroup/cgroup.procs -e /sys/fs/cgroup/init -e /sys/fs/cgroup/init/cgroup.procs || true").await;
    assert_eq!(outside, "", "these cgroup files can be written to");
    for (file, value) in [
        ("memory/memory.limit_in_bytes", "-1"),
        ("pids/pids.max", "max"),
        ("cpu/cpu.cfs_quota_us", "-1"),
        ("devices/devices.allow", "a"),
        ("memory/inner/memory.limit_in_bytes", "-1"),
        ("devices/inner/devices.allow", "a"),
        ("memory.max", "max"),
        ("pids.max", "max"),
        ("cpu.max", "max"),
        ("inner/memory.max", "max"),
    ] {
        refused(
            sandbox,
            "raising its own limits",
            &format!("echo {value} > /sys/fs/cgroup/{file}"),
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn even_uid_0_of_a_sandbox_is_nobody_on_the_host() {
    let room = Room::open(|config| config.capacity = 1).await;
    let sandbox = room.ready("attacker").await;
    let remapped = room
        .host
        .info()
        .await
        .unwrap()
        .security_options
        .unwrap_or_default();
    if !remapped.iter().any(|option| option.contains("userns")) {
        eprintln!("the host engine has no userns-remap: `drydock doctor` says what that costs");
        return;
    }
    let container = format!("drydock-{}-{}", room.config.instance, sandbox.id());
    for command in [
        "echo x > /proc/sys/kernel/core_pattern",
        "echo b > /proc/sysrq-trigger",
        "mount -t tmpfs x /mnt",
    ] {
        let exec = bollard::models::ExecConfig {
            user: Some("0:0".to_owned()),
            cmd: Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), command.to_owned()]),
            ..Default::default()
        };
        let exec = room.host.create_exec(&container, exec).await.unwrap().id;
        let detached = bollard::exec::StartExecOptions {
            detach: true,
            ..Default::default()
        };
        room.host.start_exec(&exec, Some(detached)).await.unwrap();
        eventually("it ended", || async {
            room.host.inspect_exec(&exec).await.unwrap().running == Some(false)
        })
        .await;
        assert_ne!(
            room.host.inspect_exec(&exec).await.unwrap().exit_code,
            Some(0),
            "{command}"
        );
    }
}

/// A 32-bit program that ends with success, if it may.
fn elf32() -> Vec<u8> {
    let code = [0xb8, 1, 0, 0, 0, 0x31, 0xdb, 0xcd, 0x80]; // mov eax, 1; xor ebx, ebx; int 0x80
    let base = 0x0804_8000_u32;
    let size = 52 + 32 + u32::try_from(code.len()).expect("a few bytes");
    let mut file = vec![0x7f, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let word =
        |file: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    let half =
        |file: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    half(&mut file, &[2, 3]); // an executable, for i386
    word(&mut file, &[1, base + 84, 52, 0, 0]); // version, entry, program headers, sections, flags
    half(&mut file, &[52, 32, 1, 0, 0, 0]);
    word(&mut file, &[1, 0, base, base, size, size, 5, 0x1000]); // one segment: all of it, to read and run
    file.extend(code);
    file
}
