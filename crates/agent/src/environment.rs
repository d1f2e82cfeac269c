//! What the agent's children find in their environment: the learner's shells and commands, and the engine.

use std::path::Path;
use std::sync::Arc;

use tokio::process::Command;

use crate::config::TOKEN_VARIABLE;
use crate::gateway::Gateway;

/// What the agent's own settings begin with.
const OURS: &str = "DRYDOCK_";
/// Those that the engine's program must not see: it gets the way out under the names that everyone knows.
const NOT_THE_ENGINES: [&str; 5] = [
    TOKEN_VARIABLE,
    "DRYDOCK_PROXY",
    "DRYDOCK_NO_PROXY",
    "DRYDOCK_CA",
    "DRYDOCK_CA_BUNDLE",
];

/// What all of the agent's children find beside what the container's processes have anyway.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    gateway: Arc<[(&'static str, String)]>,
}

impl Environment {
    pub(crate) fn new(gateway: Option<&Gateway>) -> Self {
        Self {
            gateway: gateway.map(Gateway::variables).unwrap_or_default().into(),
        }
    }

    /// `program`, to be run in the workspace as the learner would: the same in a terminal and in a single command.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
        let mut command = Command::new(program);
        // The agent's settings are nobody else's.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(OURS.as_bytes()) {
                command.env_remove(name);
            }
        }
        command
            .envs(self.variables())
            .env("HOME", home)
            .env("TERM", "xterm-256color")
            .env("COLORTERM", "truecolor")
            .env("LANG", "C.UTF-8")
            .env("SHELL", "/bin/bash")
            // The engine's answers, without advertisements after them.
            .env("DOCKER_CLI_HINTS", "false")
            .current_dir(home);
        command
    }

    /// The program that is the learner's engine.
    pub(crate) fn engine(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for name in NOT_THE_ENGINES {
            command.env_remove(name);
        }
        command.envs(self.variables());
        command
    }

    fn variables(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.gateway.iter().map(|(name, value)| (*name, value.as_str()))
    }
}
