//! The walk: all that a lesson's page says to do, done in its order in one sandbox, as by a learner who leaves nothing out.
//!
//! Each command of a `console` block is typed into a real terminal, and what it prints is compared in shape with the sample
//! below it; each file is saved; each exercise that is not passed when the walk gets there is solved by its solution, which
//! has to pass there too. `console no-run` is passed by.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::body::Bytes;
use drydock_grader::{Exercise, Memories, Pushes, Watch};
use drydock_lesson::{ExerciseSpec, Place};
use drydock_protocol::page::{Block, Console, ConsoleLine, File};
use drydock_sandbox::Sandbox;
use tokio::time::sleep;

use super::answers::{self, Answers};
use super::asking;
use super::shape::{self, Difference};
use super::terminal::{Ended, Terminal};
use super::trial::{Fault, until_passed};
use super::typing::{self, Stuck};
use super::{Case, Found};
use crate::live::lesson::prepare;

/// The terminal's name.
const TERMINAL: &str = "t1";
/// What was started in the background gets as long as a reader takes to go on.
const PACE: Duration = Duration::from_secs(1);
/// Of what a command printed, so many lines are told.
const TOLD_LINES: usize = 40;

/// Walks through the lesson. What is wrong, and what really happened, to be read.
pub(super) async fn run(
    sandbox: Arc<Sandbox>,
    pushes: Option<Arc<dyn Pushes>>,
    case: &Case<'_>,
) -> anyhow::Result<(Vec<Found>, String)> {
    let lesson = case.lesson;
    prepare(lesson, &case.key, &sandbox)
        .await
        .context("the lesson's files could not be put into the sandbox")?;
    let exercises = lesson.exercises.iter().map(Exercise::from).collect();
    let (watch, mut updates) =
        drydock_grader::watch(sandbox.clone(), exercises, Memories::default(), pushes.clone());
    let drain = async move { while updates.recv().await.is_some() {} };
    let _drain = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(drain));
    let mut walker = Walker {
        terminal: Terminal::open(&sandbox, TERMINAL).await?,
        sandbox: &sandbox,
        watch: &watch,
        pushes,
        found: Vec::new(),
        transcript: String::new(),
    };
    for (number, block) in lesson.page.blocks.iter().enumerate() {
        let Some(place) = lesson.places.get(&number) else {
            continue;
        };
        match (block, place) {
            (Block::Console(console), Place::Console { parts, .. }) if console.runnable => {
                walker.console(console, parts).await?;
            }
            (Block::File(file), Place::File { line }) => walker.save(file, *line).await,
            (Block::Exercise(shown), Place::Exercise { solution, .. }) => {
                if let Some(exercise) = lesson.exercise(&shown.id) {
                    walker.exercise(exercise, *solution).await?;
                }
            }
            _ => {}
        }
    }
    Ok((walker.found, walker.transcript))
}

struct Walker<'a> {
    terminal: Terminal,
    sandbox: &'a Sandbox,
    watch: &'a Watch,
    pushes: Option<Arc<dyn Pushes>>,
    found: Vec<Found>,
    transcript: String,
}

