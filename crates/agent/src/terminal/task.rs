//! The task that holds a terminal: it alone touches the shell, the screen and the list of clients.
//!
//! It never waits for one thing only. Output is read while every client has room for it, and sent on as it is.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use drydock_protocol::agent::Journalled;
use drydock_protocol::live::{CLOSE_ENDED, FromTerminal, TERMINAL_FRAME_MAX};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use super::client::{Attached, Client};
use super::marks::Marks;
use super::screen::{Screen, Size};
use super::shell::Shell;
use crate::error::Error;
use crate::journal::Journal;
use crate::process::status_number;

/// Clients of one terminal, at most.
const CLIENTS_MAX: usize = 16;
/// Output is read in pieces of at most so many bytes.
const READ_BYTES: usize = 64 * 1024;
/// Input that the terminal has not taken yet, at most, in bytes. Beyond it nothing more is read from the clients, which
/// includes their acknowledgements: it is large, so that a paste into a program that echoes does not come to that.
const INPUT_MAX_BYTES: usize = 16 * TERMINAL_FRAME_MAX;
/// How long what runs on a terminal may take to heed a hang-up before it is killed.
const HANG_UP_PATIENCE: Duration = Duration::from_secs(2);
/// After the shell's end, output is awaited for so long: what was written before the end may still be on its way.
const LAST_WORDS_PAUSE: Duration = Duration::from_millis(50);
/// And so many bytes of it are shown: something in the background may go on writing.
const LAST_WORDS_MAX_BYTES: usize = 256 * 1024;

/// What a terminal is asked to do.
pub(super) enum Command {
    /// Take a new client in.
    Attach {
        fresh: bool,
        reply: oneshot::Sender<Result<Attached, Error>>,
    },
    /// Pass on what was typed.
    Input(Input),
    /// Take a client's size.
    Resize { client: u64, size: Size },
    /// A client has rendered so much.
    Acknowledge { client: u64, bytes: u64 },
    /// End, with all that runs here.
    End,
}

/// Something typed, and the room that it takes up until the terminal has taken it.
pub(super) struct Input {
    pub(super) bytes: Bytes,
    pub(super) room: OwnedSemaphorePermit,
}

/// The state of a terminal.
pub(super) struct Task {
    name: String,
    shell: Shell,
    screen: Screen,
    marks: Marks,
    journal: Arc<Journal>,
    clients: Vec<Client>,
    next_client: u64,
    inbox: mpsc::Receiver<Command>,
    commands: mpsc::Sender<Command>,
    leaving: (mpsc::UnboundedSender<u64>, mpsc::UnboundedReceiver<u64>),
    input: VecDeque<Input>,
    input_room: Arc<Semaphore>,
    /// Whether all that runs here was told to end, and when patience with it ends.
    kill_at: Option<Instant>,
}

impl Task {
    pub(super) fn new(
        name: String,
        shell: Shell,
        size: Size,
        journal: Arc<Journal>,
        commands: mpsc::Sender<Command>,
        inbox: mpsc::Receiver<Command>,
    ) -> Self {
        Self {
            name,
            screen: Screen::new(size),
            marks: Marks::new(shell.nonce.clone()),
            shell,
            journal,
            clients: Vec::new(),
            next_client: 0,
            inbox,
            commands,
            leaving: mpsc::unbounded_channel(),
            input: VecDeque::new(),
            input_room: Arc::new(Semaphore::new(INPUT_MAX_BYTES)),
            kill_at: None,
        }
    }

    /// Runs until the shell has ended.
    pub(super) async fn run(mut self) {
        let mut buffer = vec![0; READ_BYTES];
        let mut output_open = true;
        let status = loop {
            let room = self.room();
            let slow_at = self.clients.iter().filter_map(Client::deadline).min();
            // In this order: what is asked for and what is typed must get through a flood of output, and output is
            // always there in a flood.
            tokio::select! {
                biased;
                Some(id) = self.leaving.1.recv() => self.clients.retain(|client| client.id != id),
                Some(command) = self.inbox.recv() => self.obey(command),
                written = write_first(&mut self.shell.writer, &self.input) => self.typed(written),
                () = at(slow_at) => self.let_slow_ones_go(),
                () = at(self.kill_at) => self.kill(),
                status = self.shell.child.wait() => break status.map_or(-1, status_number),
                read = self.shell.reader.read(&mut buffer[..room]), if output_open && room > 0 => match read {
                    Ok(0) | Err(_) => output_open = false,
                    Ok(length) => self.pass_on(&buffer[..length]),
                },
            }
        };
        // From here on, who wants this terminal gets a new one.
        self.inbox.close();
        if self.kill_at.is_some() {
            self.kill();
        }
        self.last_words(&mut buffer).await;
        for client in &mut self.clients {
            client.tell(FromTerminal::Ended { status });
            client.outbox.close(CLOSE_ENDED, "the shell ended");
        }
    }

