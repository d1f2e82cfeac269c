//! The registries, as sandboxes see them: which of ours answers for which host, and who may do what there.
//!
//! One classroom registry holds everything: classroom images under `classroom/<host>/`, what learners push under
//! `learners/<learner>/<host>/`. It has no access control of its own; the names that are made here are all there is.

mod fresh;
mod index;
mod ledger;
mod lookalike;
mod manifest;
mod pull;
mod push;
mod pushed;
mod reply;
mod route;
mod tags;
mod upload;
mod upstream;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::json;
use tokio::sync::watch;

use crate::Config;
use crate::audit::{AuditKind, Entry};
use crate::body::{Body, Outward, whole};
use crate::gateway::{Gateway, Registries};
use crate::guests::{Guest, is_learner_id};
use crate::intercept::Caller;
use crate::refusal::Refusal;
use crate::rules::{HUB, RegistryHost};
use crate::search::{self, Listing};
use fresh::Fresh;
use index::Index;
use ledger::Ledgers;
use reply::{Problem, Repository};
use route::Route;
use upstream::Upstream;

pub(crate) use pushed::pushed;

/// Longest path and query: those of an upload carry the registry's own state.
const ADDRESS_MAX: usize = 8 * 1024;

/// The registries, and what is remembered of them.
pub(crate) struct Registry {
    classroom: Upstream,
    caches: BTreeMap<String, Upstream>,
    listings: watch::Receiver<Arc<[Listing]>>,
    fresh: Fresh,
    index: Index,
    pub(crate) ledgers: Ledgers,
}

impl Registry {
    pub(crate) fn new(
        config: &Config,
        registries: Registries,
        listings: watch::Receiver<Arc<[Listing]>>,
    ) -> Self {
        let caches = registries.caches.into_iter().map(|(host, address)| {
            let upstream = Upstream::new(format!("the cache of {host}"), address);
            (host, upstream)
        });
        Self {
            classroom: Upstream::new("the classroom registry", registries.classroom),
            caches: caches.collect(),
            listings,
            fresh: Fresh::new(config.fresh()),
            index: Index::default(),
            ledgers: Ledgers::new(config.push_quota_bytes),
        }
    }

    fn listings(&self) -> Arc<[Listing]> {
        Arc::clone(&self.listings.borrow())
    }
}

/// Whose part of which host a request is about.
struct Place<'a> {
    host: &'a RegistryHost,
    /// None: the classroom's, which is everybody's.
    learner: Option<String>,
}

impl Place<'_> {
    fn prefix(&self) -> String {
        match &self.learner {
            None => format!("classroom/{}/", self.host.normal),
            Some(learner) => format!("learners/{learner}/{}/", self.host.normal),
        }
    }

    fn repository(&self, name: &str) -> Repository {
        Repository {
            host: self.host.name.clone(),
            outer: name.to_owned(),
            inner: format!("{}{name}", self.prefix()),
        }
    }
}

/// Answers one request to a registry's host.
pub(crate) async fn answer(
    gateway: &Gateway,
    caller: &Caller,
    host: &RegistryHost,
    request: Request<Incoming>,
) -> Response<Body> {
    let method = request.method().clone();
    let mut entry = Entry::new(
        Arc::clone(&gateway.audit),
        caller.address,
        AuditKind::Registry,
        method.as_str(),
    );
    entry.host(&host.name);
    entry.path(request.uri().path());
    // Whoever opened the connection has to be there still; whose the sandbox is may have changed since.
    let guest = match gateway.guests.at(caller.address) {
        Some(guest) if guest.sandbox == caller.sandbox => guest,
        _ => return Refusal::stranger().answer(entry, &method),
    };
    entry.guest(&guest);
    if let Err(refusal) = addressed(&request, host) {
        return refusal.answer(entry, &method);
    }
    let answered = match Route::parse(request.uri().path()) {
        Some(route) => routed(gateway, guest, host, route, request, &mut entry).await,
        None => Err(Problem::not_found(
            "UNSUPPORTED",
            "the classroom's registries have nothing at this address",
        )),
    };
    let response = answered.unwrap_or_else(|problem| {
        let (why, refused) = problem.why();
        if refused {
            entry.refused(why);
        } else {
            entry.why(why);
        }
        problem.answer(&method)
    });
    entry.status(response.status().as_u16());
    response.map(|body| Outward::new(body, entry, None).boxed_unsync())
}

