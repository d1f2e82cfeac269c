//! Uploads: begun, gone on with in pieces, and completed, while the book looks on. Nothing of a blob is held here but the
//! few kilobytes that are on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::SinkExt as _;
use futures::channel::mpsc;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use tokio::time::timeout;

use super::ledger::Ledger;
use super::push::{ledger, over_quota, too_many};
use super::reply::{CONTENT_DIGEST, Problem, Repository, UPLOAD_ID};
use super::route::{is_digest, is_name};
use super::upstream::{Call, Content, Upstream};
use super::{Place, Registry, parameter, useful};
use crate::audit::Entry;
use crate::body::{Body, Failure, Inward};

/// Who sends more than there is room for is listened to a little longer, or they would not hear the answer.
const LISTENED: Duration = Duration::from_secs(20);

/// `POST …/blobs/uploads/`: mounts a blob, takes one in one piece, or begins an upload.
pub(super) async fn begin(
    registry: &Registry,
    place: &Place<'_>,
    name: &str,
    request: Request<Incoming>,
    entry: &Entry,
) -> Result<Response<Body>, Problem> {
    let repository = place.repository(name);
    let ledger = ledger(registry, place).await?;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let digest = |name| parameter(&query, name).filter(|digest| is_digest(digest));
    let mut path = "blobs/uploads/".to_owned();
    if ledger.repository(&repository.inner).is_err() {
        return Err(too_many(place));
    }
    if ledger.name().is_err() {
        return Err(over_quota(&ledger, place));
    }
    if let Some(mount) = digest("mount")
        && let Some(from) = source(registry, place, &mount, &query).await?
    {
        path = format!("{path}?mount={mount}&from={from}");
    }
    let begun = registry
        .classroom
        .send(Call::new(Method::POST, repository.target(&path)))
        .await?;
    if begun.status() != StatusCode::ACCEPTED {
        return Ok(repository.pass(begun, &Method::POST).await?);
    }
    let (Some(id), Some(location)) = (
        text(begun.headers(), &UPLOAD_ID),
        text(begun.headers(), &LOCATION),
    ) else {
        return Ok(repository.pass(begun, &Method::POST).await?);
    };
    let Ok(given_up) = ledger.begin(&id, &location) else {
        cancel(registry.classroom.clone(), &location);
        return Err(Problem::Known(
            StatusCode::TOO_MANY_REQUESTS,
            "TOOMANYREQUESTS",
            "too many uploads are under way; let some of them end".to_owned(),
        ));
    };
    for location in given_up {
        cancel(registry.classroom.clone(), &location);
    }
    match digest("digest") {
        // In one piece: the specification's short form, which the registry behind us does not know.
        Some(digest) if !request.body().is_end_stream() => {
            let separator = if location.contains('?') { '&' } else { '?' };
            let target = format!("{}{separator}digest={digest}", path_of(&location));
            let step = Step {
                registry,
                place,
                repository: &repository,
                ledger: &ledger,
                id: &id,
            };
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, octets());
            let call = Call::new(Method::PUT, target).headers(headers);
            step.take(call, request.into_body(), entry).await
        }
        _ => Ok(repository.pass(begun, &Method::POST).await?),
    }
}

/// Where a blob may be mounted from: the classroom's images, or the learner's own.
async fn source(
    registry: &Registry,
    place: &Place<'_>,
    digest: &str,
    query: &str,
) -> Result<Option<String>, Problem> {
    if let Some(from) = registry.index.find(&registry.classroom, digest).await? {
        return Ok(Some(from));
    }
    Ok(parameter(query, "from")
        .filter(|from| is_name(from))
        .map(|from| place.repository(&from).inner))
}

/// `PATCH`, `PUT`, `GET` and `DELETE` of an upload that has begun.
pub(super) async fn go_on(
    registry: &Registry,
    place: &Place<'_>,
    name: &str,
    id: &str,
    request: Request<Incoming>,
    entry: &Entry,
) -> Result<Response<Body>, Problem> {
    let repository = place.repository(name);
    let ledger = ledger(registry, place).await?;
    let method = request.method().clone();
    let query = request.uri().query().unwrap_or_default();
    let target = repository.target(&format!("blobs/uploads/{id}?{query}"));
    let mut headers = useful(request.headers());
    // The registry takes a form's fields for parameters, before those of the query.
    headers.insert(CONTENT_TYPE, octets());
    let call = Call::new(method.clone(), target).headers(headers);
    let step = Step {
        registry,
        place,
        repository: &repository,
        ledger: &ledger,
        id,
    };
    match method {
        Method::PATCH | Method::PUT => step.take(call, request.into_body(), entry).await,
        Method::GET => Ok(repository
            .pass(registry.classroom.send(call).await?, &method)
            .await?),
        Method::DELETE => {
            let ended = registry.classroom.send(call).await?;
            if ended.status().is_success() {
                ledger.end(id);
            }
            Ok(repository.pass(ended, &method).await?)
        }
        _ => Err(Problem::unsupported("this is not how an upload goes on")),
    }
}

