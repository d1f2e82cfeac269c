//! How an agent can fail to answer.

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
