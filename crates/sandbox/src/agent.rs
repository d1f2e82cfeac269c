//! The client of the agent inside a sandbox: commands, files, terminals, the journal, and the way to the learner's engine.
//!
//! The agent belongs to the learner and may answer anything. So every answer has a size limit and a deadline, and
//! nothing in it is more than a claim.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use drydock_protocol::agent::{AgentEvent, ENGINE_UPGRADE, FILE_MAX, JournalPage, Status};
use drydock_protocol::api::{ExecRequest, ExecResult, Listing};
use futures::stream::{BoxStream, StreamExt};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

/// A WebSocket to the agent.
pub type AgentSocket = WebSocketStream<TcpStream>;

/// How long connecting may take: the sandbox is one bridge away.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a short question may take. A sandbox at its limits is slow, and still worth an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a file may take on its way.
const TRANSFER: Duration = Duration::from_secs(60);
/// What is added to a command's own time before it is given up from outside.
const EXEC_GRACE: Duration = Duration::from_secs(15);

const KIB: usize = 1024;
/// Largest answer to a short question.
const ANSWER_MAX: usize = 64 * KIB;
/// Largest folder listing: 2,000 entries.
const LISTING_MAX: usize = 4096 * KIB;
/// Largest page of the journal.
const JOURNAL_MAX: usize = 32 * 1024 * KIB;
/// Largest result of a command: twice 1 MiB, each byte up to six when escaped.
const EXEC_MAX: usize = 13 * 1024 * KIB;
/// Largest frame of a socket.
const FRAME_MAX: usize = 1024 * KIB;
/// How much of an error's text is kept.
const MESSAGE_MAX: usize = 2 * KIB;

