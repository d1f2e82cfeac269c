//! A learner's own part of a registry: only they read and write it, within their quota.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;

use super::ledger::Ledger;
use super::lookalike::list;
use super::manifest::{MANIFEST_MAX, Manifest, understood};
use super::reply::{CONTENT_DIGEST, Problem, Repository};
use super::route::{Reference, Route};
use super::upstream::{Away, Call, Content};
use super::{Place, Registry, tags, upload, useful, walk};
use crate::audit::Entry;
use crate::body::{Body, Inward};
use crate::gateway::Gateway;
use crate::refusal::size;

pub(super) async fn answer(
    gateway: &Gateway,
    place: &Place<'_>,
    route: Route,
    request: Request<Incoming>,
    entry: &Entry,
) -> Result<Response<Body>, Problem> {
    let registry = &gateway.registry;
    let method = request.method().clone();
    let reads = matches!(method, Method::GET | Method::HEAD);
    match route {
        Route::Catalog if reads => {
            let prefix = place.prefix();
            let found = walk::repositories(&registry.classroom, &prefix).await?;
            let mut names: Vec<String> = found
                .iter()
                .filter_map(|name| name.strip_prefix(&prefix))
                .map(ToOwned::to_owned)
                .collect();
            names.sort();
            Ok(tags::catalog(
                names,
                &method,
                request.uri().query().unwrap_or_default(),
            ))
        }
        Route::Tags(name) if reads => {
            let repository = place.repository(&name);
            let query = request.uri().query().unwrap_or_default();
            let found = walk::tags(&registry.classroom, &repository.inner).await?;
            let found = found.ok_or_else(|| {
                Problem::not_found(
                    "NAME_UNKNOWN",
                    format!("you have not pushed {}/{name}", place.host.name),
                )
            })?;
            Ok(tags::page(&repository, found, &method, query))
        }
        Route::Manifest(name, reference) => {
            let repository = place.repository(&name);
            match method {
                Method::GET | Method::HEAD => get_manifest(registry, &repository, &reference, &request).await,
                Method::PUT => put_manifest(registry, place, &repository, &reference, request, entry).await,
                Method::DELETE => delete_manifest(registry, place, &repository, &reference, &request).await,
                _ => Err(not_so()),
            }
        }
        Route::Blob(name, digest) => {
            let repository = place.repository(&name);
            match method {
                Method::HEAD => has_blob(registry, place, &repository, &digest, &request).await,
                Method::GET | Method::DELETE => {
                    simple(registry, &repository, &format!("blobs/{digest}"), &request).await
                }
                _ => Err(not_so()),
            }
        }
        Route::Referrers(name, digest) if reads => {
            let repository = place.repository(&name);
            simple(registry, &repository, &format!("referrers/{digest}"), &request).await
        }
        Route::Uploads(name) if method == Method::POST => {
            upload::begin(registry, place, &name, request, entry).await
        }
        Route::Upload(name, id) => upload::go_on(registry, place, &name, &id, request, entry).await,
        _ => Err(not_so()),
    }
}

fn not_so() -> Problem {
    Problem::unsupported("this is not how it is done here")
}

fn manifest_path(reference: &Reference) -> String {
    format!("manifests/{}", reference.as_str())
}

/// Something without a body, that is as the registry says.
async fn simple(
    registry: &Registry,
    repository: &Repository,
    path: &str,
    request: &Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let method = request.method();
    let headers = useful(request.headers());
    let headers = if path.starts_with("manifests/") {
        understood(headers)
    } else {
        headers
    };
    let call = Call::new(method.clone(), repository.target(path)).headers(headers);
    Ok(repository
        .pass(registry.classroom.send(call).await?, method)
        .await?)
}

/// The learner's book, read from the registry if it has not been.
pub(super) async fn ledger(registry: &Registry, place: &Place<'_>) -> Result<Arc<Ledger>, Away> {
    let learner = place.learner.as_deref().unwrap_or_default();
    let read = async {
        let repositories = walk::repositories(&registry.classroom, &format!("learners/{learner}/")).await?;
        let contents = walk::contents(&registry.classroom, &repositories).await?;
        let sizes: HashMap<String, u64> = contents
            .into_iter()
            .map(|(digest, (size, _))| (digest, size))
            .collect();
        registry.index.foreign(&registry.classroom, sizes).await
    };
    registry.ledgers.of(learner, read).await
}

pub(super) fn over_quota(ledger: &Ledger, place: &Place<'_>) -> Problem {
    let host = &place.host.name;
    Problem::denied(format!(
        "your part of {host} is full: {} is what everybody has. Make room by deleting what you do not need: \
         curl -X DELETE https://{host}/v2/NAME/manifests/DIGEST, with the digest that docker push printed",
        size(ledger.quota())
    ))
}

pub(super) fn too_many(place: &Place<'_>) -> Problem {
    Problem::denied(format!(
        "you have pushed to too many names in {}; push to one of those again",
        place.host.name
    ))
}

