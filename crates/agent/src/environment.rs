//! What a learner's processes find in their environment, the same in a terminal and in a single command.

use std::path::Path;

use tokio::process::Command;

use crate::config::TOKEN_VARIABLE;

/// The agent's own settings, which are nobody else's.
const PRIVATE: [&str; 5] = [
    TOKEN_VARIABLE,
    "DRYDOCK_LISTEN",
    "DRYDOCK_BASHRC",
    "DRYDOCK_ENGINE",
    "DRYDOCK_ENGINE_DATA",
];

/// `program`, to be run in the workspace with the sandbox's environment (`DOCKER_HOST`, the proxy's variables …),
/// without what only the agent is to know.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    for name in PRIVATE {
        command.env_remove(name);
    }
    command
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
