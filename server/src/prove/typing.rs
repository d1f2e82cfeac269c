//! The commands of a text, as a learner would type them: line by line, each after the one before has ended.

use drydock_lesson::commands;
use drydock_sandbox::Sandbox;

use super::terminal::{Ended, Terminal};

/// The terminal's name.
const TERMINAL: &str = "t1";

/// A command that did not come back to the prompt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stuck {
    /// The command.
    pub(crate) command: String,
    /// The end of what stood on the screen.
    pub(crate) screen: String,
}

/// Types a text of commands into a terminal; each has to come back to the prompt. What they end with is not looked at: a
/// pitfall may well fail.
pub(super) async fn type_all(sandbox: &Sandbox, text: &str) -> anyhow::Result<Result<(), Stuck>> {
    let mut terminal = Terminal::open(sandbox, TERMINAL).await?;
    type_into(&mut terminal, text).await
}

/// The same, into a terminal that somebody looks at, in the size that it has.
pub(crate) async fn type_as_seen(
    sandbox: &Sandbox,
    terminal: &str,
    text: &str,
) -> anyhow::Result<Result<(), Stuck>> {
    let mut terminal = Terminal::attach(sandbox, terminal).await?;
    type_into(&mut terminal, text).await
}

/// The same, into a terminal that is open.
pub(super) async fn type_into(terminal: &mut Terminal, text: &str) -> anyhow::Result<Result<(), Stuck>> {
    for command in commands(text) {
        if let Ended::Stuck { screen } = terminal.run(&command, |_| None).await? {
            return Ok(Err(Stuck { command, screen }));
        }
    }
    Ok(Ok(()))
}
