//! Passing a request on to a learner's server, and its answer back. Nothing is gathered: bodies stream, with backpressure.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{HOST, UPGRADE};
use axum::http::uri::PathAndQuery;
use axum::http::{StatusCode, Uri, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use drydock_protocol::agent;
use drydock_sandbox::{Sandbox, SandboxId};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::address::{Addresses, Named, Target};
use super::headers::{self, Way};
use super::said::{self, Trouble};
use crate::state::App;

/// The sandbox is on the same machine: it answers at once, or nobody does.
const CONNECT: Duration = Duration::from_secs(3);
/// From the request to the beginning of the answer.
const BEGIN: Duration = Duration::from_secs(60);
/// Connections to one sandbox at one time. A browser opens six to a host, and sockets come on top.
const AT_ONCE: usize = 48;
/// The largest head of an answer, in bytes.
const HEAD_MAX: usize = 64 * 1024;

/// How many are being passed on to each sandbox.
#[derive(Debug, Default)]
pub struct Guests(Mutex<HashMap<SandboxId, Weak<Semaphore>>>);

impl Guests {
    /// A place, for as long as the permit lives; none where all are taken.
    fn enter(&self, sandbox: &SandboxId) -> Option<OwnedSemaphorePermit> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, place| place.strong_count() > 0);
        let place = places.get(sandbox).and_then(Weak::upgrade).unwrap_or_else(|| {
            let place = Arc::new(Semaphore::new(AT_ONCE));
            places.insert(sandbox.clone(), Arc::downgrade(&place));
            place
        });
        place.try_acquire_owned().ok()
    }
}

/// Takes requests to a preview's host out of the way, before anything else looks at them.
pub async fn by_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let addresses = Addresses::new(&app.settings);
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let named = host.map_or(Named::Other, |host| addresses.named(host));
    let way = Way::Host {
        parents: addresses.parents(),
    };
    match named {
        Named::Other => next.run(request).await,
        Named::Nothing => said::page(&Trouble::Nowhere, &way),
        Named::Preview(target) => answer(&app, &target, way, request).await,
    }
}

/// `/preview/{name}/{port}/…`
pub async fn by_path(
    State(app): State<App>,
    Path(parts): Path<Vec<(String, String)>>,
    mut request: Request,
) -> Response {
    let part = |wanted: &str| {
        let found = parts.iter().find(|(name, _)| name == wanted);
        found.map_or("", |(_, value)| value.as_str())
    };
    let Some(target) = Target::parse(part("name"), part("port")) else {
        return said::page(&Trouble::Nowhere, &Way::Path);
    };
    // What the learner's server is asked for: the rest, as it stands in the address.
    let whole = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    let rest = whole
        .strip_prefix(target.path().trim_end_matches('/'))
        .unwrap_or("/");
    let rest = if rest.starts_with('/') {
        rest.to_owned()
    } else {
        format!("/{rest}")
    };
    let Ok(uri) = rest.parse::<Uri>() else {
        return said::page(&Trouble::Nowhere, &Way::Path);
    };
    *request.uri_mut() = uri;
    answer(&app, &target, Way::Path, request).await
}

async fn answer(app: &App, target: &Target, way: Way, request: Request) -> Response {
    let Some(sandbox) = app.sandboxes.previewed(&target.name) else {
        return said::page(&Trouble::Nowhere, &way);
    };
    let passed = match app.guests.enter(sandbox.id()) {
        // The agent is not a server of the learner's.
        _ if target.port == agent::PORT => Err(Trouble::Refused(target.port)),
        None => Err(Trouble::Crowded),
        Some(place) => pass(&sandbox, target, &way, request, place).await,
    };
    match passed {
        Ok(response) => response,
        Err(mut trouble) => {
            if let Trouble::Refused(port) = trouble {
                trouble = said::instead(&sandbox, port).await;
            }
            said::page(&trouble, &way)
        }
    }
}

async fn pass(
    sandbox: &Arc<Sandbox>,
    target: &Target,
    way: &Way,
    mut request: Request,
    place: OwnedSemaphorePermit,
) -> Result<Response, Trouble> {
    let port = target.port;
    let address = SocketAddr::new(sandbox.address(), port);
    let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(address)).await else {
        return Err(Trouble::Refused(port));
    };
    // A key in a socket is a few bytes, and must not wait for more. It fails only for a stream that is closed already.
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .handshake::<_, Body>(TokioIo::new(stream))
        .await
        .map_err(|_| Trouble::Nonsense(port))?;
    let ended = sandbox.ended().clone();
    tokio::spawn({
        let ended = ended.clone();
        async move {
            // The place is free again when the connection is.
            let _place = place;
            tokio::select! {
                _ = connection.with_upgrades() => {}
                () = ended.cancelled() => {}
            }
        }
    });

    let upgrade = request.headers().get(UPGRADE).cloned();
    let theirs = upgrade.is_some().then(|| hyper::upgrade::on(&mut request));
    headers::to_server(request.headers_mut(), target, way, upgrade);
    *request.version_mut() = Version::HTTP_11;
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    let mut response = match timeout(BEGIN, sender.send_request(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => return Err(Trouble::Nonsense(port)),
        Err(_) => return Err(Trouble::Silent(port)),
    };
    let status = response.status();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        let Some(theirs) = theirs else {
            return Err(Trouble::Nonsense(port));
        };
        tokio::spawn(join(theirs, hyper::upgrade::on(&mut response), ended));
    }
    headers::to_browser(status, response.headers_mut(), target, way);
    Ok(passed_on(response))
}

/// A socket, both ways, until one end closes or the sandbox ends.
async fn join(browser: OnUpgrade, server: OnUpgrade, ended: tokio_util::sync::CancellationToken) {
    let carry = async {
        let (browser, server) = tokio::try_join!(browser, server).ok()?;
        // A socket that breaks is the business of those at its ends.
        copy_bidirectional(&mut TokioIo::new(browser), &mut TokioIo::new(server))
            .await
            .ok()
    };
    tokio::select! {
        _ = carry => {}
        () = ended.cancelled() => {}
    }
}

fn passed_on(response: hyper::Response<Incoming>) -> Response {
    response.map(Body::new).into_response()
}