/// Whether the repository has a blob, or can be given it from the classroom's images.
async fn has_blob(
    registry: &Registry,
    place: &Place<'_>,
    repository: &Repository,
    digest: &str,
    request: &Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let path = format!("blobs/{digest}");
    let found = simple(registry, repository, &path, request).await?;
    if found.status() != StatusCode::NOT_FOUND {
        return Ok(found);
    }
    let Some(from) = registry.index.find(&registry.classroom, digest).await? else {
        return Ok(found);
    };
    let ledger = ledger(registry, place).await?;
    if ledger.repository(&repository.inner).is_err() || ledger.name().is_err() {
        return Ok(found);
    }
    let target = repository.target(&format!("blobs/uploads/?mount={digest}&from={from}"));
    let mounted = registry.classroom.send(Call::new(Method::POST, target)).await?;
    if mounted.status() == StatusCode::CREATED {
        simple(registry, repository, &path, request).await
    } else {
        Ok(found)
    }
}

async fn get_manifest(
    registry: &Registry,
    repository: &Repository,
    reference: &Reference,
    request: &Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let found = simple(registry, repository, &manifest_path(reference), request).await?;
    if found.status() != StatusCode::NOT_FOUND {
        return Ok(found);
    }
    let name = format!("{}/{}", repository.host, repository.outer);
    let tags = walk::tags(&registry.classroom, &repository.inner)
        .await?
        .unwrap_or_default();
    let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
    let message = match tags.as_slice() {
        [] => format!("manifest unknown; you have not pushed {name}"),
        tags => format!("manifest unknown; of {name} you have pushed {}", list(tags)),
    };
    Err(Problem::not_found("MANIFEST_UNKNOWN", message))
}

async fn put_manifest(
    registry: &Registry,
    place: &Place<'_>,
    repository: &Repository,
    reference: &Reference,
    request: Request<Incoming>,
    entry: &Entry,
) -> Result<Response<Body>, Problem> {
    let ledger = ledger(registry, place).await?;
    let headers = useful(request.headers());
    if !headers.contains_key(CONTENT_TYPE) {
        return Err(Problem::Known(
            StatusCode::BAD_REQUEST,
            "MANIFEST_INVALID",
            "a manifest needs a Content-Type".to_owned(),
        ));
    }
    if ledger.repository(&repository.inner).is_err() {
        return Err(too_many(place));
    }
    // Until the registry has it.
    let _held = ledger.manifest().await;
    let bytes = gathered(request, entry).await?;
    if !Manifest::parse(&bytes).is_some_and(|manifest| manifest.is_current()) {
        return Err(Problem::Known(
            StatusCode::BAD_REQUEST,
            "MANIFEST_INVALID",
            "this is no manifest of an image or an index of some".to_owned(),
        ));
    }
    let length = bytes.len() as u64;
    if !ledger.has_room(length) {
        return Err(over_quota(&ledger, place));
    }
    let call = Call::new(Method::PUT, repository.target(&manifest_path(reference)))
        .headers(headers)
        .content(Content::Whole(bytes));
    let stored = registry.classroom.send(call).await?;
    if stored.status() == StatusCode::CREATED
        && let Some(digest) = stored
            .headers()
            .get(CONTENT_DIGEST)
            .and_then(|value| value.to_str().ok())
    {
        ledger.store(digest, length);
    }
    Ok(repository.pass(stored, &Method::PUT).await?)
}

async fn gathered(request: Request<Incoming>, entry: &Entry) -> Result<Bytes, Problem> {
    let body = Inward::new(request.into_body(), entry, None);
    match Limited::new(body, MANIFEST_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::Known(
            StatusCode::PAYLOAD_TOO_LARGE,
            "MANIFEST_INVALID",
            format!("a manifest has {} at most", size(MANIFEST_MAX as u64)),
        )),
        Err(error) => Err(Problem::Known(
            StatusCode::BAD_REQUEST,
            "MANIFEST_INVALID",
            format!("the manifest broke off: {error}"),
        )),
    }
}

async fn delete_manifest(
    registry: &Registry,
    place: &Place<'_>,
    repository: &Repository,
    reference: &Reference,
    request: &Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let Reference::Digest(digest) = reference else {
        return Err(Problem::unsupported(
            "what is deleted is named by its digest, which docker push prints",
        ));
    };
    let ledger = ledger(registry, place).await?;
    let named = walk::manifest(&registry.classroom, &repository.inner, digest).await?;
    let deleted = simple(registry, repository, &manifest_path(reference), request).await?;
    if deleted.status().is_success()
        && let Some((digest, manifest, _)) = named
    {
        let mut named: HashSet<String> = manifest.blobs().into_keys().map(ToOwned::to_owned).collect();
        named.insert(digest);
        let prefix = format!("learners/{}/", place.learner.as_deref().unwrap_or_default());
        let left = walk::repositories(&registry.classroom, &prefix).await?;
        let left = walk::contents(&registry.classroom, &left).await?;
        ledger.remove(&named, &left.into_keys().collect());
    }
    Ok(deleted)
}
