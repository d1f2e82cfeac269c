//! How quick a terminal is: keystroke echo and throughput, as a client on the agent's socket sees them.
//!
//! ```sh
//! DRYDOCK_TOKEN=… cargo run --release -p drydock-agent --example latency -- 172.18.0.2:7070 [keystrokes] [megabytes]
//! ```
//!
//! Prints one line of JSON: microseconds from a key's bytes leaving to its echo arriving, and megabytes a second of a
//! flood that is acknowledged as it comes. The terminal is called `latency` and is ended afterwards.

use std::error::Error;
use std::time::{Duration, Instant};

use drydock_protocol::live::ToTerminal;
use futures::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// An acknowledgement goes out after so many bytes.
const ACK_EVERY: u64 = 64 * 1024;

/// What a flood is made of: nearly a line of a terminal.
const LINE: &str = "the_quick_brown_fox_jumps_over_the_lazy_dog_and_runs_into_the_woods_again_0123";

struct Client {
    socket: WebSocketStream<TcpStream>,
    received: u64,
    acknowledged: u64,
}

impl Client {
    /// The next piece of output.
    async fn output(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next())
                .await?
                .ok_or("the socket ended")??;
            match message {
                Message::Binary(bytes) => {
                    self.received += bytes.len() as u64;
                    if self.received - self.acknowledged >= ACK_EVERY {
                        self.acknowledged = self.received;
                        let ack = serde_json::to_string(&ToTerminal::Ack { bytes: self.received })?;
                        self.socket.send(Message::Text(ack.into())).await?;
                    }
                    return Ok(bytes.to_vec());
                }
                Message::Close(frame) => return Err(format!("closed: {frame:?}").into()),
                _ => {}
            }
        }
    }

    async fn type_in(&mut self, text: &str) -> Result<(), Box<dyn Error>> {
        Ok(self
            .socket
            .send(Message::Binary(text.as_bytes().to_vec().into()))
            .await?)
    }

    /// Reads until `end` has come.
    async fn until(&mut self, end: &str) -> Result<(), Box<dyn Error>> {
        let mut tail = Vec::new();
        while !tail.windows(end.len()).any(|bytes| bytes == end.as_bytes()) {
            tail.drain(..tail.len().saturating_sub(end.len()));
            tail.extend(self.output().await?);
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().ok_or("give the agent's address")?;
    let keystrokes: usize = arguments.next().as_deref().unwrap_or("2000").parse()?;
    let megabytes: u32 = arguments.next().as_deref().unwrap_or("100").parse()?;
    let token = std::env::var("DRYDOCK_TOKEN")?;

    let stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let mut request = format!("ws://{address}/terminals/latency").into_client_request()?;
    request
        .headers_mut()
        .insert("authorization", format!("Bearer {token}").parse()?);
    let (socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    let mut client = Client {
        socket,
        received: 0,
        acknowledged: 0,
    };

    // The shell turns bracketed paste on when it is ready for a line.
    client.until("\x1b[?2004h").await?;
    // `cat` is quiet while a line is typed, so what comes is the echo.
    client.type_in("PS1=; echo re''ady; cat >/dev/null\r").await?;
    client.until("ready\r\n").await?;
    let mut times = Vec::with_capacity(keystrokes);
    for number in 0..keystrokes {
        if number % 1000 == 999 {
            // A line has an end, also in the kernel.
            client.type_in("\r").await?;
            client.output().await?;
        }
        let started = Instant::now();
        client.type_in("x").await?;
        client.output().await?;
        times.push(started.elapsed());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_micros();

    client.type_in("\x03").await?;
    client.until("\x1b[?2004h").await?;
    client
        .type_in(&format!(
            "yes {LINE} | head -c {megabytes}000000; echo; echo do''ne\r"
        ))
        .await?;
    client.until("do''ne").await?;
    let (started, before) = (Instant::now(), client.received);
    client.until("done").await?;
    let seconds = started.elapsed().as_secs_f64();
    let rate = (client.received - before) as f64 / 1e6 / seconds;
    client.type_in("exit\r").await?;

    println!(
        "{{\"echo_us\":{{\"p50\":{},\"p95\":{},\"p99\":{}}},\"throughput_mb_per_s\":{rate:.1}}}",
        at(50),
        at(95),
        at(99)
    );
    Ok(())
}
