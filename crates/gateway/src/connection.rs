//! One connection of a sandbox: its requests are looked at one by one, each by itself.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::audit::{AuditKind, Entry};
use crate::body::Body;
use crate::gateway::Gateway;
use crate::guests::Guest;
use crate::idle::Idle;
use crate::refusal::Refusal;
use crate::rules::{Decision, Way};
use crate::target::Target;
use crate::{intercept, plain, tunnel};

/// From the end of one request to the end of the next one's headers, unless the settings' idle time is shorter.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
const HEADERS_MAX: usize = 32 * 1024;
const HEADER_COUNT_MAX: usize = 100;
/// Bytes that are held for each connection and direction, at most.
const BUFFER_MAX: usize = 128 * 1024;
/// Longest path and query.
const ADDRESS_MAX: usize = 8 * 1024;
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What goes on with a connection after the answer to CONNECT.
pub(crate) type Afterwards = BoxFuture<'static, ()>;

pub(crate) async fn serve(gateway: Arc<Gateway>, mut stream: TcpStream, address: IpAddr) {
    let Some(_door) = gateway.doors.enter(address) else {
        let mut entry = Entry::new(Arc::clone(&gateway.audit), address, AuditKind::Refused, "");
        if let Some(guest) = gateway.guests.at(address) {
            entry.guest(&guest);
        }
        let refusal = Refusal::too_many_connections(gateway.config.connections);
        refusal.note(&mut entry);
        let _ = timeout(LAST_WORDS, stream.write_all(&refusal.bytes())).await;
        return;
    };
    let afterwards: Arc<Mutex<Option<Afterwards>>> = Arc::default();
    let idle = 2 * gateway.config.idle();
    let service = service_fn(|request| {
        let (gateway, afterwards) = (Arc::clone(&gateway), Arc::clone(&afterwards));
        async move {
            let (response, then) = answer(&gateway, address, request).await;
            if then.is_some() {
                *afterwards.lock().unwrap_or_else(PoisonError::into_inner) = then;
            }
            Ok::<_, Infallible>(response)
        }
    });
    let ended = http(Idle::new(stream, idle), service, idle).await;
    if let Err(error) = ended {
        note_broken(&gateway, address, None, &error);
    }
    let then = afterwards.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(then) = then {
        then.await;
    }
}

/// Speaks HTTP/1.1 on a stream, within limits.
pub(crate) async fn http<IO, S>(io: IO, service: S, idle: Duration) -> hyper::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: hyper::service::HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN.min(idle))
        .max_header_size(HEADERS_MAX)
        .max_headers(HEADER_COUNT_MAX)
        .max_buf_size(BUFFER_MAX)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades()
        .await
}

/// A request that was none: hyper has answered it.
pub(crate) fn note_broken(gateway: &Gateway, address: IpAddr, host: Option<&str>, error: &hyper::Error) {
    if !error.is_parse() {
        tracing::debug!(%address, %error, "gateway.connection_ended");
        return;
    }
    let mut entry = Entry::new(Arc::clone(&gateway.audit), address, AuditKind::Refused, "");
    if let Some(guest) = gateway.guests.at(address) {
        entry.guest(&guest);
    }
    if let Some(host) = host {
        entry.host(host);
    }
    entry.status(400);
    entry.refused(format!("malformed request: {error}"));
}

async fn answer(
    gateway: &Arc<Gateway>,
    address: IpAddr,
    request: Request<Incoming>,
) -> (Response<Body>, Option<Afterwards>) {
    let method = request.method().clone();
    let mut entry = Entry::new(
        Arc::clone(&gateway.audit),
        address,
        AuditKind::Http,
        method.as_str(),
    );
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned());
    entry.host(authority.as_deref().unwrap_or_default());
    entry.path(request.uri().path());
    let (guest, target) = match admit(gateway, address, &request, authority.as_deref(), &mut entry) {
        Ok(admitted) => admitted,
        Err(refusal) => return (refusal.answer(entry, &method), None),
    };
    if method == Method::CONNECT {
        connect(gateway, guest, &target, request, entry).await
    } else {
        let answered = match decide(gateway, &guest, &target, Way::Plain) {
            Ok(_) => plain::forward(gateway, &guest, &target, request, entry).await,
            Err(refusal) => refusal.answer(entry, &method),
        };
        (answered, None)
    }
}

/// Who asks for what; or why that is not to be known.
fn admit(
    gateway: &Gateway,
    address: IpAddr,
    request: &Request<Incoming>,
    authority: Option<&str>,
    entry: &mut Entry,
) -> Result<(Guest, Target), Refusal> {
    let guest = gateway.guests.at(address).ok_or_else(Refusal::stranger)?;
    entry.guest(&guest);
    let uri = request.uri();
    let authority = authority.ok_or_else(Refusal::not_a_server)?;
    if !guest.proves(request.headers()) {
        return Err(Refusal::unproven());
    }
    if uri
        .path_and_query()
        .is_some_and(|path| path.as_str().len() > ADDRESS_MAX)
    {
        return Err(Refusal::too_long());
    }
    let default = if request.method() == Method::CONNECT {
        None
    } else if request.method() == Method::TRACE {
        // It would show what was added on the way.
        return Err(Refusal::malformed("TRACE is not passed on"));
    } else if uri.scheme_str() == Some("http") {
        Some(80)
    } else {
        return Err(Refusal::malformed("without CONNECT, only http:// is possible"));
    };
    let target = Target::parse(authority, default).map_err(|why| Refusal::not_a_target(why, authority))?;
    entry.host(&match default {
        Some(80) if target.port == 80 => target.host.clone(),
        None if target.port == 443 => target.host.clone(),
        _ => target.to_string(),
    });
    Ok((guest, target))
}

fn decide(gateway: &Gateway, guest: &Guest, target: &Target, way: Way) -> Result<Decision, Refusal> {
    let decision = gateway.rules.decide(target, way);
    match decision {
        Decision::Registry(_) => Ok(decision),
        Decision::Through if gateway.traffic.of(&guest.sandbox).has_room() => Ok(decision),
        Decision::Through => Err(Refusal::used_up(gateway.config.bytes_per_hour)),
        _ => Err(Refusal::decided(&decision, target, &gateway.rules)),
    }
}

async fn connect(
    gateway: &Arc<Gateway>,
    guest: Guest,
    target: &Target,
    request: Request<Incoming>,
    mut entry: Entry,
) -> (Response<Body>, Option<Afterwards>) {
    entry.path("");
    let then: Afterwards = match decide(gateway, &guest, target, Way::Tunnel) {
        Ok(Decision::Registry(host)) => {
            entry.kind(AuditKind::Registry);
            let upgrade = hyper::upgrade::on(request);
            Box::pin(intercept::run(Arc::clone(gateway), guest, host, upgrade, entry))
        }
        Ok(_) => match tunnel::open(gateway, target).await {
            Ok(far) => {
                entry.kind(AuditKind::Tunnel);
                let upgrade = hyper::upgrade::on(request);
                Box::pin(tunnel::run(
                    Arc::clone(gateway),
                    guest,
                    target.clone(),
                    far,
                    upgrade,
                    entry,
                ))
            }
            Err(refusal) => return (refusal.answer(entry, &Method::CONNECT), None),
        },
        Err(refusal) => return (refusal.answer(entry, &Method::CONNECT), None),
    };
    (Response::new(crate::body::empty()), Some(then))
}