/// Whether the request is for the host that its connection was opened for.
fn addressed(request: &Request<Incoming>, host: &RegistryHost) -> Result<(), Refusal> {
    let mut named = request.headers().get_all(HOST).iter();
    let is_host = |name: &str| {
        let bare = name.strip_suffix(":443").unwrap_or(name);
        bare.eq_ignore_ascii_case(&host.name)
    };
    let header = match (named.next(), named.next()) {
        (Some(name), None) => name.to_str().is_ok_and(is_host),
        _ => false,
    };
    let uri: &Uri = request.uri();
    if !header
        || uri
            .authority()
            .is_some_and(|authority| !is_host(authority.as_str()))
    {
        return Err(Refusal::malformed("it is for another host than its connection"));
    }
    if uri
        .path_and_query()
        .is_some_and(|path| path.as_str().len() > ADDRESS_MAX)
    {
        return Err(Refusal::too_long());
    }
    Ok(())
}

async fn routed(
    gateway: &Gateway,
    guest: Guest,
    host: &RegistryHost,
    route: Route,
    request: Request<Incoming>,
    entry: &mut Entry,
) -> Result<Response<Body>, Problem> {
    let method = request.method().clone();
    let reads = matches!(method, Method::GET | Method::HEAD);
    match route {
        Route::Ping if reads => Ok(reply::json(&method, StatusCode::OK, &json!({}))),
        Route::OldPing if reads => Ok(old_ping()),
        Route::Search if reads && host.normal == HUB => {
            entry.kind(AuditKind::Search);
            Ok(searched(
                gateway,
                &method,
                request.uri().query().unwrap_or_default(),
            ))
        }
        Route::Search | Route::OldPing => Err(Problem::not_found(
            "UNSUPPORTED",
            "there is nothing to search here",
        )),
        Route::Ping => Err(Problem::unsupported("this is only to be read")),
        route if host.push => {
            let learner = guest
                .learner
                .filter(|learner| is_learner_id(learner))
                .ok_or_else(|| {
                    Problem::denied("this sandbox is nobody's yet, so it has no part of this registry")
                })?;
            let place = Place {
                host,
                learner: Some(learner),
            };
            push::answer(gateway, &place, route, request, entry).await
        }
        route => {
            let place = Place { host, learner: None };
            pull::answer(gateway, &place, route, &request).await
        }
    }
}

fn old_ping() -> Response<Body> {
    let mut response = Response::new(whole("true"));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-docker-registry-version", HeaderValue::from_static("0.9.1"));
    headers.insert("x-docker-registry-standalone", HeaderValue::from_static("true"));
    response
}

fn searched(gateway: &Gateway, method: &Method, query: &str) -> Response<Body> {
    let listings = gateway.registry.listings();
    let wanted = parameter(query, "q").unwrap_or_default();
    let number = |name: &str| parameter(query, name).and_then(|text| text.parse().ok());
    let size = number("n").or_else(|| number("page_size"));
    let found = search::find(&listings, &wanted, size, number("page"));
    let found = serde_json::to_value(found).unwrap_or_default();
    reply::json(method, StatusCode::OK, &found)
}

/// A parameter of a query, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Of a request's headers, those that a registry has a use for. Credentials are not among them.
fn useful(headers: &HeaderMap) -> HeaderMap {
    use http::header::{
        ACCEPT, CONTENT_RANGE, CONTENT_TYPE, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, RANGE,
    };
    let mut useful = HeaderMap::new();
    for name in [
        ACCEPT,
        CONTENT_RANGE,
        CONTENT_TYPE,
        IF_MODIFIED_SINCE,
        IF_NONE_MATCH,
        IF_RANGE,
        RANGE,
    ] {
        for value in headers.get_all(&name) {
            useful.append(name.clone(), value.clone());
        }
    }
    useful
}
