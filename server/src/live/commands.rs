//! The commands that a learner runs, as the marks of their shells tell them: each is told to the learner's pages, and the
//! newest are remembered for pages that come later. None is logged or stored.
//!
//! The agent's journal is a claim. What it says is only ever shown to the learner whose sandbox it is.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use drydock_protocol::agent::{AgentEvent, JournalEntry, Journalled};
use drydock_protocol::live::Event;
use drydock_sandbox::{AgentError, Sandbox, SandboxId};
use futures::StreamExt;
use tokio::time::sleep;
use tokio_util::task::AbortOnDropHandle;

use super::room::Room;

/// How many different commands are remembered.
const REMEMBERED_MAX: usize = 64;
/// The longest command that is told, in bytes. Whoever shows it compares it with a line of a lesson.
const COMMAND_MAX: usize = 4 * 1024;
/// How many are told within [`WINDOW`]: what a learner does by hand, and less than would push a verdict out of a slow
/// page's queue. Of a script that runs thousands, the rest is only remembered.
const TOLD_MAX: u32 = 32;
/// See [`TOLD_MAX`].
const WINDOW: Duration = Duration::from_secs(1);
/// Between a stream's end and the next try.
const PAUSE: Duration = Duration::from_secs(1);

/// The newest commands and how they ended, oldest first, each once.
#[derive(Debug, Default)]
pub struct Commands(VecDeque<(String, i32)>);

impl Commands {
    fn ended(&mut self, command: &str, exit: i32) {
        self.0.retain(|(known, _)| known != command);
        self.0.push_back((command.to_owned(), exit));
        if self.0.len() > REMEMBERED_MAX {
            self.0.pop_front();
        }
    }

    /// What a page that comes now is told.
    pub fn told_again(&self) -> Vec<Event> {
        let again = |(command, exit): &(String, i32)| Event::Ran {
            command: command.clone(),
            exit: *exit,
            earlier: true,
        };
        self.0.iter().map(again).collect()
    }
}

/// Follows the commands in a sandbox until it is dropped.
#[derive(Debug)]
pub struct CommandWatch {
    /// Which sandbox.
    pub sandbox: SandboxId,
    _task: AbortOnDropHandle<()>,
}

impl CommandWatch {
    /// Begins with what was run before, if the agent still knows it.
    pub fn start(room: Weak<Room>, sandbox: Arc<Sandbox>) -> Self {
        Self {
            sandbox: sandbox.id().clone(),
            _task: AbortOnDropHandle::new(tokio::spawn(follow(room, sandbox))),
        }
    }
}

async fn follow(room: Weak<Room>, sandbox: Arc<Sandbox>) {
    let mut last = match before(&room, &sandbox).await {
        Ok(last) => last,
        Err(error) => {
            tracing::debug!(sandbox = %sandbox.id(), error = %error, "commands.not_read");
            0
        }
    };
    let mut pace = Pace::new();
    while room.strong_count() > 0 {
        if let Ok(mut events) = sandbox.agent().events(last).await {
            while let Some(Ok(event)) = events.next().await {
                let AgentEvent::Journal(entry) = event else {
                    continue;
                };
                last = last.max(entry.seq);
                let Some(room) = room.upgrade() else { return };
                if let Some((command, exit)) = ran(entry) {
                    room.commands(|commands| commands.ended(&command, exit));
                    if pace.allows(Instant::now()) {
                        room.tell(Event::Ran {
                            command,
                            exit,
                            earlier: false,
                        });
                    }
                }
            }
        }
        sleep(PAUSE).await;
    }
}

/// Takes in what was run before there was a page, and returns the number of the last entry.
async fn before(room: &Weak<Room>, sandbox: &Sandbox) -> Result<u64, AgentError> {
    let page = sandbox.agent().journal(0).await?;
    let last = page.entries.last().map_or(0, |entry| entry.seq);
    if let Some(room) = room.upgrade() {
        let again = room.commands(|commands| {
            for (command, exit) in page.entries.into_iter().filter_map(ran) {
                commands.ended(&command, exit);
            }
            commands.told_again()
        });
        for event in again {
            room.tell(event);
        }
    }
    Ok(last)
}

/// A command that ended, if the entry is about one and it is not longer than an agent of ours makes it.
fn ran(entry: JournalEntry) -> Option<(String, i32)> {
    match entry.what {
        Journalled::Ran { command, exit, .. } => (command.len() <= COMMAND_MAX).then_some((command, exit)),
        Journalled::Saved { .. } => None,
    }
}

/// Allows [`TOLD_MAX`] within each [`WINDOW`].
#[derive(Debug)]
struct Pace {
    since: Instant,
    told: u32,
}

impl Pace {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            told: 0,
        }
    }

    fn allows(&mut self, now: Instant) -> bool {
        if now.duration_since(self.since) >= WINDOW {
            self.since = now;
            self.told = 0;
        }
        self.told += 1;
        self.told <= TOLD_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_remembered_once_with_its_newest_end() {
        let mut commands = Commands::default();
        commands.ended("docker ps", 1);
        commands.ended("ls", 0);
        commands.ended("docker ps", 0);
        let again = |command: &str, exit| Event::Ran {
            command: command.to_owned(),
            exit,
            earlier: true,
        };
        assert_eq!(commands.told_again(), [again("ls", 0), again("docker ps", 0)]);
        for number in 0..2 * REMEMBERED_MAX {
            commands.ended(&number.to_string(), 0);
        }
        assert_eq!(commands.told_again().len(), REMEMBERED_MAX);
    }

    #[test]
    fn a_flood_is_told_in_part() {
        let mut pace = Pace::new();
        let now = Instant::now();
        let told = (0..1000).filter(|_| pace.allows(now)).count();
        assert_eq!(told, TOLD_MAX as usize);
        assert!(pace.allows(now + WINDOW));
    }

    #[test]
    fn only_commands_of_a_sane_length_are_taken_in() {
        let entry = |what| JournalEntry { seq: 1, at: 0, what };
        let command = |length| Journalled::Ran {
            terminal: "t1".into(),
            command: "x".repeat(length),
            exit: 0,
        };
        assert!(ran(entry(command(COMMAND_MAX))).is_some());
        assert!(ran(entry(command(COMMAND_MAX + 1))).is_none());
        assert!(ran(entry(Journalled::Saved { path: "a".into() })).is_none());
    }
}
