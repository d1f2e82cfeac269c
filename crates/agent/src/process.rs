//! Ending processes that are not only one's own child: groups and sessions.

use std::process::ExitStatus;

use rustix::process::{Pid, Signal};

/// Signals a process group; that it is gone already is fine.
pub(crate) fn signal_group(leader: Pid, signal: Signal) {
    let _ = rustix::process::kill_process_group(leader, signal);
}

/// Signals every process of the session that `leader` leads, whatever its group.
pub(crate) fn signal_session(leader: Pid, signal: Signal) {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return;
    };
    for entry in processes.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<i32>().ok())
        else {
            continue;
        };
        if session_of(pid) == Some(leader.as_raw_nonzero().get())
            && let Some(pid) = Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}

fn session_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // pid (name) state parent group session …; the name may hold anything, parentheses too.
    let after_name = &stat[stat.rfind(')')? + 1..];
    after_name.split_ascii_whitespace().nth(3)?.parse().ok()
}

/// What a shell would show in `$?`: the exit status, or 128 and the signal.
pub(crate) fn status_number(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt as _;
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// Kills a process group when it is dropped, unless it was let go before.
pub(crate) struct GroupGuard(Option<Pid>);

impl GroupGuard {
    pub(crate) fn new(leader: Option<Pid>) -> Self {
        Self(leader)
    }

    pub(crate) fn let_go(mut self) {
        self.0 = None;
    }
}

impl Drop for GroupGuard {
    fn drop(&mut self) {
        if let Some(leader) = self.0.take() {
            signal_group(leader, Signal::KILL);
        }
    }
}

/// Lets the kernel take this child and what it starts before the agent, when memory runs out: else a crowd of small
/// processes could cost the learner the whole sandbox.
pub(crate) fn give_way(child: &tokio::process::Child) {
    if let Some(pid) = child.id() {
        // Where it is not allowed, the kernel decides by size alone.
        let _ = std::fs::write(format!("/proc/{pid}/oom_score_adj"), "300");
    }
}

/// The id of a child that has not been waited for.
pub(crate) fn pid_of(child: &tokio::process::Child) -> Option<Pid> {
    child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw)
}