/// One request of an upload.
struct Step<'a> {
    registry: &'a Registry,
    place: &'a Place<'a>,
    repository: &'a Repository,
    ledger: &'a Arc<Ledger>,
    id: &'a str,
}

impl Step<'_> {
    /// Passes a piece on, if there is room for it.
    async fn take(&self, call: Call, body: Incoming, entry: &Entry) -> Result<Response<Body>, Problem> {
        let length = body.size_hint().exact();
        let full = Arc::new(AtomicBool::new(false));
        if length.is_some_and(|length| !self.ledger.has_room(length)) {
            tokio::spawn(listen(Inward::new(body, entry, None)));
            return Err(self.over());
        }
        let method = call.method.clone();
        let content = if length == Some(0) {
            Content::None
        } else {
            let inward = Inward::new(body, entry, None);
            let stream = charged(
                inward,
                Arc::clone(self.ledger),
                self.id.to_owned(),
                Arc::clone(&full),
            );
            Content::Stream(stream, length)
        };
        let answered = self.registry.classroom.send(call.content(content)).await;
        if full.load(Ordering::Acquire) {
            return Err(self.over());
        }
        let answered = answered?;
        match answered.status() {
            StatusCode::CREATED => {
                // What it has become, the registry says: it may have read the request otherwise.
                if let Some(digest) = text(answered.headers(), &CONTENT_DIGEST) {
                    self.ledger.complete(self.id, &digest);
                }
            }
            StatusCode::ACCEPTED => {
                if let Some(location) = text(answered.headers(), &LOCATION) {
                    self.ledger.moved(self.id, &location);
                }
            }
            StatusCode::NOT_FOUND => {
                self.ledger.end(self.id);
            }
            _ => {}
        }
        Ok(self.repository.pass(answered, &method).await?)
    }

    /// There is no room: the upload has come to nothing.
    fn over(&self) -> Problem {
        if let Some(location) = self.ledger.end(self.id).filter(|location| !location.is_empty()) {
            cancel(self.registry.classroom.clone(), &location);
        }
        over_quota(self.ledger, self.place)
    }
}

/// A body whose bytes are charged as they pass. One that finds no room breaks, and what still comes is thrown away.
fn charged(mut body: Inward<Incoming>, ledger: Arc<Ledger>, id: String, full: Arc<AtomicBool>) -> Body {
    let (mut sender, receiver) = mpsc::channel::<Result<Frame<Bytes>, Failure>>(1);
    tokio::spawn(async move {
        while let Some(frame) = body.frame().await {
            let bytes = match &frame {
                Ok(frame) => frame.data_ref().map_or(0, |data| data.len() as u64),
                Err(_) => 0,
            };
            if ledger.charge(&id, bytes).is_err() {
                full.store(true, Ordering::Release);
                let _ = sender.send(Err("over the quota".into())).await;
                drop(sender);
                return listen(body).await;
            }
            if sender.send(frame).await.is_err() {
                // The registry did not want all of it; its answer says why.
                return listen(body).await;
            }
        }
    });
    StreamBody::new(receiver).boxed_unsync()
}

async fn listen(mut body: Inward<Incoming>) {
    let all = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = timeout(LISTENED, all).await;
}

/// Tells the registry that an upload is not gone on with. Nobody waits for that.
fn cancel(registry: Upstream, location: &str) {
    let call = Call::new(Method::DELETE, path_of(location));
    tokio::spawn(async move {
        if let Err(away) = registry.send(call).await {
            tracing::debug!(%away, "gateway.upload_not_cancelled");
        }
    });
}

/// Path and query of a location of the registry's.
fn path_of(location: &str) -> String {
    match location.split_once("://") {
        Some((_, rest)) => rest
            .find('/')
            .map_or_else(String::new, |at| rest[at..].to_owned()),
        None => location.to_owned(),
    }
}

fn octets() -> HeaderValue {
    HeaderValue::from_static("application/octet-stream")
}

fn text(headers: &HeaderMap, name: &http::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(ToOwned::to_owned)
}
