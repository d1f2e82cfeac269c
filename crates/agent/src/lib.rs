//! The program inside a sandbox: it holds the terminals, moves files, keeps the journal, watches the workspace, runs
//! the learner's engine and tunnels to its socket.
//!
//! It runs as the learner, so the learner can end it, flood it and lie through it; nobody trusts what it says. What it
//! owes in return is to stay small and standing: every queue is bounded, every wait has an end, and no input makes it
//! panic.
//!
//! * [`http`]: the way in: sockets, token, routes;
//! * [`terminal`]: shells on pseudo-terminals, their screens and their clients;
//! * [`workspace`]: files beneath the learner's home, and the watch over them;
//! * [`journal`] and [`events`]: what happened;
//! * [`engine`]: the learner's engine, kept running;
//! * [`exec`]: one command, to its end;
//! * [`gateway`]: the way out of the sandbox, where there is one;
//! * [`usage`] and [`activity`]: what the sandbox uses, and since when it is idle.

pub mod activity;
pub mod config;
pub mod engine;
mod environment;
pub mod error;
pub mod events;
pub mod exec;
pub mod gateway;
pub mod http;
pub mod journal;
mod process;
pub mod terminal;
pub mod usage;
pub mod workspace;

use std::sync::Arc;

use crate::activity::Activity;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::Error;
use crate::events::Events;
use crate::exec::Runner;
use crate::journal::Journal;
use crate::terminal::Terminals;
use crate::workspace::Workspace;

/// Everything that a request may need.
pub struct Agent {
    /// How the agent was started.
    pub config: Config,
    /// When the learner last did something.
    pub activity: Activity,
    /// What happens, for those who listen.
    pub events: Events,
    /// What the learner did.
    pub journal: Arc<Journal>,
    /// The open terminals.
    pub terminals: Terminals,
    /// The learner's files.
    pub workspace: Workspace,
    /// The learner's engine.
    pub engine: Engine,
    /// Single commands.
    pub runner: Runner,
}

impl Agent {
    /// An agent with nothing running yet, apart from the watch over the workspace.
    ///
    /// # Errors
    /// If the workspace is not a folder that can be opened.
    pub fn new(config: Config) -> Result<Arc<Self>, Error> {
        let events = Events::new();
        let journal = Arc::new(Journal::new(events.clone()));
        let workspace = Workspace::open(config.home.clone())?;
        if let Some(gateway) = &config.gateway {
            gateway.settle(&config.home);
        }
        workspace::watch::start(config.home.clone(), events.clone());
        Ok(Arc::new(Self {
            activity: Activity::new(),
            terminals: Terminals::new(config.shell(), Arc::clone(&journal)),
            engine: Engine::new(config.engine(), events.clone()),
            runner: Runner::new(config.home.clone(), config.environment()),
            journal,
            workspace,
            events,
            config,
        }))
    }

    /// Ends the terminals and stops the engine: a few seconds at most.
    pub async fn shut_down(&self) {
        tokio::join!(self.terminals.end_all(), self.engine.stop());
    }
}

/// Writes a line to the container's log.
pub(crate) fn log(line: std::fmt::Arguments<'_>) {
    use std::io::Write as _;
    // A log that cannot be written must not stop the agent.
    let _ = writeln!(std::io::stderr().lock(), "agent: {line}");
}
