//! The commands that a learner ran, fetched once and then only what is new.

use std::sync::Arc;

use drydock_protocol::agent::Journalled;
use tokio::sync::Mutex;

use super::CommandFact;
use super::limits::{COMMANDS_MAX, text};
use crate::agent::Agent;
use crate::error::FactError;

/// The journal's commands as far as they have been read. Lives longer than one round of evaluation.
#[derive(Debug, Default)]
pub struct Journal {
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// The number of the last entry.
    last: u64,
    commands: Arc<Vec<CommandFact>>,
}

impl Journal {
    /// All commands, oldest first, after a look at what is new.
    pub(super) async fn commands(&self, agent: &impl Agent) -> Result<Arc<Vec<CommandFact>>, FactError> {
        let mut read = self.read.lock().await;
        let page = agent.journal(read.last).await?;
        if let Some(entry) = page.entries.last() {
            read.last = read.last.max(entry.seq);
            let mut commands = Vec::clone(&read.commands);
            commands.extend(page.entries.into_iter().filter_map(|entry| match entry.what {
                Journalled::Ran { command, exit, .. } => Some(CommandFact {
                    command: text(command),
                    exit,
                }),
                Journalled::Saved { .. } => None,
            }));
            let too_many = commands.len().saturating_sub(COMMANDS_MAX);
            commands.drain(..too_many);
            read.commands = Arc::new(commands);
        }
        Ok(Arc::clone(&read.commands))
    }
}
