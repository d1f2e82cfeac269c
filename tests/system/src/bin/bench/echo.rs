//! Terminals: how soon a key is echoed, and how much output gets through.

use std::time::{Duration, Instant};

use anyhow::Result;
use drydock_protocol::live::ToTerminal;
use drydock_system_tests::{Browser, Socket};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::Message;

use crate::exec;
use crate::figures::{Sample, rates, times};

const KEYS: usize = 400;
const DEADLINE: Duration = Duration::from_secs(60);
/// What is printed for the throughput, in bytes.
const VOLUME: usize = 32 * 1024 * 1024;

async fn prompt(browser: &Browser, name: &str) -> Result<Socket> {
    let mut terminal = browser.terminal(name).await?;
    terminal
        .control(&ToTerminal::Resize { cols: 80, rows: 24 })
        .await?;
    terminal
        .type_text("PS1='$ '; stty -a >/dev/null; echo READ''Y\n")
        .await?;
    terminal.read_until("READY", DEADLINE).await?;
    Ok(terminal)
}

/// From sending a key to receiving its echo.
pub(crate) async fn latency(browser: &Browser, container: &str) -> Result<()> {
    let mut ours = Sample::default();
    let mut terminal = prompt(browser, "echo").await?;
    terminal.type_text("cat\n").await?;
    terminal.read_until("cat\r\n", DEADLINE).await?;
    for index in 0..KEYS {
        let key = (b'a' + u8::try_from(index % 26)?) as char;
        let begun = Instant::now();
        terminal.type_text(&key.to_string()).await?;
        while !matches!(terminal.next().await?, Message::Binary(_)) {}
        ours.push(begun.elapsed());
        if index % 26 == 25 {
            terminal.type_text("\n").await?;
            terminal.read_until("z\r\n", DEADLINE).await?;
        }
    }
    let mut baseline = Sample::default();
    let mut bash = exec::bash(container).await?;
    bash.write_all(b"echo READ''Y; cat\n").await?;
    exec::read_until(&mut bash, "READY\r\n").await?;
    for index in 0..KEYS {
        let key = b'a' + u8::try_from(index % 26)?;
        let begun = Instant::now();
        bash.write_all(&[key]).await?;
        exec::read_until(&mut bash, &(key as char).to_string()).await?;
        baseline.push(begun.elapsed());
        if index % 26 == 25 {
            bash.write_all(b"\n").await?;
            exec::read_until(&mut bash, "z\r\n").await?;
        }
    }
    for percent in [50, 95, 99] {
        times(
            &format!("keystroke echo, p{percent} (baseline: docker exec -it)"),
            ours.percentile(percent),
            baseline.percentile(percent),
        );
    }
    Ok(())
}

/// How fast output comes, a browser acknowledging each frame.
pub(crate) async fn throughput(browser: &Browser, container: &str) -> Result<()> {
    let command = format!("head -c {VOLUME} /dev/zero | tr '\\0' x | fold -w 79; echo DON''E\n");
    let mut terminal = prompt(browser, "volume").await?;
    let begun = Instant::now();
    terminal.type_text(&command).await?;
    let (mut total, mut tail) = (0_u64, Vec::new());
    loop {
        let Message::Binary(bytes) = terminal.next().await? else {
            continue;
        };
        total += bytes.len() as u64;
        terminal.control(&ToTerminal::Ack { bytes: total }).await?;
        tail.extend_from_slice(&bytes);
        if tail.windows(4).any(|window| window == b"DONE") {
            break;
        }
        let keep = tail.len().saturating_sub(4);
        tail.drain(..keep);
    }
    let ours = total as f64 / begun.elapsed().as_secs_f64() / 1e6;

    let mut bash = exec::bash(container).await?;
    bash.write_all(b"echo READ''Y\n").await?;
    exec::read_until(&mut bash, "READY").await?;
    let begun = Instant::now();
    bash.write_all(command.as_bytes()).await?;
    let total = exec::read_until(&mut bash, "DONE").await?;
    let baseline = total as f64 / begun.elapsed().as_secs_f64() / 1e6;
    rates(
        "terminal output (baseline: docker exec -it)",
        ours,
        baseline,
        "MB/s",
    );
    Ok(())
}
