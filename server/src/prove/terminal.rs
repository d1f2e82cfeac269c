//! A real terminal of a sandbox, in the hands of a program: a command is typed, and what it printed is read off the screen.

use std::num::NonZeroU16;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Bytes;
use drydock_protocol::agent::{AgentEvent, Journalled};
use drydock_protocol::live::ToTerminal;
use drydock_sandbox::{AgentError, AgentSocket, Sandbox};
use futures::stream::{BoxStream, SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

/// How long one command may take.
const COMMAND_DEADLINE: Duration = Duration::from_secs(180);
/// How long a command that was interrupted may take to end.
const INTERRUPT_DEADLINE: Duration = Duration::from_secs(15);
/// How long the prompt may take to be drawn, once it is known that a command has ended.
const PROMPT_DEADLINE: Duration = Duration::from_secs(3);
/// When so long nothing has been printed, the command may be waiting for an answer.
const QUIET: Duration = Duration::from_millis(400);
/// A command that the shell does not understand is never begun, so that its end is not told: the prompt is there again, and
/// stays so for this long.
const REFUSED_AFTER: Duration = Duration::from_secs(3);
/// What bash ends with then.
const SYNTAX_ERROR: i32 = 2;
/// To the end of the line, and away with all before it: whoever looks at a terminal in a browser has its answers typed into it, as
/// when a program has asked where the cursor is and ended meanwhile.
const EMPTY_LINE: &str = "\x05\x15";
/// Of what a command prints, so much is kept, in bytes. A flood is cut at its beginning.
const PRINTED_MAX: usize = 1024 * 1024;
/// Of a screen, so many lines are told in a message.
const SCREEN_LINES: usize = 20;

/// Columns: what fits on a page.
const COLUMNS: u16 = 80;
/// Rows that programs are told of.
const ROWS: u16 = 60;
/// Rows of the paper that the output of one command is drawn on.
const PAPER_ROWS: u16 = 1000;

/// What the shell writes when it begins to read a line, before the prompt, and when the line has been entered.
const READING: &[u8] = b"\x1b[?2004h";
const ENTERED: &[u8] = b"\x1b[?2004l";
/// What the prompt says (`/etc/drydock/bashrc` of the sandbox's image).
const PROMPT: &[u8] = b"learner@drydock";

/// What came of a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It came back to the prompt.
    Done {
        /// With this status.
        exit: i32,
        /// What stood on the screen between the command and the next prompt.
        printed: String,
    },
    /// It did not, within the time. Ctrl-C has been pressed.
    Stuck {
        /// The end of what stood on the screen.
        screen: String,
    },
}

/// A terminal that is open.
pub(super) struct Terminal {
    name: String,
    events: BoxStream<'static, Result<AgentEvent, AgentError>>,
    keys: SplitSink<AgentSocket, Message>,
    screen: SplitStream<AgentSocket>,
    /// What came since the last command was typed.
    seen: Vec<u8>,
    /// Whether its beginning was too much to be kept.
    cut: bool,
    /// What came at all, for whoever sends it.
    drawn: u64,
}

/// Something that came.
enum Came {
    Bytes,
    Ended(i32),
}

impl Terminal {
    /// Opens one, in a size that does not depend on anybody's window.
    pub(super) async fn open(sandbox: &Sandbox, name: &str) -> anyhow::Result<Self> {
        let mut terminal = Self::attach(sandbox, name).await?;
        terminal
            .control(&ToTerminal::Resize {
                cols: COLUMNS,
                rows: ROWS,
            })
            .await?;
        Ok(terminal)
    }

    /// Opens one as it is, with a shell that is ready to be typed into.
    pub(super) async fn attach(sandbox: &Sandbox, name: &str) -> anyhow::Result<Self> {
        let agent = sandbox.agent();
        let known = agent
            .journal(0)
            .await?
            .entries
            .last()
            .map_or(0, |entry| entry.seq);
        let events = agent.events(known).await?;
        let (keys, screen) = agent.terminal(name).await?.split();
        let mut terminal = Self {
            name: name.to_owned(),
            events,
            keys,
            screen,
            seen: Vec::new(),
            cut: false,
            drawn: 0,
        };
        // What is typed before the first prompt would be echoed twice.
        terminal.until(|seen| contains(seen, PROMPT)).await?;
        Ok(terminal)
    }

