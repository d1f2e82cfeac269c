//! Typing a submission's commands: until one does not come back in time, or ends the shell.
//!
//! What the shell says that a command ended with is kept. It is a claim, as everything is that comes out of a sandbox.

use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use drydock_protocol::agent::{AgentEvent, JournalEntry, Journalled};
use drydock_protocol::live::ToTerminal;
use drydock_sandbox::Sandbox;
use futures::{SinkExt, StreamExt};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::Message;

/// The terminal's name.
pub(super) const TERMINAL: &str = "t1";

/// What came of typing commands.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Typed {
    /// Those that came back to the prompt, and what their shell says that they ended with.
    pub(super) ran: Vec<(String, i32)>,
    /// Why the rest was not typed; None: there is no rest.
    pub(super) stopped: Option<Stopped>,
}

/// Why no more commands were typed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// This one did not come back to the prompt in time.
    Stuck {
        /// The command.
        command: String,
    },
    /// With this one, the shell ended.
    Ended {
        /// The command.
        command: String,
    },
}

/// Types commands into a terminal, each when the one before has come back to the prompt, which may take so long, and not beyond a
/// moment.
pub(super) async fn type_commands(
    sandbox: &Sandbox,
    commands: Vec<String>,
    each: Duration,
    until: Instant,
) -> anyhow::Result<Typed> {
    let agent = sandbox.agent();
    let known = agent
        .journal(0)
        .await?
        .entries
        .last()
        .map_or(0, |entry| entry.seq);
    let mut events = agent.events(known).await?;
    let (mut keys, mut screen) = agent.terminal(TERMINAL).await?.split();
    let mut drawn: u64 = 0;
    let mut typed = Typed::default();
    for command in commands {
        // Pasted, so that nothing in it is taken for a key that completes words.
        let keys_of_it = format!("\x1b[200~{command}\x1b[201~\r");
        let ended = async {
            keys.send(Message::Binary(Bytes::from(keys_of_it))).await?;
            loop {
                tokio::select! {
                    event = events.next() => match event.context("the sandbox hung up")?? {
                        AgentEvent::Journal(JournalEntry { what: Journalled::Ran { terminal, exit, .. }, .. })
                            if terminal == TERMINAL => return Ok(Some(exit)),
                        _ => {}
                    },
                    frame = screen.next() => match frame {
                        Some(Ok(Message::Binary(bytes))) => {
                            drawn += bytes.len() as u64;
                            let control = serde_json::to_string(&ToTerminal::Ack { bytes: drawn })?;
                            keys.send(Message::text(control)).await?;
                        }
                        Some(Ok(Message::Close(_))) | None => return Ok(None),
                        Some(Ok(_)) => {}
                        Some(Err(error)) => return Err(anyhow::Error::from(error)),
                    },
                }
            }
        };
        match timeout_at(until.min(Instant::now() + each), ended).await {
            Ok(Ok(Some(exit))) => typed.ran.push((command, exit)),
            Ok(Ok(None)) => {
                typed.stopped = Some(Stopped::Ended { command });
                break;
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => {
                typed.stopped = Some(Stopped::Stuck { command });
                break;
            }
        }
    }
    Ok(typed)
}
