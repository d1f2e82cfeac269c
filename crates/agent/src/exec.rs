//! One command, run to its end, with what it printed.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use drydock_protocol::api::{ExecRequest, ExecResult};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use crate::environment::Environment;
use crate::error::Error;
use crate::process::{GroupGuard, give_way, pid_of, status_number};

/// Of each of the two outputs so much is kept, in bytes; the rest is read and dropped.
const OUTPUT_MAX: usize = 1024 * 1024;
/// Commands at once, at most.
const COMMANDS_MAX: usize = 16;
/// Seconds that a command may be given.
const TIMEOUT_MAX_S: u32 = 600;
/// What a command that ran out of time ends with, as with timeout(1).
const TIMED_OUT: i32 = 124;
/// After a command's end its outputs may be held open by something in the background. They are read on for so long.
const OUTPUT_PATIENCE: Duration = Duration::from_millis(250);

/// Runs single commands, a few at a time.
#[derive(Debug)]
pub struct Runner {
    home: PathBuf,
    environment: Environment,
    room: Semaphore,
}

/// An output as far as it was kept.
#[derive(Default)]
struct Output {
    kept: Vec<u8>,
    truncated: bool,
}

impl Runner {
    /// Commands will run in `home`.
    pub(crate) fn new(home: PathBuf, environment: Environment) -> Self {
        Self {
            home,
            environment,
            room: Semaphore::new(COMMANDS_MAX),
        }
    }

    /// Runs a line of bash in the workspace. When its time is up, or when this future is dropped, the command and all
    /// that it started in its process group are killed.
    ///
    /// # Errors
    /// If too many run already, or if no process can be started.
    pub async fn run(&self, request: &ExecRequest) -> Result<ExecResult, Error> {
        let remedy = "wait for one to end";
        let _room = self.room.try_acquire().map_err(|_| Error::TooMany {
            what: "commands running",
            limit: COMMANDS_MAX,
            remedy,
        })?;
        let deadline = Instant::now() + Duration::from_secs(request.timeout_s.clamp(1, TIMEOUT_MAX_S).into());

        let mut child = self
            .environment
            .command("/bin/bash", &self.home)
            .arg("-c")
            .arg(&request.command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| Error::io("start a command", source))?;
        give_way(&child);
        let group = GroupGuard::new(pid_of(&child));
        let (mut stdout, mut stderr) = (Output::default(), Output::default());
        let outputs = (child.stdout.take(), child.stderr.take());

        let status = {
            let reading = async {
                tokio::join!(stdout.read(outputs.0), stderr.read(outputs.1));
            };
            tokio::pin!(reading);
            let mut all_read = false;
            let status = loop {
                tokio::select! {
                    ended = timeout_at(deadline, child.wait()) => break ended.ok(),
                    () = &mut reading, if !all_read => all_read = true,
                }
            };
            if status.is_some() {
                group.let_go();
            } else {
                drop(group);
                // Reaped at once: it was just killed.
                let _ = child.wait().await;
            }
            if !all_read {
                let _ = timeout(OUTPUT_PATIENCE, reading).await;
            }
            status
        };
        let exit_code = match status {
            Some(Ok(status)) => status_number(status),
            Some(Err(source)) => return Err(Error::io("wait for a command", source)),
            None => TIMED_OUT,
        };
        Ok(ExecResult {
            exit_code,
            truncated: stdout.truncated || stderr.truncated,
            stdout: stdout.into_text(),
            stderr: stderr.into_text(),
        })
    }
}

impl Output {
    /// Reads to the end, also what is not kept: the command must not get stuck on it.
    async fn read(&mut self, from: Option<impl AsyncRead + Unpin>) {
        let Some(mut from) = from else { return };
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer).await {
            let kept = length.min(OUTPUT_MAX - self.kept.len());
            self.kept.extend_from_slice(&buffer[..kept]);
            self.truncated |= kept < length;
        }
    }

    fn into_text(self) -> String {
        String::from_utf8(self.kept)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner(home: &std::path::Path) -> Runner {
        Runner::new(home.to_owned(), Environment::new(None))
    }

    async fn run(command: &str, timeout_s: u32) -> ExecResult {
        let home = tempfile::tempdir().unwrap();
        let request = ExecRequest {
            command: command.to_owned(),
            timeout_s,
        };
        runner(home.path()).run(&request).await.unwrap()
    }

    #[tokio::test]
    async fn output_and_status() {
        let result = run("printf 'ü%s\\n' \"$LANG\"; printf '\\xff' >&2; exit 3", 30).await;
        assert_eq!((result.exit_code, result.stdout.as_str()), (3, "üC.UTF-8\n"));
        assert_eq!(result.stderr, "\u{fffd}");
        assert!(!result.truncated);
        assert_eq!(run("kill -KILL $$", 30).await.exit_code, 137);
    }

    #[tokio::test]
    async fn long_output_is_cut_and_does_not_block() {
        let result = run("head -c 5000000 /dev/zero | tr '\\0' x; echo done >&2", 30).await;
        assert_eq!(
            (result.stdout.len(), result.stderr.as_str()),
            (OUTPUT_MAX, "done\n")
        );
        assert!(result.truncated);
    }

    #[tokio::test]
    async fn something_in_the_background_is_not_waited_for() {
        let started = Instant::now();
        let result = run("sleep 1000 & echo $!", 30).await;
        assert!(started.elapsed() < Duration::from_secs(10));
        let pid = rustix::process::Pid::from_raw(result.stdout.trim().parse().unwrap()).unwrap();
        // It goes on: that was meant. The test ends it.
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }

    #[tokio::test]
    async fn commands_at_once_are_bounded() {
        let home = tempfile::tempdir().unwrap();
        let runner = runner(home.path());
        let request = ExecRequest {
            command: "sleep 1000".to_owned(),
            timeout_s: 600,
        };
        let mut running: Vec<_> = (0..COMMANDS_MAX)
            .map(|_| Box::pin(runner.run(&request)))
            .collect();
        for command in &mut running {
            assert!(futures::poll!(command.as_mut()).is_pending());
        }
        assert!(matches!(runner.run(&request).await, Err(Error::TooMany { .. })));
        drop(running);
        let quick = ExecRequest {
            command: "true".to_owned(),
            timeout_s: 600,
        };
        assert_eq!(runner.run(&quick).await.unwrap().exit_code, 0);
    }
}
