//! What can go wrong, in words for the one who asked, and the HTTP status that it becomes.

use std::borrow::Cow;
use std::io;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use thiserror::Error;

/// Why something that was asked of the agent was not done. The answer's body is the text, plain.
#[derive(Debug, Error)]
pub enum Error {
    /// No token, or not this agent's.
    #[error("the request carries no valid bearer token")]
    Unauthorized,
    /// A request that makes no sense.
    #[error("{0}")]
    BadRequest(Cow<'static, str>),
    /// A path that is not one of the workspace.
    #[error("`{path}` is not a path of the workspace: {why}")]
    BadPath {
        /// As it was given.
        path: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A path that a link leads out of the workspace.
    #[error("`{0}` leads outside the workspace, by a symbolic link")]
    Outside(String),
    /// No such file, folder or terminal.
    #[error("there is no {what} `{name}`")]
    NotFound {
        /// `file or folder`, `terminal`.
        what: &'static str,
        /// Which.
        name: String,
    },
    /// Something is there, and it is not of the needed kind.
    #[error("`{path}` {why}")]
    WrongKind {
        /// Relative to the workspace.
        path: String,
        /// `is a folder`, `is not a regular file` …
        why: &'static str,
    },
    /// Larger than what is passed on.
    #[error("`{path}` is larger than {limit} bytes")]
    TooLarge {
        /// Relative to the workspace.
        path: String,
        /// In bytes.
        limit: u64,
    },
    /// As many as there may be are there already.
    #[error("there are {limit} {what} already, which is the most; {remedy}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        limit: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// The disk, or the quota of the home folder, is full.
    #[error("cannot {doing}: no space left; delete files that are not needed")]
    NoSpace {
        /// What was being done.
        doing: Cow<'static, str>,
    },
    /// The engine's socket does not answer.
    #[error("the engine does not answer: {0}")]
    NoEngine(io::Error),
    /// Something else listens at the engine's socket than did at first, and only the first is believed.
    #[error("another process has taken the place of the engine: what it says is not passed on")]
    AnotherEngine,
    /// The other side took too long.
    #[error("the request took too long to arrive")]
    TimedOut,
    /// The system refused.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: Cow<'static, str>,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// The system refused while `doing` (a verb and its object: "read notes.txt").
    pub fn io(doing: impl Into<Cow<'static, str>>, source: impl Into<io::Error>) -> Self {
        let (doing, source) = (doing.into(), source.into());
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace { doing },
            _ => Self::Io { doing, source },
        }
    }

    /// The status that this becomes.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::BadRequest(_) | Self::BadPath { .. } => StatusCode::BAD_REQUEST,
            Self::Outside(_) => StatusCode::FORBIDDEN,
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::WrongKind { .. } => StatusCode::CONFLICT,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NoSpace { .. } => StatusCode::INSUFFICIENT_STORAGE,
            Self::NoEngine(_) | Self::AnotherEngine => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::REQUEST_TIMEOUT,
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::PermissionDenied => StatusCode::FORBIDDEN,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        (self.status(), self.to_string()).into_response()
    }
}
