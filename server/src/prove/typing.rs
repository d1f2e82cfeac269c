//! Typing into a terminal, as a learner would: line by line, each after the one before has ended.

use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Bytes;
use drydock_protocol::agent::{AgentEvent, Journalled};
use drydock_protocol::live::ToTerminal;
use drydock_sandbox::Sandbox;
use futures::{SinkExt, StreamExt};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// The terminal's name.
const TERMINAL: &str = "t1";
/// How long one command may take.
const COMMAND_DEADLINE: Duration = Duration::from_secs(180);
/// Of what stood on the screen, so much is kept for a message, in bytes.
const SCREEN_BYTES: usize = 2000;

/// A command that did not come back to the prompt.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stuck {
    /// The command.
    pub(super) command: String,
    /// The end of what stood on the screen.
    pub(super) screen: String,
}

/// Types a text of commands into a terminal; each has to come back to the prompt. What they end with is not looked at: a
/// pitfall may well fail.
pub(super) async fn type_all(sandbox: &Sandbox, text: &str) -> anyhow::Result<Result<(), Stuck>> {
    let agent = sandbox.agent();
    let known = agent
        .journal(0)
        .await?
        .entries
        .last()
        .map_or(0, |entry| entry.seq);
    let mut events = agent.events(known).await?;
    let (mut keys, mut screen) = agent.terminal(TERMINAL).await?.split();
    let mut seen = Vec::new();
    let mut drawn: u64 = 0;
    for command in commands(text) {
        // Pasted, so that nothing in it is taken for a key that completes words.
        let typed = format!("\x1b[200~{command}\x1b[201~\r");
        keys.send(Message::Binary(Bytes::from(typed))).await?;
        let ended = async {
            loop {
                tokio::select! {
                    event = events.next() => match event.context("the sandbox hung up")?? {
                        AgentEvent::Journal(entry) if matches!(&entry.what, Journalled::Ran { terminal, .. } if terminal == TERMINAL) => return anyhow::Ok(()),
                        _ => {}
                    },
                    frame = screen.next() => match frame.context("the terminal ended")?? {
                        Message::Binary(bytes) => {
                            seen.extend_from_slice(&bytes);
                            let spare = seen.len().saturating_sub(SCREEN_BYTES);
                            seen.drain(..spare);
                            drawn += bytes.len() as u64;
                            let control = serde_json::to_string(&ToTerminal::Ack { bytes: drawn })?;
                            keys.send(Message::text(control)).await?;
                        }
                        Message::Close(_) => bail!("the terminal ended"),
                        _ => {}
                    },
                }
            }
        };
        let Ok(ended) = timeout(COMMAND_DEADLINE, ended).await else {
            let screen = plain(&String::from_utf8_lossy(&seen));
            return Ok(Err(Stuck { command, screen }));
        };
        ended?;
    }
    Ok(Ok(()))
}

/// The commands of a text: its lines, those together that belong together by a trailing `\\` or a here-document.
fn commands(text: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        let mut command = line.to_owned();
        while command.ends_with('\\') {
            let Some(more) = lines.next() else { break };
            command.push('\n');
            command.push_str(more);
        }
        if let Some(end) = here_document(&command) {
            for more in lines.by_ref() {
                command.push('\n');
                command.push_str(more);
                if more.trim_start_matches('\t') == end {
                    break;
                }
            }
        }
        commands.push(command);
    }
    commands
}

/// The word that ends the here-document of a command, if it has one.
fn here_document(command: &str) -> Option<String> {
    let (_, after) = command.split_once("<<")?;
    if after.starts_with('<') {
        return None;
    }
    let word: String = after
        .trim_start_matches('-')
        .trim_start()
        .trim_start_matches(['\'', '"'])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    (!word.is_empty()).then_some(word)
}

/// A screen without what moves the cursor and colours it, for a message.
fn plain(screen: &str) -> String {
    let mut out = String::new();
    let mut rest = screen.chars();
    while let Some(c) = rest.next() {
        match c {
            '\x1b' => {
                if rest.next() == Some('[') {
                    rest.by_ref().find(|c| ('@'..='~').contains(c));
                }
            }
            '\n' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_unless_it_goes_on() {
        let text =
            "docker images\n\ndocker run \\\n  nginx\ncat > x <<'EOF'\nFROM a\n\nEOF\nwc <<< word\nls\n";
        assert_eq!(
            commands(text),
            [
                "docker images",
                "docker run \\\n  nginx",
                "cat > x <<'EOF'\nFROM a\n\nEOF",
                "wc <<< word",
                "ls"
            ]
        );
    }

    #[test]
    fn a_screen_is_told_in_plain_words() {
        assert_eq!(
            plain("\x1b[?2004h\x1b[32mlearner\x1b[0m $ ls\r\n"),
            "learner $ ls"
        );
    }
}
