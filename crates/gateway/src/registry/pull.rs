//! Reading from a host that nobody pushes to: the classroom's images first, then the cache of that host, which asks the
//! real one. Whoever asks for what there is not is told what there is.

use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;

use super::manifest::understood;
use super::reply::{CONTENT_DIGEST, Problem, Repository};
use super::route::{Reference, Route, is_digest};
use super::upstream::{Call, Upstream};
use super::{Place, lookalike, tags, useful, walk};
use crate::body::Body;
use crate::gateway::Gateway;
use crate::rules::HUB;

/// Tags that an error names.
const TAGS_NAMED: usize = 8;

pub(super) async fn answer(
    gateway: &Gateway,
    place: &Place<'_>,
    route: Route,
    request: &Request<Incoming>,
) -> Result<Response<Body>, Problem> {
    let method = request.method();
    if !matches!(*method, Method::GET | Method::HEAD) {
        // What Docker Hub says to whoever may not push; docker shows it as it is.
        return Err(Problem::denied("requested access to the resource is denied"));
    }
    let headers = useful(request.headers());
    match route {
        Route::Manifest(name, reference) => {
            manifest(gateway, place, &name, &reference, method, headers).await
        }
        Route::Blob(name, digest) => blob(gateway, place, &name, &digest, method, headers).await,
        Route::Tags(name) => {
            let query = request.uri().query().unwrap_or_default();
            listed(gateway, place, &name, method, query).await
        }
        Route::Referrers(..) => Err(Problem::not_found(
            "UNSUPPORTED",
            "referrers are found by their tag here",
        )),
        _ => Err(Problem::denied("requested access to the resource is denied")),
    }
}

/// How the cache calls a repository, and the cache, if this host has one.
fn cached<'a>(gateway: &'a Gateway, place: &Place<'_>, name: &str) -> Option<(&'a Upstream, Repository)> {
    let cache = gateway.registry.caches.get(&place.host.normal)?;
    let repository = Repository {
        host: place.host.name.clone(),
        outer: name.to_owned(),
        inner: name.to_owned(),
    };
    Some((cache, repository))
}

/// Whether this answer means that there is no such thing. An upstream that does not say whether there is one answers 401.
fn is_nothing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
    )
}

async fn manifest(
    gateway: &Gateway,
    place: &Place<'_>,
    name: &str,
    reference: &Reference,
    method: &Method,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let registry = &gateway.registry;
    let repository = place.repository(name);
    let headers = understood(headers);
    let call = |target: String| Call::new(method.clone(), target).headers(headers.clone());
    let path = format!("manifests/{}", reference.as_str());
    let found = registry.classroom.send(call(repository.target(&path))).await?;
    if found.status() != StatusCode::NOT_FOUND {
        return Ok(repository.pass(found, method).await?);
    }
    let Some((cache, repository)) = cached(gateway, place, name) else {
        return Err(missing(gateway, place, name, reference).await);
    };
    let known = format!("{}/{name}", place.host.normal);
    let remembered = match reference {
        Reference::Tag(tag) => registry.fresh.get(&known, tag),
        Reference::Digest(_) => None,
    };
    let mut found = match &remembered {
        Some(digest) => {
            let path = format!("manifests/{digest}");
            Some(cache.send(call(repository.target(&path))).await?)
        }
        None => None,
    };
    // What it was may have gone since, and the tag be something else.
    let remembered = found.take_if(|found| !is_nothing(found.status()));
    let is_new = remembered.is_none();
    let found = match remembered {
        Some(found) => found,
        None => cache.send(call(repository.target(&path))).await?,
    };
    let status = found.status();
    if is_nothing(status) {
        return Err(missing(gateway, place, name, reference).await);
    }
    if status.is_server_error() {
        return Err(unreachable(place, status));
    }
    let digest = found
        .headers()
        .get(CONTENT_DIGEST)
        .and_then(|value| value.to_str().ok());
    if let (Reference::Tag(tag), Some(digest)) = (reference, digest)
        && is_new
        && status.is_success()
        && is_digest(digest)
    {
        registry.fresh.put(&known, tag, digest);
    }
    Ok(repository.pass(found, method).await?)
}

