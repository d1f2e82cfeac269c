//! The calls that any program may need: Docker's default allow list, sorted by what the calls are for.
//!
//! Left out of it: calls of 32-bit architectures (their names end in `32`, `64` or `_time64`), which are closed as a
//! whole; `vmsplice`, `process_vm_*` and native asynchronous I/O, entry points of past exploits that Docker and what
//! runs in it can do without; and whatever Docker ties to a capability, since sandboxes have none of those.

/// Calls that are allowed whatever their arguments, and why that is right.
pub(super) struct Group {
    /// Why.
    pub(super) reason: &'static str,
    /// Their names.
    pub(super) names: &'static [&'static str],
}

pub(super) const BASE: &[Group] = &[
    Group {
        reason: "Files, folders, links and their attributes: the file systems' own permissions decide.",
        #[rustfmt::skip]
        names: &[
            "access", "cachestat", "chdir", "chmod", "chown", "close", "close_range", "copy_file_range",
            "creat", "dup", "dup2", "dup3", "faccessat", "faccessat2", "fadvise64", "fallocate", "fchdir",
            "fchmod", "fchmodat", "fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr",
            "flistxattr", "flock", "fremovexattr", "fsetxattr", "fstat", "fstatfs", "fsync", "ftruncate",
            "futimesat", "getcwd", "getdents", "getdents64", "getxattr", "getxattrat", "inotify_add_watch",
            "inotify_init", "inotify_init1", "inotify_rm_watch", "ioctl", "lchown", "lgetxattr", "link",
            "linkat", "listmount", "listxattr", "listxattrat", "llistxattr", "lremovexattr", "lseek",
            "lsetxattr", "lstat", "mkdir", "mkdirat", "mknod", "mknodat", "newfstatat", "open", "openat",
            "openat2", "pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2", "read", "readahead",
            "readlink", "readlinkat", "readv", "removexattr", "removexattrat", "rename", "renameat",
            "renameat2", "rmdir", "sendfile", "setxattr", "setxattrat", "splice", "stat", "statfs",
            "statmount", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs", "tee",
            "truncate", "umask", "unlink", "unlinkat", "utime", "utimensat", "utimes", "write", "writev",
        ],
    },
    Group {
        reason: "Memory of one's own.",
        #[rustfmt::skip]
        names: &[
            "brk", "madvise", "map_shadow_stack", "membarrier", "memfd_create", "memfd_secret", "mincore",
            "mlock", "mlock2", "mlockall", "mmap", "mprotect", "mremap", "mseal", "msync", "munlock",
            "munlockall", "munmap", "pkey_alloc", "pkey_free", "pkey_mprotect", "process_mrelease",
        ],
    },
    Group {
        reason: "Processes, threads and signals, within the sandbox's pid namespace.",
        #[rustfmt::skip]
        names: &[
            "execve", "execveat", "exit", "exit_group", "fork", "futex", "futex_requeue", "futex_wait",
            "futex_waitv", "futex_wake", "get_robust_list", "get_thread_area", "getpgid", "getpgrp", "getpid",
            "getppid", "getsid", "gettid", "kill", "landlock_add_rule", "landlock_create_ruleset",
            "landlock_restrict_self", "pause", "pidfd_open", "pidfd_send_signal", "prctl", "restart_syscall",
            "riscv_hwprobe", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
            "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_tgsigqueueinfo", "seccomp",
            "set_robust_list", "set_thread_area", "set_tid_address", "setpgid", "setsid", "sigaltstack",
            "signalfd", "signalfd4", "tgkill", "tkill", "uretprobe", "vfork", "wait4", "waitid",
        ],
    },
    Group {
        reason: "Identity: only ids that the user namespace maps can be taken.",
        #[rustfmt::skip]
        names: &[
            "capget", "capset", "getegid", "geteuid", "getgid", "getgroups", "getresgid", "getresuid",
            "getuid", "setfsgid", "setfsuid", "setgid", "setgroups", "setregid", "setresgid", "setresuid",
            "setreuid", "setuid",
        ],
    },
    Group {
        reason: "Time and timers; setting the clock needs a capability that nobody here has.",
        #[rustfmt::skip]
        names: &[
            "adjtimex", "alarm", "clock_adjtime", "clock_adjtime64", "clock_getres", "clock_gettime",
            "clock_gettime64", "clock_nanosleep", "getitimer", "gettimeofday", "nanosleep", "setitimer",
            "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64",
            "timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime", "timerfd_gettime64",
            "timerfd_settime", "timerfd_settime64", "times",
        ],
    },
    Group {
        reason: "Waiting for many things at once.",
        #[rustfmt::skip]
        names: &[
            "epoll_create", "epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2", "epoll_wait",
            "eventfd", "eventfd2", "poll", "ppoll", "pselect6", "select",
        ],
    },
    Group {
        reason: "Sockets once they are there; which kinds may be made is decided below.",
        #[rustfmt::skip]
        names: &[
            "accept", "accept4", "bind", "connect", "getpeername", "getsockname", "getsockopt", "listen",
            "recvfrom", "recvmmsg", "recvmsg", "sendmmsg", "sendmsg", "sendto", "setsockopt", "shutdown",
            "socketpair",
        ],
    },
    Group {
        reason: "Pipes, message queues, semaphores and shared memory, within the sandbox's ipc namespace.",
        #[rustfmt::skip]
        names: &[
            "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl",
            "msgget", "msgrcv", "msgsnd", "pipe", "pipe2", "semctl", "semget", "semop", "semtimedop", "shmat",
            "shmctl", "shmdt", "shmget",
        ],
    },
    Group {
        reason: "Scheduling, limits and facts about the system; raising anything needs a capability.",
        #[rustfmt::skip]
        names: &[
            "getcpu", "getpriority", "getrandom", "getrlimit", "getrusage", "ioprio_get", "ioprio_set",
            "prlimit64", "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity",
            "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_rr_get_interval",
            "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield",
            "setpriority", "setrlimit", "sysinfo", "uname",
        ],
    },
];
