//! The client of the agent inside a sandbox: commands, files, terminals, the journal, and the way to the learner's engine.
//!
//! The agent belongs to the learner and may answer anything. So every answer has a size limit and a deadline, and
//! nothing in it is more than a claim.

mod error;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use drydock_protocol::agent::{
    AgentEvent, ENGINE_UPGRADE, FILE_MAX, JournalPage, PIECE_MAX, SIZE_HEADER, Status,
};
use drydock_protocol::api::{ExecRequest, ExecResult, Listing};
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyDataStream, Full, Limited};
use hyper::upgrade::Upgraded;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

pub use self::error::AgentError;
use self::wire::{ANSWER, ANSWER_MAX, broken, decode, refusal, socket_error, timed_out};

/// A WebSocket to the agent.
pub type AgentSocket = WebSocketStream<TcpStream>;

/// How long a file may take on its way.
const TRANSFER: Duration = Duration::from_secs(60);
/// What is added to a command's own time before it is given up from outside.
const EXEC_GRACE: Duration = Duration::from_secs(15);

const KIB: usize = 1024;
/// Largest archive of a workspace: more than a sandbox's disk holds, but for one that makes it up.
const ARCHIVE_MAX: usize = 8 * 1024 * 1024 * KIB;
/// Largest folder listing: 2,000 entries.
const LISTING_MAX: usize = 4096 * KIB;
/// Largest page of the journal.
const JOURNAL_MAX: usize = 32 * 1024 * KIB;
/// Largest result of a command: twice 1 MiB, each byte up to six when escaped.
const EXEC_MAX: usize = 13 * 1024 * KIB;

/// What stands at a path of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file's bytes, at most [`FILE_MAX`].
    File(Bytes),
    /// A folder's entries.
    Folder(Listing),
}

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its bytes; none beyond the file's end.
    pub bytes: Bytes,
    /// How large the whole file is.
    pub size: u64,
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

    /// Reads a piece of a file of whatever size: at most `length` bytes and at most [`PIECE_MAX`], from the byte `from` on.
    pub async fn piece(&self, path: &str, from: u64, length: u64) -> Result<Piece, AgentError> {
        let length = length.min(PIECE_MAX);
        let target = format!("/files?path={}&from={from}&length={length}", percent_encode(path));
        let limit = usize::try_from(length).unwrap_or(usize::MAX).max(LISTING_MAX);
        let (head, bytes) = self
            .call(Method::GET, &target, Bytes::new(), limit, TRANSFER)
            .await
            .map_err(|error| for_path(error, path))?
            .into_parts();
        if head.headers.get("x-drydock-kind").map(HeaderValue::as_bytes) == Some(b"folder") {
            return Err(AgentError::WrongKind {
                path: path.to_owned(),
                wanted: "file",
            });
        }
        let size = head
            .headers
            .get(SIZE_HEADER)
            .and_then(|size| size.to_str().ok()?.parse().ok());
        match size {
            Some(size) if bytes.len() as u64 <= length => Ok(Piece { bytes, size }),
            _ => Err(AgentError::Nonsense {
                doing: target,
                why: "no piece of a file: is the sandbox image older than this server?".to_owned(),
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

    /// Moves a file or folder to a path where nothing is; folders on the way are made.
    pub async fn rename(&self, path: &str, to: &str) -> Result<(), AgentError> {
        let target = format!("/files?path={}&to={}", percent_encode(path), percent_encode(to));
        self.call(Method::POST, &target, Bytes::new(), ANSWER_MAX, TRANSFER)
            .await
            .map(drop)
            .map_err(|error| for_path(error, path))
    }

    /// The whole workspace as a tar packed with gzip, as it comes, at most [`ARCHIVE_MAX`] bytes. It breaks off where it cannot go on.
    pub async fn archive(&self) -> Result<BoxStream<'static, io::Result<Bytes>>, AgentError> {
        let asked = self.send(Method::GET, "/archive", Bytes::new());
        let response = timeout(ANSWER, asked)
            .await
            .map_err(|_| timed_out("an archive", ANSWER))??;
        let body = Limited::new(response.into_body(), ARCHIVE_MAX);
        Ok(BodyDataStream::new(body).map_err(io::Error::other).boxed())
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

    #[tokio::test]
    async fn a_piece_says_how_large_the_file_is_and_is_no_larger_than_asked() {
        let head = "200 OK\r\nx-drydock-kind: file\r\nx-drydock-size: 9000000000";
        let piece = liar(http(head, b"abcd")).await.piece("x", 0, 4).await.unwrap();
        assert_eq!((&piece.bytes[..], piece.size), (&b"abcd"[..], 9_000_000_000));
        for (head, length) in [(head, 3), ("200 OK\r\nx-drydock-kind: file", 4)] {
            let answer = liar(http(head, b"abcd")).await.piece("x", 0, length).await;
            assert!(matches!(answer, Err(AgentError::Nonsense { .. })), "{answer:?}");
        }
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
