//! What a browser does, without the looks: cookies, requests, sockets.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use drydock_protocol::api::{ExecResult, Problem, SandboxView};
use drydock_protocol::live::{Event, FromTerminal, ToTerminal};
use futures::{SinkExt, StreamExt};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::until;

/// A cold sandbox, on a machine that is busy with other tests.
pub const SANDBOX_DEADLINE: Duration = Duration::from_secs(120);

/// One browser profile: it has its own cookies, so it is its own learner.
#[derive(Clone, Debug)]
pub struct Browser {
    base: Url,
    cookies: Arc<Jar>,
    client: reqwest::Client,
}

impl Browser {
    /// A fresh profile.
    pub fn new(base: impl AsRef<str>) -> Result<Self> {
        let cookies = Arc::new(Jar::default());
        let client = reqwest::Client::builder()
            .cookie_provider(cookies.clone())
            .build()?;
        Ok(Self {
            base: base.as_ref().parse()?,
            cookies,
            client,
        })
    }

    /// A request, from a page of this origin.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let origin = self.base.as_str().trim_end_matches('/').to_owned();
        self.client
            .request(method, format!("{origin}{path}"))
            .header("origin", origin)
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Result<Response> {
        Ok(self.request(Method::GET, path).send().await?)
    }

    /// GET, a body of JSON.
    pub async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        Ok(self.get(path).await?.error_for_status()?.json().await?)
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Response> {
        Ok(self.request(Method::POST, path).json(body).send().await?)
    }

    /// The problem that an answer is.
    pub async fn problem(response: Response) -> Result<Problem> {
        let status = response.status();
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        if kind != "application/problem+json" {
            bail!("{} with {kind} is no problem: {}", status, response.text().await?);
        }
        Ok(response.json().await?)
    }

    /// Presses Start, and waits for the prompt.
    pub async fn start_sandbox(&self) -> Result<SandboxView> {
        let wanted = serde_json::json!({ "course": "docker", "lesson": "images" });
        let response = self.post("/api/v1/sandbox", &wanted).await?;
        if !response.status().is_success() {
            bail!("start: {} {}", response.status(), response.text().await?);
        }
        self.until_ready().await
    }

    /// Waits until the sandbox is ready.
    pub async fn until_ready(&self) -> Result<SandboxView> {
        until("the sandbox is ready", SANDBOX_DEADLINE, async || {
            let view: SandboxView = self.json("/api/v1/sandbox").await?;
            Ok(if view.state.is_ready() {
                Ok(view)
            } else {
                Err(view.state)
            })
        })
        .await
    }

    /// Runs a command as the learner.
    pub async fn exec(&self, command: &str) -> Result<ExecResult> {
        self.exec_within(command, 120).await
    }

    /// The same, for one that may take up to so many seconds.
    pub async fn exec_within(&self, command: &str, timeout_s: u32) -> Result<ExecResult> {
        let body = serde_json::json!({ "command": command, "timeout_s": timeout_s });
        let response = self.post("/api/v1/sandbox/exec", &body).await?;
        if !response.status().is_success() {
            bail!("`{command}`: {} {}", response.status(), response.text().await?);
        }
        Ok(response.json().await?)
    }

    /// Runs a command that has to succeed, and gives what it printed.
    pub async fn run(&self, command: &str) -> Result<String> {
        let result = self.exec(command).await?;
        if result.exit_code != 0 {
            bail!(
                "`{command}` ended with {}: {}{}",
                result.exit_code,
                result.stdout,
                result.stderr
            );
        }
        Ok(result.stdout)
    }

    /// Runs a command that has to fail, and gives all that it said.
    pub async fn refused(&self, command: &str) -> Result<String> {
        let result = self.exec(command).await?;
        let said = format!("{}{}", result.stdout, result.stderr);
        if result.exit_code == 0 {
            bail!("`{command}` was not refused: {said}");
        }
        // Not found, or not executable, is no refusal.
        if matches!(result.exit_code, 126 | 127) {
            bail!("`{command}` could not be tried: {said}");
        }
        Ok(said)
    }

