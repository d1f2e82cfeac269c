//! Bodies, headers and answers.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use serde::Deserialize;

use crate::Error;
use crate::manifest;

/// The most that is read of an answer that is kept in memory, in bytes.
const ANSWER_MAX: usize = 8 * 1024 * 1024;

pub(super) type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// What a registry says when it says no.
#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

pub(super) fn empty() -> Body {
    full(Bytes::new())
}

pub(super) fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

pub(super) fn octets() -> HeaderValue {
    HeaderValue::from_static("application/octet-stream")
}

pub(super) fn accept_manifests() -> HeaderMap {
    manifest::ACCEPTED
        .iter()
        .map(|kind| (header::ACCEPT, HeaderValue::from_static(kind)))
        .collect()
}

pub(super) fn text(value: Option<&HeaderValue>) -> Option<String> {
    value?.to_str().ok().map(str::to_owned)
}

pub(super) fn length(answer: &Response<Incoming>) -> Option<u64> {
    text(answer.headers().get(header::CONTENT_LENGTH))?.parse().ok()
}

pub(super) async fn read(doing: &str, answer: Response<Incoming>) -> Result<Bytes, Error> {
    Limited::new(answer.into_body(), ANSWER_MAX)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| Error::Registry {
            doing: doing.to_owned(),
            why: format!("its answer could not be read: {error}"),
            status: None,
        })
}

pub(super) fn parse<'a, T: Deserialize<'a>>(doing: &str, bytes: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::Registry {
        doing: doing.to_owned(),
        why: format!("its answer is not what was expected: {error}"),
        status: None,
    })
}

/// The error of an answer that says no.
pub(super) async fn refused(doing: String, answer: Response<Incoming>) -> Error {
    let status = answer.status();
    let said = read(&doing, answer).await.unwrap_or_default();
    let why = serde_json::from_slice::<Refusal>(&said)
        .ok()
        .and_then(|refusal| refusal.errors.into_iter().next())
        .map_or_else(
            || status.to_string(),
            |reason| format!("{} ({})", reason.message, reason.code),
        );
    Error::Registry {
        doing,
        why,
        status: Some(status.as_u16()),
    }
}

/// The path that an answer leads to: on this registry, whatever host it names.
pub(super) fn next(doing: &str, answer: &Response<Incoming>) -> Result<String, Error> {
    text(answer.headers().get(header::LOCATION))
        .and_then(|location| location.parse::<http::Uri>().ok())
        .and_then(|uri| uri.path_and_query().map(ToString::to_string))
        .ok_or_else(|| Error::Registry {
            doing: doing.to_owned(),
            why: "it does not say where to go on".to_owned(),
            status: None,
        })
}