impl Walker<'_> {
    async fn console(&mut self, console: &Console, places: &[u32]) -> anyhow::Result<()> {
        let mut parts = console.lines.iter().zip(places).peekable();
        while let Some((part, line)) = parts.next() {
            // Output stands only behind a command, and is taken with it.
            let ConsoleLine::Command { text: command, .. } = part else {
                continue;
            };
            let sample = match parts.peek() {
                Some((ConsoleLine::Output { text }, at)) => Some((text.as_str(), **at)),
                _ => None,
            };
            let status_follows = matches!(
                parts.peek(),
                Some((ConsoleLine::Command { text, .. }, _)) if text.contains("$?")
            );
            self.command(command, *line, sample, status_follows).await?;
        }
        Ok(())
    }

    async fn command(
        &mut self,
        command: &str,
        line: u32,
        sample: Option<(&str, u32)>,
        status_follows: bool,
    ) -> anyhow::Result<()> {
        let text = sample.map_or("", |(text, _)| text);
        let mut answers = Answers::new(text);
        let ended = self.terminal.run(command, |screen| answers.next(screen)).await?;
        let (exit, printed) = match ended {
            Ended::Done { exit, printed } => (exit, printed),
            Ended::Stuck { screen } => {
                self.note(line, command, &screen);
                let stuck = Fault::Stuck {
                    command: command.to_owned(),
                    screen,
                };
                let help = "let the sample show what the learner types (a line `^C` is Ctrl-C), or write `console no-run`";
                self.found
                    .push(Found::at(line, format!("{stuck}\n  help: {help}")));
                return Ok(());
            }
        };
        self.note(line, command, &printed);
        match sample {
            Some((sample, first)) => {
                let difference = shape::compare(&answers::without_keys(sample), &printed);
                if !difference.is_none() {
                    let place = difference
                        .missing
                        .first()
                        .map_or(first, |missing| line_of(first, missing.number));
                    self.found.push(Found::at(
                        place,
                        differs(command, exit, first, &difference, &printed),
                    ));
                }
            }
            None if exit != 0 && !status_follows => {
                let said = format!(
                    "`{command}` fails with status {exit}, and the page does not say so{}\n  help: mend it; or show below it what it prints, or ask for `$?` in the next command",
                    shown(&printed)
                );
                self.found.push(Found::at(line, said));
            }
            None => {}
        }
        if stays(command) {
            sleep(PACE).await;
        }
        Ok(())
    }

    async fn save(&mut self, file: &File, line: u32) {
        let bytes = Bytes::from(file.text.clone());
        if let Err(error) = self.sandbox.agent().write(&file.path, bytes).await {
            let said = format!("`{}` cannot be saved: {error}", file.path);
            self.found.push(Found::at(line, said));
        }
        let _ = writeln!(self.transcript, "\n# line {line}: {} is saved", file.path);
    }

    async fn exercise(&mut self, exercise: &ExerciseSpec, line: u32) -> anyhow::Result<()> {
        if self.watch.check(&exercise.id).await?.verdict.passed {
            let _ = writeln!(self.transcript, "\n# exercise {}: passed already", exercise.id);
            return Ok(());
        }
        let _ = writeln!(
            self.transcript,
            "\n# exercise {}:\n{}",
            exercise.id,
            exercise.solution.trim_end()
        );
        if let Err(Stuck { command, screen }) =
            typing::type_into(&mut self.terminal, &exercise.solution).await?
        {
            let stuck = Fault::Stuck { command, screen };
            self.found.push(Found::at(
                line,
                format!("of the solution of `{}`: {stuck}", exercise.id),
            ));
            return Ok(());
        }
        let pushes = self.pushes.as_deref();
        if let Some(fault) = asking::answer(self.sandbox, self.watch, pushes, exercise, None).await? {
            self.found
                .push(Found::at(line, format!("`{}`: {fault}", exercise.id)));
            return Ok(());
        }
        if let Err(verdict) = until_passed(self.watch, &exercise.id).await? {
            let said = format!(
                "after all that the page has done before, {}",
                Fault::SolutionFails(verdict)
            );
            self.found
                .push(Found::at(line, format!("`{}`: {said}", exercise.id)));
        }
        Ok(())
    }

    /// Adds a command and what it printed to the transcript.
    fn note(&mut self, line: u32, command: &str, printed: &str) {
        let _ = writeln!(self.transcript, "\n# line {line}\n$ {command}");
        if !printed.trim().is_empty() {
            let _ = writeln!(self.transcript, "{}", printed.trim_end());
        }
    }
}

/// Whether a command leaves something running that takes a moment to be of use.
fn stays(command: &str) -> bool {
    let mut words = command.split_whitespace();
    words.next() == Some("docker")
        && words.any(|word| {
            let flags = word.strip_prefix('-').filter(|flags| !flags.starts_with('-'));
            matches!(word, "start" | "restart" | "--detach" | "unpause")
                || flags.is_some_and(|flags| flags.contains('d') && flags.len() <= 4)
        })
}

fn line_of(first: u32, number: usize) -> u32 {
    first.saturating_add(u32::try_from(number).unwrap_or(u32::MAX))
}

/// What differs, for the author: each line that is missing, with its place and what comes nearest, and then all that was
/// printed, ready to be taken over.
fn differs(command: &str, exit: i32, first: u32, difference: &Difference, printed: &str) -> String {
    let status = if exit == 0 {
        String::new()
    } else {
        format!(" (it ended with status {exit})")
    };
    let mut said = format!("`{command}` does not print what the page shows{status}");
    for missing in &difference.missing {
        let _ = write!(
            said,
            "\n  line {}\n    expected: {}\n    found:    {}",
            line_of(first, missing.number),
            missing.line,
            missing.nearest.as_deref().unwrap_or("nothing like it")
        );
    }
    if let Some(more) = difference.more {
        let _ = write!(
            said,
            "\n  it prints {more} lines, far more than the page shows; a line `…` stands for what is left out"
        );
    }
    said.push_str(&shown(printed));
    said
}

fn shown(printed: &str) -> String {
    if printed.trim().is_empty() {
        return "\n  it printed nothing".to_owned();
    }
    let lines: Vec<&str> = printed.lines().collect();
    let cut = lines.len().saturating_sub(TOLD_LINES);
    let mut said = "\n  it printed:".to_owned();
    if cut > 0 {
        let _ = write!(said, "\n    ({cut} lines before)");
    }
    for line in &lines[cut..] {
        let _ = write!(said, "\n    {}", line.trim_end());
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_running_is_told_by_its_flags() {
        for command in [
            "docker run -d nginx:1.26",
            "docker run -itd busybox",
            "docker compose up --detach",
            "docker start web",
        ] {
            assert!(stays(command), "{command}");
        }
        for command in ["docker run --rm busybox true", "docker ps -a", "ls -d"] {
            assert!(!stays(command), "{command}");
        }
    }

    #[test]
    fn a_difference_is_told_with_lines() {
        let printed = "REPOSITORY   TAG\nnginx        1.22";
        let difference = shape::compare("REPOSITORY   TAG\nnginx        1.26\nbusybox", printed);
        insta::assert_snapshot!(differs("docker images", 0, 17, &difference, printed), @r"
        `docker images` does not print what the page shows
          line 18
            expected: nginx 1.26
            found:    nginx 1.22
          line 19
            expected: busybox
            found:    nothing like it
          it printed:
            REPOSITORY   TAG
            nginx        1.22
        ");
    }
}