/// The agent did not answer as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgentError {
    /// No connection, or it broke.
    #[error("the sandbox cannot be reached ({why}): it may be stopping, or be out of memory or processes")]
    Unreachable {
        /// What the connection ended with.
        why: String,
    },
    /// No answer in time.
    #[error("the sandbox did not answer within {seconds} s to {doing}: it may be overloaded; try again")]
    TimedOut {
        /// Which request.
        doing: String,
        /// How long was waited.
        seconds: u64,
    },
    /// What was asked for is not there.
    #[error("there is no {what} in the workspace")]
    NotFound {
        /// The path or the name.
        what: String,
    },
    /// A path names a folder where a file was wanted, or the other way round.
    #[error("{path} is not a {wanted}")]
    WrongKind {
        /// The path.
        path: String,
        /// "file" or "folder".
        wanted: &'static str,
    },
    /// The agent refused.
    #[error("the sandbox refused {doing}: {message}")]
    Refused {
        /// Which request.
        doing: String,
        /// The HTTP status that it answered with.
        status: u16,
        /// What it said, cut at 2 KiB.
        message: String,
    },
    /// More came, or was to be sent, than is allowed.
    #[error("{doing}: more than the {limit} bytes that are allowed")]
    TooLarge {
        /// Which request.
        doing: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The answer is not what the protocol says.
    #[error("the sandbox answered {doing} with something that is no answer: {why}")]
    Nonsense {
        /// Which request.
        doing: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What stands at a path of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file's bytes, at most [`FILE_MAX`].
    File(Bytes),
    /// A folder's entries.
    Folder(Listing),
}

/// Speaks to one sandbox's agent. Cheap to clone; every call has its own connection.
#[derive(Clone)]
pub struct AgentClient {
    address: SocketAddr,
    // The token with its scheme, marked so that it is not printed.
    authorization: HeaderValue,
    host: Arc<str>,
}

impl std::fmt::Debug for AgentClient {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AgentClient")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl AgentClient {
    /// The agent that listens at `address` and wants `token`.
    pub fn new(address: SocketAddr, token: &str) -> Result<Self, AgentError> {
        let mut authorization =
            HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| AgentError::Nonsense {
                doing: "being started".to_owned(),
                why: "its token is no header value".to_owned(),
            })?;
        authorization.set_sensitive(true);
        Ok(Self {
            address,
            authorization,
            host: address.to_string().into(),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How the sandbox says that it is.
    pub async fn status(&self) -> Result<Status, AgentError> {
        self.ask(Method::GET, "/status", Bytes::new(), ANSWER_MAX, ANSWER)
            .await
    }

    /// Has the learner's engine started, if it is not running already. Returns before it answers.
    pub async fn start_engine(&self) -> Result<(), AgentError> {
        self.call(Method::POST, "/engine/start", Bytes::new(), ANSWER_MAX, ANSWER)
            .await
            .map(drop)
    }

    /// Runs a line of bash as the learner, in the workspace.
    pub async fn exec(&self, request: &ExecRequest) -> Result<ExecResult, AgentError> {
        let body = serde_json::to_vec(request).map_err(|error| AgentError::Nonsense {
            doing: "a command".to_owned(),
            why: error.to_string(),
        })?;
        let limit = Duration::from_secs(u64::from(request.timeout_s)) + EXEC_GRACE;
        self.ask(Method::POST, "/exec", body.into(), EXEC_MAX, limit)
            .await
    }

    /// Reads what stands at `path`, relative to the workspace.
    pub async fn look(&self, path: &str) -> Result<Found, AgentError> {
        let target = format!("/files?path={}", percent_encode(path));
        let limit = usize::try_from(FILE_MAX).unwrap_or(usize::MAX).max(LISTING_MAX);
        let (head, body) = self
            .call(Method::GET, &target, Bytes::new(), limit, TRANSFER)
            .await
            .map_err(|error| for_path(error, path))?
            .into_parts();
        match head.headers.get("x-drydock-kind").map(HeaderValue::as_bytes) {
            Some(b"folder") => decode(&body, &target).map(Found::Folder),
            Some(b"file") => Ok(Found::File(body)),
            _ => Err(AgentError::Nonsense {
                doing: target,
                why: "no X-Drydock-Kind".to_owned(),
            }),
        }
    }

    /// Reads a file, at most [`FILE_MAX`] bytes.
    pub async fn read(&self, path: &str) -> Result<Bytes, AgentError> {
        match self.look(path).await? {
            Found::File(bytes) => Ok(bytes),
            Found::Folder(_) => Err(AgentError::WrongKind {
                path: path.to_owned(),
                wanted: "file",
            }),
        }
    }

    /// Lists a folder; the workspace itself is `""`.
    pub async fn list(&self, path: &str) -> Result<Listing, AgentError> {
        match self.look(path).await? {
            Found::Folder(listing) => Ok(listing),
            Found::File(_) => Err(AgentError::WrongKind {
                path: path.to_owned(),
                wanted: "folder",
            }),
        }
    }

    /// Writes a file, at most [`FILE_MAX`] bytes; folders on the way are made. A file that is there keeps its mode, and a new
    /// one has 0644.
    pub async fn write(&self, path: &str, bytes: Bytes) -> Result<(), AgentError> {
        self.put(path, "", bytes).await
    }

    /// The same for a file that can be executed: its mode becomes 0755.
    pub async fn write_executable(&self, path: &str, bytes: Bytes) -> Result<(), AgentError> {
        self.put(path, "&mode=755", bytes).await
    }

    async fn put(&self, path: &str, mode: &str, bytes: Bytes) -> Result<(), AgentError> {
        if bytes.len() as u64 > FILE_MAX {
            return Err(AgentError::TooLarge {
                doing: format!("writing {path}"),
                limit: FILE_MAX,
            });
        }
        let target = format!("/files?path={}{mode}", percent_encode(path));
        self.call(Method::PUT, &target, bytes, ANSWER_MAX, TRANSFER)
            .await
            .map(drop)
            .map_err(|error| for_path(error, path))
    }

    /// Removes a file, or a folder with all in it.
    pub async fn remove(&self, path: &str) -> Result<(), AgentError> {
        let target = format!("/files?path={}", percent_encode(path));
        self.call(Method::DELETE, &target, Bytes::new(), ANSWER_MAX, TRANSFER)
            .await
            .map(drop)
            .map_err(|error| for_path(error, path))
    }

    /// Names of the open terminals.
    pub async fn terminals(&self) -> Result<Vec<String>, AgentError> {
        self.ask(Method::GET, "/terminals", Bytes::new(), ANSWER_MAX, ANSWER)
            .await
    }

    /// Ends a terminal.
    pub async fn end_terminal(&self, name: &str) -> Result<(), AgentError> {
        let target = format!("/terminals/{}", percent_encode(name));
        self.call(Method::DELETE, &target, Bytes::new(), ANSWER_MAX, ANSWER)
            .await
            .map(drop)
            .map_err(|error| for_path(error, name))
    }

    /// The journal's entries after number `since`.
    pub async fn journal(&self, since: u64) -> Result<JournalPage, AgentError> {
        self.ask(
            Method::GET,
            &format!("/journal?since={since}"),
            Bytes::new(),
            JOURNAL_MAX,
            ANSWER,
        )
        .await
    }

    /// What happens in the sandbox, with the journal's entries after number `since` first. Ends when the connection does:
    /// come back with the last number seen.
    pub async fn events(
        &self,
        since: u64,
    ) -> Result<BoxStream<'static, Result<AgentEvent, AgentError>>, AgentError> {
        let doing = "an event stream";
        let socket = self.socket(&format!("/events?since={since}")).await?;
        Ok(socket
            .filter_map(move |message| async move {
                match message {
                    Ok(Message::Text(text)) => Some(decode(text.as_bytes(), doing)),
                    Ok(_) => None,
                    Err(error) => Some(Err(socket_error(&error, doing))),
                }
            })
            .boxed())
    }

    /// Opens a terminal, as in [`drydock_protocol::live`]; its shell is started if there is none of that name.
    pub async fn terminal(&self, name: &str) -> Result<AgentSocket, AgentError> {
        self.socket(&format!("/terminals/{}", percent_encode(name))).await
    }

    /// A connection to the socket of the learner's engine, byte for byte.
    pub(crate) async fn tunnel(&self) -> Result<Upgraded, AgentError> {
        let doing = "a way to the engine";
        let within = async {
            let mut sender = self.connect().await?;
            let request = self
                .request(Method::GET, "/engine")
                .header(header::CONNECTION, "upgrade")
                .header(header::UPGRADE, ENGINE_UPGRADE)
                .body(Full::new(Bytes::new()))
                .map_err(|error| AgentError::Nonsense {
                    doing: doing.to_owned(),
                    why: error.to_string(),
                })?;
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| broken(&error))?;
            if response.status() != StatusCode::SWITCHING_PROTOCOLS {
                return Err(refusal(response, doing).await);
            }
            hyper::upgrade::on(response).await.map_err(|error| broken(&error))
        };
        timeout(ANSWER, within)
            .await
            .map_err(|_| timed_out(doing, ANSWER))?
    }

    async fn socket(&self, target: &str) -> Result<AgentSocket, AgentError> {
        let within = async {
            let stream = self.stream().await?;
            let mut request = format!("ws://{}{target}", self.host)
                .into_client_request()
                .map_err(|error| AgentError::Nonsense {
                    doing: target.to_owned(),
                    why: error.to_string(),
                })?;
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, self.authorization.clone());
            let config = WebSocketConfig::default()
                .max_message_size(Some(FRAME_MAX))
                .max_frame_size(Some(FRAME_MAX))
                // What cannot be sent on is the caller's to hold back; a little room keeps it from stalling.
                .write_buffer_size(0)
                .max_write_buffer_size(FRAME_MAX);
            let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config))
                .await
                .map_err(|error| socket_error(&error, target))?;
            Ok(socket)
        };
        timeout(ANSWER, within)
            .await
            .map_err(|_| timed_out(target, ANSWER))?
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        target: &str,
        body: Bytes,
        limit: usize,
        within: Duration,
    ) -> Result<T, AgentError> {
        let response = self.call(method, target, body, limit, within).await?;
        decode(response.body(), target)
    }

    /// One request with its whole answer, if that is a success, both of bounded size and time.
    async fn call(
        &self,
        method: Method,
        target: &str,
        body: Bytes,
        limit: usize,
        within: Duration,
    ) -> Result<Response<Bytes>, AgentError> {
        let exchange = async {
            let mut sender = self.connect().await?;
            let request = self
                .request(method, target)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONNECTION, "close")
                .body(Full::new(body))
                .map_err(|error| AgentError::Nonsense {
                    doing: target.to_owned(),
                    why: error.to_string(),
                })?;
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| broken(&error))?;
            if !response.status().is_success() {
                return Err(refusal(response, target).await);
            }
            let (head, body) = response.into_parts();
            let body = Limited::new(body, limit).collect().await.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    AgentError::TooLarge {
                        doing: target.to_owned(),
                        limit: limit as u64,
                    }
                } else {
                    AgentError::Unreachable {
                        why: error.to_string(),
                    }
                }
            })?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        timeout(within, exchange)
            .await
            .map_err(|_| timed_out(target, within))?
    }

    fn request(&self, method: Method, target: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(target)
            .header(header::HOST, &*self.host)
            .header(header::AUTHORIZATION, self.authorization.clone())
    }

    async fn stream(&self) -> Result<TcpStream, AgentError> {
        let stream = timeout(CONNECT, TcpStream::connect(self.address))
            .await
            .map_err(|_| timed_out("being connected to", CONNECT))?
            .map_err(|error| AgentError::Unreachable {
                why: error.to_string(),
            })?;
        // A keystroke is not to wait for the one before it.
        stream
            .set_nodelay(true)
            .map_err(|error| AgentError::Unreachable {
                why: error.to_string(),
            })?;
        Ok(stream)
    }

    async fn connect(&self) -> Result<http1::SendRequest<Full<Bytes>>, AgentError> {
        let (sender, connection) = http1::handshake(TokioIo::new(self.stream().await?))
            .await
            .map_err(|error| broken(&error))?;
        // Ends with the sender and the body, which the caller's deadline drops.
        tokio::spawn(async move {
            let _ = connection.with_upgrades().await;
        });
        Ok(sender)
    }
}