    /// Opens a socket with this profile's cookies, claiming to come from `origin` (None: saying nothing).
    pub async fn socket_from(&self, path: &str, origin: Option<&str>) -> Result<Socket> {
        let address = format!(
            "{}:{}",
            self.base.host_str().context("a host")?,
            self.base.port().context("a port")?
        );
        let mut request = format!("ws://{address}{path}").into_client_request()?;
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse()?);
        }
        if let Some(cookies) = self.cookies.cookies(&self.base) {
            request
                .headers_mut()
                .insert("cookie", cookies.as_bytes().try_into()?);
        }
        let stream = TcpStream::connect(&address).await?;
        stream.set_nodelay(true)?;
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        for cookie in response.headers().get_all("set-cookie") {
            self.cookies.add_cookie_str(cookie.to_str()?, &self.base);
        }
        Ok(Socket { socket })
    }

    /// Opens a socket as a page of this origin does.
    pub async fn socket(&self, path: &str) -> Result<Socket> {
        let origin = self.base.as_str().trim_end_matches('/').to_owned();
        self.socket_from(path, Some(&origin)).await
    }

    /// The events socket of the lesson's page.
    pub async fn events(&self) -> Result<Socket> {
        self.events_of("docker", "images").await
    }

    /// Events, as the page of another lesson hears them.
    pub async fn events_of(&self, course: &str, lesson: &str) -> Result<Socket> {
        self.socket(&format!("/api/v1/events?course={course}&lesson={lesson}"))
            .await
    }

    /// A terminal.
    pub async fn terminal(&self, name: &str) -> Result<Socket> {
        self.socket(&format!("/api/v1/sandbox/terminals/{name}")).await
    }
}

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    socket: WebSocketStream<TcpStream>,
}

impl Socket {
    /// The next frame.
    pub async fn next(&mut self) -> Result<Message> {
        self.socket
            .next()
            .await
            .context("the socket is closed")?
            .map_err(Into::into)
    }

    /// The first event for which `wanted` has an answer.
    pub async fn event<T>(
        &mut self,
        deadline: Duration,
        mut wanted: impl FnMut(Event) -> Option<T>,
    ) -> Result<T> {
        let within = async {
            loop {
                if let Message::Text(text) = self.next().await?
                    && let Some(found) = wanted(serde_json::from_str(&text)?)
                {
                    return Ok(found);
                }
            }
        };
        timeout(deadline, within).await.context("no such event in time")?
    }

    /// Types into a terminal.
    pub async fn type_text(&mut self, text: &str) -> Result<()> {
        Ok(self
            .socket
            .send(Message::binary(text.as_bytes().to_vec()))
            .await?)
    }

    /// Sends a control frame to a terminal.
    pub async fn control(&mut self, control: &ToTerminal) -> Result<()> {
        Ok(self
            .socket
            .send(Message::text(serde_json::to_string(control)?))
            .await?)
    }

    /// Reads a terminal's output, acknowledging it, until `text` has come.
    pub async fn read_until(&mut self, text: &str, deadline: Duration) -> Result<String> {
        let mut seen = Vec::new();
        let mut total = 0_u64;
        let within = async {
            loop {
                match self.next().await? {
                    Message::Binary(bytes) => {
                        total += bytes.len() as u64;
                        seen.extend_from_slice(&bytes);
                        self.control(&ToTerminal::Ack { bytes: total }).await?;
                        if String::from_utf8_lossy(&seen).contains(text) {
                            return Ok(());
                        }
                    }
                    Message::Close(frame) => bail!("the terminal closed: {frame:?}"),
                    _ => {}
                }
            }
        };
        let read = timeout(deadline, within).await;
        let seen = String::from_utf8_lossy(&seen).into_owned();
        match read {
            Ok(Ok(())) => Ok(seen),
            Ok(Err(error)) => Err(error.context(format!("while waiting for {text:?}; seen: {seen:?}"))),
            Err(_) => bail!("{text:?} did not come within {deadline:?}; seen: {seen:?}"),
        }
    }

    /// The first control frame of a terminal: what the replay begins with.
    pub async fn replay(&mut self) -> Result<FromTerminal> {
        loop {
            if let Message::Text(text) = self.next().await? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }
}
