//! The inside of a `console` block: commands after `$ `, and what they print.

use drydock_protocol::page::{Console, ConsoleLine};

use crate::render::highlight::Language;

/// What begins a command.
const PROMPT: &str = "$ ";

/// A block, and the line of it, from 0, at which each of its parts begins.
type Read = (Console, Vec<u32>);

/// Reads a block. Err says what is wrong (message and help) at which line of it, from 0.
pub(super) fn read(text: &str, runnable: bool) -> Result<Read, (usize, &'static str, &'static str)> {
    let mut lines = Vec::new();
    let mut places = Vec::new();
    let mut output = Output::default();
    let mut rest = text.lines().enumerate();
    while let Some((number, line)) = rest.next() {
        let Some(first) = line.strip_prefix(PROMPT) else {
            output.push(number, line);
            continue;
        };
        output.flush(&mut lines, &mut places);
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
        places.push(number);
        lines.push(ConsoleLine::Command {
            html: Language::SHELL.highlight(&command),
            text: command,
        });
    }
    output.flush(&mut lines, &mut places);
    match lines.first() {
        Some(ConsoleLine::Command { .. }) => {
            let places = places
                .into_iter()
                .map(|line| u32::try_from(line).unwrap_or(u32::MAX));
            Ok((Console { runnable, lines }, places.collect()))
        }
        Some(ConsoleLine::Output { .. }) => Err((
            0,
            "a `console` block begins with a command",
            "begin the line with `$ `, or use an `output` block",
        )),
        None => Err((0, "the `console` block is empty", "write a command after `$ `")),
    }
}

/// A run of output lines. Empty lines around it are not part of it.
#[derive(Default)]
struct Output<'a> {
    first: usize,
    lines: Vec<&'a str>,
}

impl<'a> Output<'a> {
    fn push(&mut self, number: usize, line: &'a str) {
        if self.lines.is_empty() {
            if line.trim_end().is_empty() {
                return;
            }
            self.first = number;
        }
        self.lines.push(line);
    }

    /// Ends it.
    fn flush(&mut self, lines: &mut Vec<ConsoleLine>, places: &mut Vec<usize>) {
        let text = self.lines.join("\n");
        self.lines.clear();
        let text = text.trim_end();
        if !text.is_empty() {
            places.push(self.first);
            lines.push(ConsoleLine::Output {
                text: text.to_owned(),
            });
        }
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
        read(block, true).unwrap().0.lines.into_iter().map(line).collect()
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
    fn each_part_knows_its_line() {
        let block = "$ docker images\n\nREPOSITORY\n\nnginx\n$ docker run \\\n  nginx\n$ ls\n\n";
        assert_eq!(read(block, true).unwrap().1, [0, 2, 5, 7]);
    }

    #[test]
    fn what_is_no_console_is_refused() {
        for block in ["", "\n\n", "just output\n", "$ \n", "$ ls \\\n", "$ a\tb\n"] {
            assert!(read(block, true).is_err(), "{block:?}");
        }
    }
}