async fn refusal(response: Response<Incoming>, doing: &str) -> AgentError {
    let status = response.status();
    let text = match Limited::new(response.into_body(), ANSWER_MAX).collect().await {
        Ok(body) => String::from_utf8_lossy(&body.to_bytes())
            .chars()
            .take(MESSAGE_MAX)
            .collect(),
        Err(_) => String::new(),
    };
    match status {
        StatusCode::NOT_FOUND => AgentError::NotFound {
            what: doing.to_owned(),
        },
        StatusCode::PAYLOAD_TOO_LARGE => AgentError::TooLarge {
            doing: doing.to_owned(),
            limit: FILE_MAX,
        },
        _ => AgentError::Refused {
            doing: doing.to_owned(),
            status: status.as_u16(),
            message: text,
        },
    }
}

/// Says a path as the caller gave it, where the general code only knew the request.
fn for_path(error: AgentError, path: &str) -> AgentError {
    match error {
        AgentError::NotFound { .. } => AgentError::NotFound {
            what: path.to_owned(),
        },
        other => other,
    }
}

fn broken(error: &hyper::Error) -> AgentError {
    AgentError::Unreachable {
        why: error.to_string(),
    }
}

fn timed_out(doing: &str, limit: Duration) -> AgentError {
    AgentError::TimedOut {
        doing: doing.to_owned(),
        seconds: limit.as_secs(),
    }
}

