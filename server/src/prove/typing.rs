//! The commands of a text, as a learner would type them: line by line, each after the one before has ended.

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
}
