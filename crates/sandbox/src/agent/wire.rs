//! Connections to an agent: each with a deadline, each answer with a limit.

use std::time::Duration;

use bytes::Bytes;
use drydock_protocol::agent::FILE_MAX;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::{AgentClient, AgentError, AgentSocket};

/// How long connecting may take: the sandbox is one bridge away.
const CONNECT: Duration = Duration::from_secs(3);
/// How long a short question may take. A sandbox at its limits is slow, and still worth an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// Largest answer to a short question.
pub(super) const ANSWER_MAX: usize = 64 * 1024;
/// Largest frame of a socket.
const FRAME_MAX: usize = 1024 * 1024;
/// How much of an error's text is kept.
const MESSAGE_MAX: usize = 2048;

impl AgentClient {
    pub(super) async fn socket(&self, target: &str) -> Result<AgentSocket, AgentError> {
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

    pub(super) async fn ask<T: DeserializeOwned>(
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
    pub(super) async fn call(
        &self,
        method: Method,
        target: &str,
        body: Bytes,
        limit: usize,
        within: Duration,
    ) -> Result<Response<Bytes>, AgentError> {
        let exchange = async {
            let (head, body) = self.send(method, target, body).await?.into_parts();
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

    /// One request, and the beginning of its answer, if that is a success. Whoever reads on sets limits.
    pub(super) async fn send(
        &self,
        method: Method,
        target: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, AgentError> {
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
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(refusal(response, target).await)
        }
    }

    pub(super) fn request(&self, method: Method, target: &str) -> http::request::Builder {
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

    pub(super) async fn connect(&self) -> Result<http1::SendRequest<Full<Bytes>>, AgentError> {
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

pub(super) async fn refusal(response: Response<Incoming>, doing: &str) -> AgentError {
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

pub(super) fn broken(error: &hyper::Error) -> AgentError {
    AgentError::Unreachable {
        why: error.to_string(),
    }
}

pub(super) fn timed_out(doing: &str, limit: Duration) -> AgentError {
    AgentError::TimedOut {
        doing: doing.to_owned(),
        seconds: limit.as_secs(),
    }
}

pub(super) fn socket_error(error: &SocketError, doing: &str) -> AgentError {
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

pub(super) fn decode<T: DeserializeOwned>(body: &[u8], doing: &str) -> Result<T, AgentError> {
    serde_json::from_slice(body).map_err(|error| AgentError::Nonsense {
        doing: doing.to_owned(),
        why: error.to_string(),
    })
}
