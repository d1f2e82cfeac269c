//! The inside of a `console` block: commands after `$ `, and what they print.

use drydock_protocol::page::{Console, ConsoleLine};

use crate::render::highlight::Language;

/// What begins a command.
const PROMPT: &str = "$ ";

/// Reads a block. Err says what is wrong (message and help) at which line of it, from 0.
pub(super) fn read(text: &str, runnable: bool) -> Result<Console, (usize, &'static str, &'static str)> {
    let mut lines = Vec::new();
    let mut output: Vec<&str> = Vec::new();
    let mut rest = text.lines().enumerate();
    while let Some((number, line)) = rest.next() {
        let Some(first) = line.strip_prefix(PROMPT) else {
            output.push(line);
            continue;
        };
        flush(&mut output, &mut lines);
        let mut command = first.to_owned();
        while command.ends_with('\\') {
            let Some((_, next)) = rest.next() else {
                return Err((
                    number,
                    "the command goes on after its `\\`, but nothing follows",
                    "take the `\\` off",
                ));
            };
            command.push('\n');
            command.push_str(next);
        }
        let command = command.trim().to_owned();
        if command.is_empty() {
            return Err((
                number,
                "there is no command after the prompt",
                "write one, or take the line out",
            ));
        }
        if command.contains('\t') {
            let help = "a tab would be taken for a request to complete the word: use spaces";
            return Err((number, "there is a tab in this command", help));
        }
        lines.push(ConsoleLine::Command {
            html: Language::SHELL.highlight(&command),
            text: command,
        });
    }
    flush(&mut output, &mut lines);
    match lines.first() {
        Some(ConsoleLine::Command { .. }) => Ok(Console { runnable, lines }),
        Some(ConsoleLine::Output { .. }) => Err((
            0,
            "a `console` block begins with a command",
            "begin the line with `$ `, or use an `output` block",
        )),
        None => Err((0, "the `console` block is empty", "write a command after `$ `")),
    }
}

/// Ends a run of output lines. Empty lines around it are not part of it.
fn flush(output: &mut Vec<&str>, lines: &mut Vec<ConsoleLine>) {
    let text = output.join("\n");
    output.clear();
    let text = text.trim_end().trim_start_matches('\n');
    if !text.is_empty() {
        lines.push(ConsoleLine::Output {
            text: text.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(block: &str) -> Vec<String> {
        let line = |line| match line {
            ConsoleLine::Command { text, .. } => format!("$ {text}"),
            ConsoleLine::Output { text } => text,
        };
        read(block, true).unwrap().lines.into_iter().map(line).collect()
    }

    #[test]
    fn commands_and_outputs_alternate() {
        let block = "$ docker images\nREPOSITORY   TAG\n\nnginx        1.26\n$ pwd\n$ ls\n\na  b\n\n";
        assert_eq!(
            texts(block),
            [
                "$ docker images",
                "REPOSITORY   TAG\n\nnginx        1.26",
                "$ pwd",
                "$ ls",
                "a  b"
            ]
        );
    }

    #[test]
    fn a_backslash_continues_a_command() {
        assert_eq!(
            texts("$ docker run \\\n    -d \\\n    nginx\nabc"),
            ["$ docker run \\\n    -d \\\n    nginx", "abc"]
        );
    }

    #[test]
    fn what_is_no_console_is_refused() {
        for block in ["", "\n\n", "just output\n", "$ \n", "$ ls \\\n", "$ a\tb\n"] {
            assert!(read(block, true).is_err(), "{block:?}");
        }
    }
}
