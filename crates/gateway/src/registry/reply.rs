//! Answers in a registry's own form: errors as the distribution specification has them, and what the registry behind us
//! said with its inner names taken out.

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, LINK,
    LOCATION, RANGE, RETRY_AFTER,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::json;

use super::upstream::Away;
use crate::body::{Body, empty, gather, whole};

/// Longest error of the registry that is passed on.
const ERROR_MAX: usize = 64 * 1024;

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
pub(crate) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub(crate) const UPLOAD_ID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// What of an answer's headers goes on to the client.
const PASSED: [HeaderName; 14] = [
    ACCEPT_RANGES,
    CACHE_CONTROL,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    CONTENT_DIGEST,
    ETAG,
    LAST_MODIFIED,
    RANGE,
    UPLOAD_ID,
    HeaderName::from_static("oci-chunk-min-length"),
    HeaderName::from_static("oci-filters-applied"),
    HeaderName::from_static("oci-subject"),
    HeaderName::from_static("oci-tag"),
];

/// An answer that is an error.
#[derive(Debug)]
pub(crate) enum Problem {
    /// As the specification's list of codes has it, with a message for people.
    Known(StatusCode, &'static str, String),
    /// A registry is away.
    Away(Away),
}

impl From<Away> for Problem {
    fn from(away: Away) -> Self {
        Self::Away(away)
    }
}

impl Problem {
    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::Known(StatusCode::FORBIDDEN, "DENIED", message.into())
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::Known(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", message.into())
    }

    pub(crate) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::Known(StatusCode::NOT_FOUND, code, message.into())
    }

    /// Why, for the audit log, and whether it was a refusal.
    pub(crate) fn why(&self) -> (String, bool) {
        match self {
            Self::Known(status, code, _) => ((*code).to_owned(), *status == StatusCode::FORBIDDEN),
            Self::Away(away) => (away.to_string(), false),
        }
    }

    pub(crate) fn answer(self, method: &Method) -> Response<Body> {
        let (status, code, message) = match self {
            Self::Known(status, code, message) => (status, code, message),
            Self::Away(away) => {
                tracing::warn!(%away, "gateway.registry_away");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "UNAVAILABLE",
                    format!(
                        "{} is not answering just now. It is being started again; try in a moment",
                        away.what
                    ),
                )
            }
        };
        // An error without a detail, with the usual message, docker takes for one that passes, and tries for a minute.
        let errors = json!({"errors": [{"code": code, "message": message, "detail": {}}]});
        let mut response = json(method, status, &errors);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

pub(crate) fn json(method: &Method, status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    let text = format!("{value}\n");
    let length = text.len();
    let body = if method == Method::HEAD {
        empty()
    } else {
        whole(text)
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    response
}

/// A repository by both of its names.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    /// The host as the client calls it.
    pub(crate) host: String,
    /// As the client calls it.
    pub(crate) outer: String,
    /// As the registry behind us calls it.
    pub(crate) inner: String,
}

impl Repository {
    /// The client's address for one of the registry's, relative or absolute. None: it is not of this repository.
    fn translate(&self, location: &str) -> Option<String> {
        let path = match location.split_once("://") {
            Some((_, rest)) => &rest[rest.find('/')?..],
            None => location,
        };
        let rest = path.strip_prefix("/v2/")?.strip_prefix(&self.inner)?;
        rest.starts_with('/')
            .then(|| format!("https://{}/v2/{}{rest}", self.host, self.outer))
    }

    /// `path` below this repository in the registry behind us.
    pub(crate) fn target(&self, path: &str) -> String {
        format!("/v2/{}/{path}", self.inner)
    }

    /// Passes an answer on: its body streams, its names are the client's.
    pub(crate) async fn pass(
        &self,
        response: Response<Body>,
        method: &Method,
    ) -> Result<Response<Body>, Away> {
        let (parts, body) = response.into_parts();
        let mut headers = passed(&parts.headers);
        if let Some(location) = parts
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| self.translate(value))
            .and_then(|value| HeaderValue::try_from(value).ok())
        {
            headers.insert(LOCATION, location);
        }
        let is_error = parts.status.is_client_error() || parts.status.is_server_error();
        let body = if method == Method::HEAD {
            empty()
        } else if is_error {
            headers.remove(CONTENT_LENGTH);
            whole(self.error(parts.status, body).await?)
        } else {
            body
        };
        let mut response = Response::new(body);
        *response.status_mut() = parts.status;
        *response.headers_mut() = headers;
        response
            .headers_mut()
            .insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
        Ok(response)
    }

    /// An error with the client's names in it.
    async fn error(&self, status: StatusCode, body: Body) -> Result<Bytes, Away> {
        let body = gather(body, ERROR_MAX).await.map_err(|error| Away {
            what: "the classroom registry".to_owned(),
            why: error.to_string(),
        })?;
        let text = String::from_utf8_lossy(&body).replace(&self.inner, &self.outer);
        if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
            return Ok(text.into());
        }
        let message = status.canonical_reason().unwrap_or("error");
        Ok(format!(
            "{}\n",
            json!({"errors": [{"code": "UNKNOWN", "message": message}]})
        )
        .into())
    }
}

fn passed(headers: &HeaderMap) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for name in PASSED {
        for value in headers.get_all(&name) {
            passed.append(name.clone(), value.clone());
        }
    }
    passed
}

/// A page's `Link` to the next.
pub(crate) fn next_page(response: &mut Response<Body>, target: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("<{target}>; rel=\"next\"")) {
        response.headers_mut().insert(LINK, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        Repository {
            host: "registry.example.com".into(),
            outer: "team/app".into(),
            inner: "learners/l1/registry.example.com/team/app".into(),
        }
    }

    #[test]
    fn locations_are_the_clients() {
        let translate = |location: &str| repository().translate(location);
        let outer = "https://registry.example.com/v2/team/app/blobs/uploads/1f?_state=a%3D%3D";
        let inner = "/v2/learners/l1/registry.example.com/team/app/blobs/uploads/1f?_state=a%3D%3D";
        assert_eq!(translate(inner).as_deref(), Some(outer));
        assert_eq!(
            translate(&format!("http://172.20.0.2:5000{inner}")).as_deref(),
            Some(outer)
        );
        assert_eq!(
            translate("/v2/learners/l2/registry.example.com/team/app/blobs/x"),
            None
        );
        assert_eq!(
            translate("/v2/learners/l1/registry.example.com/team/apps/blobs/x"),
            None
        );
        assert_eq!(translate("http://elsewhere"), None);
    }
}
