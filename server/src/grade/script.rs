//! Commands, cut into pieces that can be typed one after the other, and divided by exercise.
//!
//! bash itself says where a command ends, so that loops, functions and here-documents stay whole. It does so in the sandbox, before
//! anything of the submission has run there.

use axum::body::Bytes;
use drydock_protocol::api::ExecRequest;
use drydock_sandbox::{AgentClient, AgentError};

use super::Halt;

/// Where the text is put meanwhile, in the home folder.
const PLACE: &str = ".local/state/drydock/commands";
/// The most lines: bash is asked about each.
const LINES_MAX: usize = 2_000;
/// How long cutting may take.
const CUT_S: u32 = 60;
/// What it exits with where the text is no bash.
const NO_BASH: i32 = 3;

/// Prints the commands of the file, each with a zero byte after it. An unfinished here-document is a warning and not an error.
const CUT: &str = r#"
file=$HOME/.local/state/drydock/commands
said=$(bash -n "$file" 2>&1) || { printf '%s' "${said#"$file: "}"; exit 3; }
piece=
while IFS= read -r line || [[ -n $line ]]; do
    piece+=$line
    slashes=${line##*[!\\]}
    if ((${#slashes} % 2 == 0)) && said=$(bash -n <<<"$piece" 2>&1) && [[ -z $said ]]; then
        printf '%s\0' "$piece"
        piece=
    else
        piece+=$'\n'
    fi
done <"$file"
printf '%s\0' "$piece"
"#;

/// Commands that belong together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// The exercise that is looked at when they have run; None: all of them.
    pub(super) exercise: Option<String>,
    /// In order.
    pub(super) commands: Vec<String>,
}

/// Cuts a text of commands.
pub(super) async fn cut(agent: &AgentClient, text: &str) -> Result<Vec<String>, Halt> {
    if text.lines().count() > LINES_MAX {
        return Err(Halt::Refused(format!(
            "`commands.sh` has more than {LINES_MAX} lines: put what is long into files"
        )));
    }
    let lost = |error: AgentError| Halt::Lost(format!("its commands could not be read: {error}"));
    agent
        .write(PLACE, Bytes::from(text.to_owned()))
        .await
        .map_err(lost)?;
    let request = ExecRequest {
        command: CUT.to_owned(),
        timeout_s: CUT_S,
    };
    let result = agent.exec(&request).await.map_err(lost)?;
    match result.exit_code {
        0 if !result.truncated => Ok(result
            .stdout
            .split('\0')
            .filter(|piece| !is_silent(piece) || exercise_of(piece).is_some())
            .map(str::to_owned)
            .collect()),
        NO_BASH => Err(Halt::Refused(format!(
            "`commands.sh` is not bash: {}",
            result.stdout.lines().next().unwrap_or_default()
        ))),
        exit => Err(Halt::Lost(format!(
            "its commands could not be read (status {exit}): {}",
            result.stderr.lines().next().unwrap_or_default()
        ))),
    }
}

/// Nothing but blanks and comments: a shell does not come back from them with anything.
fn is_silent(piece: &str) -> bool {
    piece
        .lines()
        .map(str::trim)
        .all(|line| line.is_empty() || line.starts_with('#'))
}

/// The exercise that a line `# exercise: ID` names.
fn exercise_of(piece: &str) -> Option<&str> {
    let comment = piece.trim().strip_prefix('#')?.trim();
    let name = comment.strip_prefix("exercise:")?.trim();
    (!name.contains(char::is_whitespace)).then_some(name)
}

/// Divides commands: those that follow `# exercise: ID` belong to that exercise. Those before the first such line belong to none, and
/// run first.
pub(super) fn divide(commands: Vec<String>, known: &[&str]) -> Result<Vec<Part>, Halt> {
    let mut parts = vec![Part::default()];
    for command in commands {
        if let Some(name) = exercise_of(&command) {
            if !known.contains(&name) {
                return Err(Halt::Refused(format!(
                    "`commands.sh` names an exercise `{name}`; the lesson has {}",
                    known.join(", ")
                )));
            }
            parts.push(Part {
                exercise: Some(name.to_owned()),
                commands: Vec::new(),
            });
        } else if let Some(part) = parts.last_mut() {
            part.commands.push(command);
        }
    }
    if parts.len() > 1 && parts[0].commands.is_empty() {
        parts.remove(0);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What is run in the sandbox, run here.
    fn cut_here(text: &str) -> (i32, Vec<String>) {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(PLACE);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        let output = Command::new("bash")
            .args(["-c", CUT])
            .env("HOME", home.path())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let pieces = said.split('\0').filter(|piece| !is_silent(piece));
        (output.status.code().unwrap(), pieces.map(str::to_owned).collect())
    }

    #[test]
    fn bash_says_where_a_command_ends() {
        let text = "#!/bin/bash\n# A comment.\ndocker pull busybox\n\nfor i in 1 2; do\n  # in it\n  echo $i\ndone\n\
                    cat >a <<'EOF'\nFROM busybox\n\nEOF\ndocker run \\\n  busybox\nf() {\n  echo 'it\n  is'\n}\nf; echo \"a\\\\\"\nlast";
        let (exit, pieces) = cut_here(text);
        assert_eq!(exit, 0);
        assert_eq!(
            pieces,
            [
                "docker pull busybox",
                "for i in 1 2; do\n  # in it\n  echo $i\ndone",
                "cat >a <<'EOF'\nFROM busybox\n\nEOF",
                "docker run \\\n  busybox",
                "f() {\n  echo 'it\n  is'\n}",
                "f; echo \"a\\\\\"",
                "last"
            ]
        );
    }

    #[test]
    fn what_is_no_bash_is_said() {
        let (exit, pieces) = cut_here("echo a\nif then\n");
        assert_eq!(exit, NO_BASH);
        assert!(pieces[0].starts_with("line 2: syntax error"), "{pieces:?}");
    }

    #[test]
    fn commands_are_divided_by_exercise() {
        let commands = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let known = ["pull", "tag"];
        let parts = divide(
            commands(&[
                "cd app",
                "# exercise: pull",
                "docker pull a",
                "#exercise:tag",
                "docker tag a b",
            ]),
            &known,
        )
        .unwrap();
        let shown: Vec<_> = parts
            .iter()
            .map(|part| (part.exercise.as_deref(), part.commands.join(";")))
            .collect();
        assert_eq!(
            shown,
            [
                (None, "cd app".to_owned()),
                (Some("pull"), "docker pull a".to_owned()),
                (Some("tag"), "docker tag a b".to_owned())
            ]
        );
        assert_eq!(divide(commands(&["ls"]), &known).unwrap().len(), 1);
        let refused = divide(commands(&["# exercise: run"]), &known).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`commands.sh` names an exercise `run`; the lesson has pull, tag"
        );
    }
}
