//! Errors as they leave the server: `application/problem+json` (RFC 9457).
//!
//! Each kind of problem is one variant of [`Kind`]; its status and its title are pinned in one table, and
//! whoever raises it adds the detail that says what happened to what and what to do.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use drydock_grader::AnswerError;
use drydock_protocol::api::Problem;
use drydock_sandbox::AgentError;

/// What an API handler fails with.
#[derive(Debug)]
pub struct ApiError {
    kind: Kind,
    detail: String,
}

/// The kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request makes no sense.
    BadRequest,
    /// It came from another site.
    ForeignOrigin,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// There is no sandbox that is ready.
    NoSandbox,
    /// It cannot be done in the present state.
    Conflict,
    /// An answer that cannot be judged.
    NoAnswer,
    /// A hint's time has not come.
    HintNotDue,
    /// A solution may not be seen yet, or not at all.
    SolutionNotDue,
    /// A solution that ends what its exercise can bring, and nobody has agreed to that.
    GivesUp,
    /// A file or a body is larger than is taken.
    TooLarge,
    /// The host engine, or the learner's, does not answer.
    Engine,
    /// The database does not answer or the disk is full.
    Storage,
    /// Too much waits already.
    Busy,
    /// A token is missing, or is not the right one.
    Unauthorized,
    /// Our own fault.
    Internal,
}

impl Kind {
    /// The stable name, the status and the title of a kind.
    fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::BadRequest => (
                "bad-request",
                StatusCode::BAD_REQUEST,
                "The request cannot be understood",
            ),
            Self::ForeignOrigin => (
                "foreign-origin",
                StatusCode::FORBIDDEN,
                "The request came from another site",
            ),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is no such thing"),
            Self::NoSandbox => ("no-sandbox", StatusCode::CONFLICT, "No sandbox is running"),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "That cannot be done now"),
            Self::NoAnswer => ("no-answer", StatusCode::CONFLICT, "That cannot be judged"),
            Self::HintNotDue => (
                "hint-not-due",
                StatusCode::CONFLICT,
                "The next hint is not due yet",
            ),
            Self::SolutionNotDue => (
                "solution-not-due",
                StatusCode::CONFLICT,
                "The solution is not shown now",
            ),
            Self::GivesUp => (
                "gives-up",
                StatusCode::CONFLICT,
                "That would end what the exercise can bring",
            ),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "That is too large"),
            Self::Engine => (
                "engine",
                StatusCode::SERVICE_UNAVAILABLE,
                "The engine does not answer",
            ),
            Self::Storage => (
                "storage",
                StatusCode::SERVICE_UNAVAILABLE,
                "Progress cannot be read or kept now",
            ),
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE, "There is too much to do"),
            Self::Unauthorized => (
                "unauthorized",
                StatusCode::UNAUTHORIZED,
                "The token is missing or wrong",
            ),
            Self::Internal => (
                "internal",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong on our side",
            ),
        }
    }
}