fn socket_error(error: &SocketError, doing: &str) -> AgentError {
    match error {
        SocketError::Http(response) if response.status() == StatusCode::NOT_FOUND => AgentError::NotFound {
            what: doing.to_owned(),
        },
        SocketError::Http(response) => AgentError::Refused {
            doing: doing.to_owned(),
            status: response.status().as_u16(),
            message: response
                .body()
                .as_deref()
                .map(|body| String::from_utf8_lossy(body).chars().take(MESSAGE_MAX).collect())
                .unwrap_or_default(),
        },
        SocketError::Capacity(_) => AgentError::TooLarge {
            doing: doing.to_owned(),
            limit: FRAME_MAX as u64,
        },
        other => AgentError::Unreachable {
            why: other.to_string(),
        },
    }
}

fn decode<T: DeserializeOwned>(body: &[u8], doing: &str) -> Result<T, AgentError> {
    serde_json::from_slice(body).map_err(|error| AgentError::Nonsense {
        doing: doing.to_owned(),
        why: error.to_string(),
    })
}

/// Escapes everything that may mean something in a path or a query.
fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
    out
}

const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
];

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Something that accepts one connection, reads a request's head and answers with these bytes.
    async fn liar(answer: Vec<u8>) -> AgentClient {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.read(&mut head).await;
        });
        AgentClient::new(address, "secret").unwrap()
    }

    fn http(head: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut_off() {
        let agent = liar(http("200 OK", &vec![b'['; ANSWER_MAX + 1])).await;
        assert!(matches!(agent.status().await, Err(AgentError::TooLarge { .. })));
    }

    #[tokio::test]
    async fn an_answer_that_is_no_answer_is_an_error() {
        let agent = liar(http("200 OK", b"{\"engine\": 3}")).await;
        assert!(matches!(agent.status().await, Err(AgentError::Nonsense { .. })));
        let agent = liar(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()).await;
        assert!(matches!(
            agent.status().await,
            Err(AgentError::Unreachable { .. })
        ));
    }

    #[tokio::test]
    async fn a_missing_file_is_named_as_the_caller_named_it() {
        let agent = liar(http("404 Not Found", b"")).await;
        match agent.read("a folder/x.txt").await {
            Err(AgentError::NotFound { what }) => assert_eq!(what, "a folder/x.txt"),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_folder_is_not_read_as_a_file() {
        let listing = br#"{"entries":[],"truncated":false}"#;
        let agent = liar(http("200 OK\r\nx-drydock-kind: folder", listing)).await;
        assert!(matches!(
            agent.read("x").await,
            Err(AgentError::WrongKind { wanted: "file", .. })
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_at_the_deadline() {
        let agent = liar(Vec::new()).await;
        assert!(matches!(
            agent.status().await,
            Err(AgentError::TimedOut { .. } | AgentError::Unreachable { .. })
        ));
    }

    #[tokio::test]
    async fn a_socket_that_is_refused_says_so() {
        let agent = liar(http("403 Forbidden", b"no")).await;
        match agent.terminal("main").await {
            Err(AgentError::Refused { status: 403, .. }) => {}
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_token_is_not_printed() {
        let agent = AgentClient::new("127.0.0.1:1".parse().unwrap(), "secret").unwrap();
        assert!(!format!("{agent:?}").contains("secret"));
    }

    #[test]
    fn paths_cannot_leave_their_place_in_a_request() {
        assert_eq!(percent_encode("a b/ü?&#\r\n"), "a%20b%2F%C3%BC%3F%26%23%0D%0A");
    }
}