    /// How much output may be read now: as much as the slowest client has room for.
    fn room(&self) -> usize {
        let room = self.clients.iter().map(Client::room).min().unwrap_or(u64::MAX);
        usize::try_from(room).unwrap_or(usize::MAX).min(READ_BYTES)
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Attach { fresh, reply } => {
                let attached = self.attach(fresh);
                // If the client has gone meanwhile, dropping its side detaches it.
                let _ = reply.send(attached);
            }
            Command::Input(input) => self.input.push_back(input),
            Command::Resize { client, size } => self.resize(client, size),
            Command::Acknowledge { client, bytes } => {
                if let Some(client) = self.clients.iter_mut().find(|known| known.id == client) {
                    client.acknowledge(bytes);
                }
            }
            Command::End => {
                self.shell.hang_up();
                self.kill_at = Some(Instant::now() + HANG_UP_PATIENCE);
            }
        }
    }

    fn attach(&mut self, fresh: bool) -> Result<Attached, Error> {
        if self.clients.len() >= CLIENTS_MAX {
            let remedy = "close a page that shows it";
            return Err(Error::TooMany {
                what: "clients of this terminal",
                limit: CLIENTS_MAX,
                remedy,
            });
        }
        let Size { cols, rows } = self.screen.size();
        self.next_client += 1;
        let mut client = Client::new(self.next_client);
        client.tell(FromTerminal::Replay { cols, rows, fresh });
        client.send(&self.screen.replay());
        client.tell(FromTerminal::Live);
        let attached = Attached {
            id: client.id,
            outbox: Arc::clone(&client.outbox),
            commands: self.commands.clone(),
            leaving: self.leaving.0.clone(),
            input_room: Arc::clone(&self.input_room),
        };
        self.clients.push(client);
        if self.screen.is_alternate() {
            // Not everything of a full-screen program's state can be replayed (scroll regions, line-drawing
            // characters). It knows best how it looks.
            self.shell.ask_for_redraw();
        }
        Ok(attached)
    }

    fn resize(&mut self, from: u64, size: Size) {
        if size == self.screen.size() {
            return;
        }
        self.screen.resize(size);
        if let Err(error) = self
            .shell
            .writer
            .resize(pty_process::Size::new(size.rows, size.cols))
        {
            crate::log(format_args!("terminal {}: cannot resize: {error}", self.name));
        }
        for client in self.clients.iter_mut().filter(|client| client.id != from) {
            client.tell(FromTerminal::Size {
                cols: size.cols,
                rows: size.rows,
            });
        }
    }

    fn typed(&mut self, written: std::io::Result<usize>) {
        match (written, self.input.front_mut()) {
            (Ok(length), Some(first)) if length < first.bytes.len() => {
                first.bytes.advance(length);
                // What was taken makes room for more.
                drop(first.room.split(length));
            }
            // Written whole, or it cannot be written at all: then the shell is about to end.
            _ => drop(self.input.pop_front()),
        }
    }

    /// Sends output on, and keeps it for the screen.
    fn pass_on(&mut self, output: &[u8]) {
        let output = self.marks.take_out(output, |ran| {
            self.journal.record(Journalled::Ran {
                terminal: self.name.clone(),
                command: ran.command,
                exit: ran.exit,
            });
        });
        if output.is_empty() {
            return;
        }
        for client in &mut self.clients {
            client.send(&output);
        }
        self.screen.feed(&output);
    }

    fn kill(&mut self) {
        self.kill_at = None;
        self.shell.kill();
    }

    fn let_slow_ones_go(&mut self) {
        let now = Instant::now();
        self.clients.retain(|client| {
            let slow = client.deadline().is_some_and(|deadline| deadline <= now);
            if slow {
                client.close_too_slow();
            }
            !slow
        });
    }

    /// Reads what was written before the shell's end. The clients' windows do not count any more; it is bounded.
    async fn last_words(&mut self, buffer: &mut [u8]) {
        let mut left = LAST_WORDS_MAX_BYTES;
        while left > 0 {
            match timeout(LAST_WORDS_PAUSE, self.shell.reader.read(buffer)).await {
                Ok(Ok(length)) if length > 0 => {
                    self.pass_on(&buffer[..length]);
                    left = left.saturating_sub(length);
                }
                _ => break,
            }
        }
    }
}

/// Writes as much as goes of the first input that waits; waits for ever if none does.
async fn write_first(
    writer: &mut pty_process::OwnedWritePty,
    input: &VecDeque<Input>,
) -> std::io::Result<usize> {
    match input.front() {
        Some(first) => writer.write(&first.bytes).await,
        None => pending().await,
    }
}

/// Waits for a moment; for ever if there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}
