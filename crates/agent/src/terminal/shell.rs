//! A shell on a pseudo-terminal.

use std::os::fd::{AsFd, OwnedFd};

use pty_process::{OwnedReadPty, OwnedWritePty};
use rustix::process::{Pid, Signal};
use tokio::process::Child;

use super::screen::Size;
use crate::config::ShellConfig;
use crate::error::Error;
use crate::process;

/// The environment variable that tells the shell which nonce its marks carry.
const NONCE_VARIABLE: &str = "DRYDOCK_MARK";

/// A running shell and the pseudo-terminal that it is on.
pub(crate) struct Shell {
    pub(crate) reader: OwnedReadPty,
    pub(crate) writer: OwnedWritePty,
    pub(crate) child: Child,
    /// What its marks carry.
    pub(crate) nonce: String,
    pid: Option<Pid>,
    /// The terminal's own side again, to ask it who is in the foreground.
    control: OwnedFd,
}

impl Shell {
    /// Starts one.
    pub(crate) fn start(config: &ShellConfig, terminal: &str, size: Size) -> Result<Self, Error> {
        let failed = |source: pty_process::Error| Error::io("start a shell", std::io::Error::other(source));
        let (pty, pts) = pty_process::open().map_err(failed)?;
        pty.resize(pty_process::Size::new(size.rows, size.cols))
            .map_err(failed)?;
        let control = pty
            .as_fd()
            .try_clone_to_owned()
            .map_err(|source| Error::io("start a shell", source))?;
        let nonce = nonce();
        let mut command = config.environment.command("/bin/bash", &config.home);
        command
            .arg("--rcfile")
            .arg(&config.bashrc)
            .arg("-i")
            .env(NONCE_VARIABLE, &nonce)
            .env("DRYDOCK_TERMINAL", terminal);
        let child = pty_process::Command::from(command)
            .kill_on_drop(true)
            .spawn(pts)
            .map_err(failed)?;
        process::give_way(&child);
        let (reader, writer) = pty.into_split();
        let pid = process::pid_of(&child);
        Ok(Self {
            reader,
            writer,
            child,
            nonce,
            pid,
            control,
        })
    }

    /// Hangs up on everything that runs on this terminal.
    pub(crate) fn hang_up(&self) {
        self.signal_session(Signal::HUP);
        // A stopped process acts on the hang-up when it goes on.
        self.signal_session(Signal::CONT);
    }

    /// Kills everything that runs on this terminal.
    pub(crate) fn kill(&self) {
        self.signal_session(Signal::KILL);
    }

    /// Asks the program in the foreground to draw itself anew.
    pub(crate) fn ask_for_redraw(&self) {
        if let Ok(foreground) = rustix::termios::tcgetpgrp(&self.control) {
            process::signal_group(foreground, Signal::WINCH);
        }
    }

    fn signal_session(&self, signal: Signal) {
        // While anything of the session is left, its number is nobody else's. It is asked for while the shell lives, and
        // once right after its end.
        if let Some(pid) = self.pid {
            process::signal_session(pid, signal);
        }
    }
}

/// Tells the marks of this terminal's shell from text that merely looks like one. No secret: the learner can read it.
fn nonce() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    format!("{:016x}", RandomState::new().hash_one("drydock"))
}