    /// Types a command and waits for its end. Whenever nothing has been printed for a while, `answer` is given what stands on
    /// the screen; what it gives back is typed.
    pub(super) async fn run(
        &mut self,
        command: &str,
        mut answer: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> anyhow::Result<Ended> {
        self.seen.clear();
        self.cut = false;
        // Pasted, so that nothing in it is taken for a key that completes words.
        self.press(format!("{EMPTY_LINE}\x1b[200~{command}\x1b[201~\r").into_bytes())
            .await?;
        let end = Instant::now() + COMMAND_DEADLINE;
        let mut back_since = None;
        loop {
            tokio::select! {
                came = self.next() => if let Came::Ended(exit) = came? {
                    self.until(at_prompt).await?;
                    return Ok(Ended::Done { exit, printed: self.printed() });
                },
                () = sleep(QUIET) => {
                    if let Some(typed) = answer(&self.printed()) {
                        self.press(typed).await?;
                    }
                }
            }
            if contains(&self.seen, ENTERED) && at_prompt(&self.seen) {
                let since = *back_since.get_or_insert_with(Instant::now);
                if since.elapsed() > REFUSED_AFTER {
                    return Ok(Ended::Done {
                        exit: SYNTAX_ERROR,
                        printed: self.printed(),
                    });
                }
            } else {
                back_since = None;
            }
            if Instant::now() > end {
                let screen = last_lines(&self.printed());
                self.interrupt().await?;
                return Ok(Ended::Stuck { screen });
            }
        }
    }

    /// Presses Ctrl-C, and waits for the prompt.
    async fn interrupt(&mut self) -> anyhow::Result<()> {
        self.press(b"\x03".to_vec()).await?;
        let ended = async {
            while !matches!(self.next().await?, Came::Ended(_)) {}
            anyhow::Ok(())
        };
        if timeout(INTERRUPT_DEADLINE, ended).await.is_err() {
            bail!("a command cannot be interrupted with Ctrl-C")
        }
        self.until(at_prompt).await
    }

    async fn press(&mut self, keys: Vec<u8>) -> anyhow::Result<()> {
        Ok(self.keys.send(Message::Binary(Bytes::from(keys))).await?)
    }

    async fn control(&mut self, control: &ToTerminal) -> anyhow::Result<()> {
        let text = serde_json::to_string(control)?;
        Ok(self.keys.send(Message::text(text)).await?)
    }

    /// Waits until the shell has drawn its prompt. One that looks otherwise is not waited for long.
    async fn until(&mut self, drawn: fn(&[u8]) -> bool) -> anyhow::Result<()> {
        let end = Instant::now() + PROMPT_DEADLINE;
        while !drawn(&self.seen) {
            let Ok(came) = tokio::time::timeout_at(end, self.next()).await else {
                break;
            };
            came?;
        }
        Ok(())
    }

    async fn next(&mut self) -> anyhow::Result<Came> {
        loop {
            tokio::select! {
                event = self.events.next() => {
                    let event = event.context("the sandbox hung up")??;
                    if let AgentEvent::Journal(entry) = event
                        && let Journalled::Ran { terminal, exit, .. } = entry.what
                        && terminal == self.name
                    {
                        return Ok(Came::Ended(exit));
                    }
                }
                frame = self.screen.next() => match frame.context("the terminal ended")?? {
                    Message::Binary(bytes) => {
                        self.seen.extend_from_slice(&bytes);
                        let spare = self.seen.len().saturating_sub(PRINTED_MAX);
                        self.seen.drain(..spare);
                        self.cut |= spare > 0;
                        self.drawn += bytes.len() as u64;
                        self.control(&ToTerminal::Ack { bytes: self.drawn }).await?;
                        return Ok(Came::Bytes);
                    }
                    Message::Close(_) => bail!("the terminal ended"),
                    _ => {}
                },
            }
        }
    }

    /// What stands on the screen since the command was entered, without the prompt that follows.
    fn printed(&self) -> String {
        drawn(between(&self.seen, self.cut))
    }
}

/// Whether the shell waits for a command: its prompt is the last thing that was drawn.
fn at_prompt(seen: &[u8]) -> bool {
    find_last(seen, READING).is_some_and(|at| contains(&seen[at..], PROMPT) && seen.ends_with(b" "))
}

/// The bytes between the entering of a command and the prompt after it, if that has come. Where the beginning was cut off, it was
/// entered before.
fn between(seen: &[u8], cut: bool) -> &[u8] {
    let start = match find(seen, ENTERED) {
        Some(at) => at + ENTERED.len(),
        None if cut => 0,
        None => seen.len(),
    };
    let rest = &seen[start..];
    match find_last(rest, READING) {
        Some(at) if contains(&rest[at..], PROMPT) => &rest[..at],
        _ => rest,
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn find_last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    find(bytes, what).is_some()
}

/// What a terminal shows after these bytes: what was drawn over is gone. A line that is not ended keeps one space at its end,
/// as a question has it that waits for an answer.
fn drawn(bytes: &[u8]) -> String {
    let size = |number| NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN);
    let mut paper = vt100::Parser::new(size(PAPER_ROWS), size(COLUMNS), 0);
    paper.process(bytes);
    let screen = paper.screen();
    let text = screen.contents();
    let text = text.trim_end().trim_start_matches('\n');
    let (_, column) = screen.cursor_position();
    let last = text.lines().last().unwrap_or_default().chars().count();
    let waits = usize::from(column) > last && last > 0;
    format!("{text}{}", if waits { " " } else { "" })
}

/// The end of a screen, for a message.
fn last_lines(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().collect();
    lines[lines.len().saturating_sub(SCREEN_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "\x1b[7mls\x1b[27m\x08\x08ls\r\n\x1b[?2004l\rone  two\r\nthree\r\n\x1b[?2004h\x1b[1;32mlearner@drydock\x1b[0m:~$ ";

    #[test]
    fn what_a_command_printed_stands_between_two_prompts() {
        assert!(at_prompt(SESSION.as_bytes()));
        assert_eq!(drawn(between(SESSION.as_bytes(), false)), "one  two\nthree");
        let running = SESSION.split_once("three").unwrap().0;
        assert!(!at_prompt(running.as_bytes()));
        assert_eq!(between(b"x\r\ny", true), b"x\r\ny");
        assert_eq!(drawn(between(running.as_bytes(), false)), "one  two");
    }

    #[test]
    fn what_was_drawn_over_is_gone() {
        assert_eq!(
            drawn(b"c08: Waiting\r\n\x1b[1A\x1b[2K\rc08: Pull complete\r\nDone\r\n"),
            "c08: Pull complete\nDone"
        );
    }

    #[test]
    fn a_question_keeps_its_space() {
        assert_eq!(drawn(b"Sure? [y/N] "), "Sure? [y/N] ");
        assert_eq!(drawn(b"Sure?\r\n"), "Sure?");
        assert_eq!(drawn(b""), "");
    }
}
