//! A client of a terminal, as a browser would be one: it draws what comes, and acknowledges it.

use std::num::NonZeroU16;
use std::time::Instant;

use drydock_protocol::live::{FromTerminal, ToTerminal};
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{Agent, PATIENCE};

pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    screen: vt100::Parser,
    /// Terminal bytes that came, in all.
    pub(crate) received: u64,
    /// Whether what comes is drawn, and kept.
    pub(crate) draws: bool,
    /// Whether everything is acknowledged as it comes.
    pub(crate) acknowledges: bool,
    /// Control that came, in order.
    pub(crate) control: Vec<FromTerminal>,
    /// The close code, once it came.
    pub(crate) closed: Option<u16>,
    /// All bytes that came, if they are kept.
    pub(crate) raw: Vec<u8>,
}

impl Client {
    /// Attaches to a terminal and takes the replay in.
    pub(crate) async fn attach(agent: &Agent, name: &str) -> Self {
        let socket = agent.socket(&format!("/terminals/{name}")).await;
        let mut client = Self {
            socket,
            screen: vt100::Parser::new(rows(24), rows(80), 1_000),
            received: 0,
            draws: true,
            acknowledges: true,
            control: Vec::new(),
            closed: None,
            raw: Vec::new(),
        };
        client
            .until("the replay", |client| {
                client.control.contains(&FromTerminal::Live)
            })
            .await;
        client
    }

    /// Attaches, and waits for the prompt.
    pub(crate) async fn at_prompt(agent: &Agent, name: &str) -> Self {
        let mut client = Self::attach(agent, name).await;
        client.until("the prompt", Self::shows_prompt).await;
        client
    }

    pub(crate) fn shows_prompt(&self) -> bool {
        self.text().trim_end().ends_with(['$', '#'])
    }

    /// The text on the screen.
    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// Whether a line of the screen is just that.
    pub(crate) fn shows_line(&self, line: &str) -> bool {
        self.text().lines().any(|shown| shown.trim_end() == line)
    }

    /// What stands between two `=` on lines of their own.
    pub(crate) fn answers(&self) -> Vec<String> {
        let answer = |line: &str| Some(line.trim_end().strip_prefix('=')?.strip_suffix('=')?.to_owned());
        self.text().lines().filter_map(answer).collect()
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    pub(crate) fn screen_mut(&mut self) -> &mut vt100::Screen {
        self.screen.screen_mut()
    }

    pub(crate) async fn type_in(&mut self, text: &str) {
        self.socket
            .send(Message::Binary(text.as_bytes().to_vec().into()))
            .await
            .unwrap();
    }

    pub(crate) async fn tell(&mut self, control: ToTerminal) {
        self.send_text(serde_json::to_string(&control).unwrap()).await;
    }

    pub(crate) async fn send_text(&mut self, text: String) {
        self.socket.send(Message::Text(text.into())).await.unwrap();
    }

    pub(crate) async fn resize(&mut self, cols: u16, rows_: u16) {
        self.screen.set_size(rows(rows_), rows(cols));
        self.tell(ToTerminal::Resize { cols, rows: rows_ }).await;
    }

    /// Takes in what comes until `holds` says so.
    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(message) = tokio::time::timeout(left, self.socket.next()).await else {
                panic!("waited too long for {what}; the screen:\n{}", self.text());
            };
            match message {
                Some(Ok(message)) => self.take(message).await,
                other => panic!(
                    "the socket ended ({other:?}) before {what}; the screen:\n{}",
                    self.text()
                ),
            }
        }
    }

    /// Takes in what comes until the other side closes.
    pub(crate) async fn until_closed(&mut self) -> u16 {
        self.until("the close frame", |client| client.closed.is_some())
            .await;
        self.closed.unwrap()
    }

    async fn take(&mut self, message: Message) {
        match message {
            Message::Binary(bytes) => {
                self.received += bytes.len() as u64;
                if self.draws {
                    self.screen.process(&bytes);
                    self.raw.extend_from_slice(&bytes);
                }
                if self.acknowledges {
                    self.tell(ToTerminal::Ack { bytes: self.received }).await;
                }
            }
            Message::Text(text) => self.control.push(serde_json::from_str(&text).unwrap()),
            Message::Close(frame) => self.closed = Some(frame.map_or(1005, |frame| frame.code.into())),
            _ => {}
        }
    }
}

fn rows(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}