async fn blob(
    gateway: &Gateway,
    place: &Place<'_>,
    name: &str,
    digest: &str,
    method: &Method,
    headers: HeaderMap,
) -> Result<Response<Body>, Problem> {
    let repository = place.repository(name);
    let path = format!("blobs/{digest}");
    let call = |target: String| Call::new(method.clone(), target).headers(headers.clone());
    let found = gateway
        .registry
        .classroom
        .send(call(repository.target(&path)))
        .await?;
    if found.status() != StatusCode::NOT_FOUND {
        return Ok(repository.pass(found, method).await?);
    }
    let unknown = || Problem::not_found("BLOB_UNKNOWN", "blob unknown to registry");
    let (cache, repository) = cached(gateway, place, name).ok_or_else(unknown)?;
    let found = cache.send(call(repository.target(&path))).await?;
    match found.status() {
        status if is_nothing(status) => Err(unknown()),
        status if status.is_server_error() => Err(unreachable(place, status)),
        _ => Ok(repository.pass(found, method).await?),
    }
}

/// The tags of both, in the order of their names.
async fn listed(
    gateway: &Gateway,
    place: &Place<'_>,
    name: &str,
    method: &Method,
    query: &str,
) -> Result<Response<Body>, Problem> {
    let repository = place.repository(name);
    let mut found = walk::tags(&gateway.registry.classroom, &repository.inner).await?;
    if let Some((cache, cached)) = cached(gateway, place, name) {
        match walk::tags(cache, &cached.inner).await {
            Ok(Some(more)) => found.get_or_insert_default().extend(more),
            Ok(None) => {}
            // What the classroom has is an answer.
            Err(away) if found.is_some() => tracing::debug!(%away, "gateway.tags_of_cache"),
            Err(away) => return Err(away.into()),
        }
    }
    match found {
        Some(mut found) => {
            found.sort();
            found.dedup();
            Ok(tags::page(&repository, found, method, query))
        }
        None => Err(unknown(gateway, place, name)),
    }
}

/// Why there is no such manifest, and what there is.
async fn missing(gateway: &Gateway, place: &Place<'_>, name: &str, reference: &Reference) -> Problem {
    let repository = place.repository(name);
    match walk::tags(&gateway.registry.classroom, &repository.inner).await {
        Ok(Some(tags)) if !tags.is_empty() => {
            let shown = lookalike::shown(&place.host.normal, name);
            let what = match reference {
                Reference::Tag(tag) => format!("tag {tag}"),
                Reference::Digest(_) => "such digest".to_owned(),
            };
            let more = if tags.len() > TAGS_NAMED { " …" } else { "" };
            let tags = tags[..tags.len().min(TAGS_NAMED)].join(", ");
            Problem::not_found(
                "MANIFEST_UNKNOWN",
                format!("manifest unknown; the classroom has no {what} of {shown}, it has {tags}{more}"),
            )
        }
        Ok(_) => unknown(gateway, place, name),
        Err(away) => away.into(),
    }
}

/// Nobody has such a repository.
fn unknown(gateway: &Gateway, place: &Place<'_>, name: &str) -> Problem {
    let advice = lookalike::advice(&gateway.registry.listings(), &place.host.normal, name);
    if place.host.normal == HUB {
        // Docker Hub does not tell a repository that is not there from one that is private. The code makes docker say so;
        // the status is one that builders understand without an error of their own.
        Problem::not_found(
            "DENIED",
            format!("requested access to the resource is denied; {advice}"),
        )
    } else {
        Problem::not_found(
            "NAME_UNKNOWN",
            format!("repository name not known to registry; {advice}"),
        )
    }
}

fn unreachable(place: &Place<'_>, status: StatusCode) -> Problem {
    Problem::Known(
        StatusCode::SERVICE_UNAVAILABLE,
        "UNAVAILABLE",
        format!(
            "{} does not answer the classroom ({}), and the classroom has not kept this image",
            place.host.normal,
            status.as_u16()
        ),
    )
}
