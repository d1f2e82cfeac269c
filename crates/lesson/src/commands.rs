//! A solution or a pitfall as commands: what is typed at one prompt each.

use drydock_protocol::page::{Console, ConsoleLine};

use crate::render::highlight::Language;

/// The commands of a text: its lines, those together that belong together by a trailing `\\` or a here-document.
pub fn commands(text: &str) -> Vec<String> {
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

/// The commands of a text as a `console` block that can be run.
pub fn console(text: &str) -> Console {
    let lines = commands(text).into_iter().map(|text| ConsoleLine::Command {
        html: Language::SHELL.highlight(&text),
        text,
    });
    Console {
        runnable: true,
        lines: lines.collect(),
    }
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

    #[test]
    fn commands_are_shown_to_be_run_and_nothing_in_them_is_markup() {
        let shown = console("echo '<b>' && ls\n");
        assert!(shown.runnable);
        let [ConsoleLine::Command { text, html }] = shown.lines.as_slice() else {
            panic!("{shown:?}")
        };
        assert_eq!(text, "echo '<b>' && ls");
        assert!(html.contains("&lt;b&gt;") && !html.contains("<b>"), "{html}");
    }
}