impl ApiError {
    /// A problem of this kind; `detail` says what happened to what and what to do.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// There is nothing at this address.
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, format!("There is no {what} here."))
    }

    /// There is no sandbox that is ready.
    pub fn no_sandbox() -> Self {
        Self::new(
            Kind::NoSandbox,
            "Start a sandbox first: press Start beside the lesson, or POST /api/v1/sandbox.",
        )
    }

    /// The same as a value to show or to send.
    pub fn to_problem(&self) -> Problem {
        let (name, status, title) = self.kind.row();
        Problem {
            kind: format!("/problems/{name}"),
            title: title.into(),
            status: status.as_u16(),
            detail: self.detail.clone(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = self.to_problem();
        let (_, status, _) = self.kind.row();
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

impl From<crate::store::StoreError> for ApiError {
    fn from(error: crate::store::StoreError) -> Self {
        tracing::error!(error = %error, "store.failed");
        Self::new(
            Kind::Storage,
            "The database could not be reached. Nothing you did in the terminal is lost; try again in a moment.",
        )
    }
}

impl From<tower_sessions::session::Error> for ApiError {
    fn from(error: tower_sessions::session::Error) -> Self {
        tracing::error!(error = %error, "session.failed");
        Self::new(
            Kind::Storage,
            "Your session could not be read. Try again in a moment.",
        )
    }
}

impl From<AgentError> for ApiError {
    fn from(error: AgentError) -> Self {
        let kind = match &error {
            AgentError::NotFound { .. } => Kind::NotFound,
            // What is in the way there, in the agent's words.
            AgentError::Refused {
                status: 409, message, ..
            } => return Self::new(Kind::Conflict, message.clone()),
            AgentError::WrongKind { .. } => Kind::Conflict,
            AgentError::TooLarge { .. } | AgentError::Refused { status: 413, .. } => Kind::TooLarge,
            AgentError::Refused {
                status: 400..=499, ..
            } => Kind::BadRequest,
            _ => Kind::Engine,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<AnswerError> for ApiError {
    fn from(error: AnswerError) -> Self {
        let kind = match &error {
            AnswerError::NotAsked => Kind::NotFound,
            AnswerError::NoSuchChoice | AnswerError::TooLong => Kind::BadRequest,
            AnswerError::Unread(_) => Kind::Engine,
            _ => Kind::NoAnswer,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<drydock_sandbox::Error> for ApiError {
    fn from(error: drydock_sandbox::Error) -> Self {
        use drydock_sandbox::Error;
        match error {
            Error::Agent(error) => error.into(),
            Error::NoSandbox => Self::no_sandbox(),
            Error::CannotExtend { .. } => Self::new(Kind::Conflict, error.to_string()),
            error => Self::new(Kind::Engine, error.to_string()),
        }
    }
}

/// A JSON body; one that cannot be read becomes a problem that says what is wrong with it.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(ApiError))]
pub struct Body<T>(pub T);

/// Bytes as they come, at most `MAX` of them. The route's own limit has to be the same.
#[derive(Debug)]
pub struct Upload<const MAX: usize>(pub Bytes);

impl<S: Send + Sync, const MAX: usize> FromRequest<S> for Upload<MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, state).await;
        body.map(Self).map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                let detail = format!(
                    "At most {} MiB are taken here. Nothing of it was kept.",
                    MAX >> 20
                );
                ApiError::new(Kind::TooLarge, detail)
            } else {
                rejected(rejection.status(), rejection.body_text())
            }
        })
    }
}

/// Parts of the address; likewise.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

/// The query; likewise.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

/// A rejection of axum's, kept in its words.
fn rejected(status: StatusCode, text: String) -> ApiError {
    ApiError::new(
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            Kind::TooLarge
        } else {
            Kind::BadRequest
        },
        text,
    )
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        rejected(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        rejected(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        rejected(rejection.status(), rejection.body_text())
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        rejected(rejection.status(), rejection.body_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The statuses are part of the API: a change here is a change for everyone who calls it.
    #[test]
    fn each_kind_has_its_status() {
        let table = [
            (Kind::BadRequest, 400),
            (Kind::ForeignOrigin, 403),
            (Kind::NotFound, 404),
            (Kind::NoSandbox, 409),
            (Kind::Conflict, 409),
            (Kind::NoAnswer, 409),
            (Kind::HintNotDue, 409),
            (Kind::SolutionNotDue, 409),
            (Kind::GivesUp, 409),
            (Kind::TooLarge, 413),
            (Kind::Engine, 503),
            (Kind::Storage, 503),
            (Kind::Busy, 503),
            (Kind::Unauthorized, 401),
            (Kind::Internal, 500),
        ];
        for (kind, status) in table {
            assert_eq!(ApiError::new(kind, "").to_problem().status, status, "{kind:?}");
        }
    }
}
