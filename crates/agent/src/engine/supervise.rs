//! Keeps the engine's program running.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use drydock_protocol::agent::EngineStatus;
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::Child;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::Report;
use crate::config::EngineConfig;
use crate::process::{pid_of, signal_group};

/// How often it is looked whether a starting engine answers, and whether a running one still does.
const STARTING_EVERY: Duration = Duration::from_millis(25);
const RUNNING_EVERY: Duration = Duration::from_secs(5);
/// How long an answer may take.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before it is started again: at first, and at most; doubled each time that it did not run for long.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// An engine that ran for so long is not one that cannot start.
const LONG_RUN: Duration = Duration::from_secs(30);
/// How long it may take to stop, its containers included.
const STOP_PATIENCE: Duration = Duration::from_secs(6);
/// Of what it says, so much is kept, in bytes.
const SAID_BYTES: usize = 2 * 1024;

/// Runs the engine until `stopping` says so.
pub(super) async fn run(config: EngineConfig, report: Report, mut stopping: watch::Receiver<bool>) {
    let mut starts = 0u32;
    let mut pause = PAUSE_MIN;
    loop {
        starts = starts.saturating_add(1);
        let started = Instant::now();
        let said = match spawn(&config) {
            Ok(child) => {
                let Some(said) = attend(child, &config.socket, starts, &report, &mut stopping).await else {
                    return;
                };
                said
            }
            Err(error) => format!("cannot start {}: {error}", config.program.display()),
        };
        crate::log(format_args!(
            "the engine ended; it is started again in {} ms",
            pause.as_millis()
        ));
        report.say(EngineStatus::Restarting { said });
        pause = if started.elapsed() > LONG_RUN {
            PAUSE_MIN
        } else {
            pause
        };
        tokio::select! {
            () = sleep(pause) => {}
            _ = stopping.wait_for(|stop| *stop) => return,
        }
        pause = (pause * 2).min(PAUSE_MAX);
    }
}

fn spawn(config: &EngineConfig) -> std::io::Result<Child> {
    config
        .environment
        .engine(&config.program)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// Sees one run of the engine through. Its last words; None if it was to stop.
async fn attend(
    mut child: Child,
    socket: &Path,
    starts: u32,
    report: &Report,
    stopping: &mut watch::Receiver<bool>,
) -> Option<String> {
    let group = pid_of(&child);
    let mut said = Said::default();
    let outputs = (child.stdout.take(), child.stderr.take());
    let ended = tokio::select! {
        ended = see_through(&mut child, group, socket, starts, report, stopping) => ended,
        // To the very end: what it writes to must not go away while it stops.
        never = keep_reading(outputs, &mut said) => match never {},
    }?;
    if let Some(group) = group {
        // What it left behind would be in the way of the next one.
        signal_group(group, Signal::KILL);
    }
    Some(said.into_text(ended.ok()))
}

/// Waits for its end; None if it was to stop, and has.
async fn see_through(
    child: &mut Child,
    group: Option<Pid>,
    socket: &Path,
    starts: u32,
    report: &Report,
    stopping: &mut watch::Receiver<bool>,
) -> Option<std::io::Result<ExitStatus>> {
    tokio::select! {
        ended = child.wait() => return Some(ended),
        // That its supervisor is gone means the same.
        _ = stopping.wait_for(|stop| *stop) => {}
        never = look_after(socket, starts, report) => match never {},
    }
    stop(child, group).await;
    None
}

async fn stop(child: &mut Child, group: Option<Pid>) {
    if let Some(group) = group {
        signal_group(group, Signal::TERM);
    }
    if timeout(STOP_PATIENCE, child.wait()).await.is_err()
        && let Some(group) = group
    {
        signal_group(group, Signal::KILL);
    }
}

/// Looks whether the engine answers, and reports. Does not return.
async fn look_after(socket: &Path, starts: u32, report: &Report) -> Infallible {
    report.say(EngineStatus::Starting);
    loop {
        while !answers(socket).await {
            sleep(STARTING_EVERY).await;
        }
        report.say(EngineStatus::Ready { starts });
        loop {
            sleep(RUNNING_EVERY).await;
            if !answers(socket).await {
                report.say(EngineStatus::Starting);
                break;
            }
        }
    }
}

/// Whether `GET /_ping` is answered with 200.
async fn answers(socket: &Path) -> bool {
    let ask = async {
        let mut stream = UnixStream::connect(socket).await?;
        stream
            .write_all(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
            .await?;
        let mut status = [0; 12];
        stream.read_exact(&mut status).await?;
        Ok::<_, std::io::Error>(status.starts_with(b"HTTP/1.") && status.ends_with(b" 200"))
    };
    matches!(timeout(ANSWER_PATIENCE, ask).await, Ok(Ok(true)))
}

/// The end of what the engine said.
#[derive(Default)]
struct Said(VecDeque<u8>);

impl Said {
    fn hear(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        self.0.drain(..self.0.len().saturating_sub(SAID_BYTES));
    }

    fn into_text(self, ended: Option<ExitStatus>) -> String {
        let bytes: Vec<u8> = self.0.into();
        let text = String::from_utf8_lossy(&bytes);
        match (text.trim(), ended) {
            ("", Some(status)) => status.to_string(),
            (text, _) => text.to_owned(),
        }
    }
}

/// Reads both outputs on, keeps their end and passes them to the container's log. Does not return.
async fn keep_reading(
    (stdout, stderr): (Option<impl AsyncRead + Unpin>, Option<impl AsyncRead + Unpin>),
    said: &mut Said,
) -> Infallible {
    let said = Mutex::new(said);
    let hear = |bytes: &[u8]| {
        said.lock().unwrap_or_else(PoisonError::into_inner).hear(bytes);
        // The container's log is bounded by the host engine. That it cannot be written to is not the engine's fault.
        let _ = std::io::Write::write_all(&mut std::io::stderr().lock(), bytes);
    };
    tokio::join!(read_on(stdout, &hear), read_on(stderr, &hear));
    std::future::pending().await
}

async fn read_on(output: Option<impl AsyncRead + Unpin>, hear: &impl Fn(&[u8])) {
    let Some(mut output) = output else { return };
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = output.read(&mut buffer).await {
        hear(&buffer[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_what_was_said_is_kept() {
        let mut said = Said::default();
        said.hear(&[b'x'; 3 * SAID_BYTES]);
        said.hear(b"\nfailed to start\n");
        let text = said.into_text(None);
        assert!(text.len() < SAID_BYTES && text.ends_with("\nfailed to start"));
    }

    #[test]
    fn an_engine_that_said_nothing_has_a_status() {
        use std::os::unix::process::ExitStatusExt as _;
        assert_eq!(
            Said::default().into_text(Some(ExitStatus::from_raw(256))),
            "exit status: 1"
        );
    }
}
