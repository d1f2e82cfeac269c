//! TLS that ends here: for the hosts that the gateway answers for itself.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use rustls::server::Acceptor;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::LazyConfigAcceptor;

use crate::audit::Entry;
use crate::connection::{http, note_broken};
use crate::gateway::{Gateway, is_gone};
use crate::guests::Guest;
use crate::registry;
use crate::rules::RegistryHost;

const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// Who speaks on a connection: whoever opened it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) address: std::net::IpAddr,
    pub(crate) sandbox: String,
}

pub(crate) async fn run(
    gateway: Arc<Gateway>,
    guest: Guest,
    host: RegistryHost,
    upgrade: OnUpgrade,
    mut entry: Entry,
) {
    let Ok(upgraded) = upgrade.await else {
        entry.why("the client went away");
        return;
    };
    let caller = Caller {
        address: entry.address(),
        sandbox: guest.sandbox,
    };
    let deadline = Instant::now() + HANDSHAKE_WITHIN;
    let acceptor = LazyConfigAcceptor::new(Acceptor::default(), TokioIo::new(upgraded));
    let hello = match timeout_at(deadline, acceptor).await {
        Ok(Ok(hello)) => hello,
        Ok(Err(error)) if is_gone(&error) => return entry.why("went away before a TLS greeting"),
        Ok(Err(error)) => return entry.refused(format!("not TLS: {error}")),
        Err(_) => return entry.refused("the TLS greeting took too long"),
    };
    match hello.client_hello().server_name() {
        Some(name) if name.eq_ignore_ascii_case(&host.name) => {}
        Some(name) => return entry.refused(format!("TLS for {name}")),
        None => return entry.refused("TLS without a host's name"),
    }
    let server = match gateway.authority.server(&host.name) {
        Ok(server) => server,
        Err(error) => {
            tracing::error!(%error, "gateway.not_signed");
            return entry.why("no certificate could be made");
        }
    };
    let stream = match timeout_at(deadline, hello.into_stream(server)).await {
        Ok(Ok(stream)) => stream,
        // Most often a client that does not trust the classroom's authority.
        Ok(Err(error)) => return entry.why(format!("the TLS handshake ended: {error}")),
        Err(_) => return entry.why("the TLS handshake took too long"),
    };
    // Each request within has a line of its own.
    entry.forget();
    let service = service_fn(|request| {
        let (gateway, caller, host) = (Arc::clone(&gateway), caller.clone(), host.clone());
        async move { Ok::<_, Infallible>(registry::answer(&gateway, &caller, &host, request).await) }
    });
    if let Err(error) = http(stream, service, 2 * gateway.config.idle()).await {
        note_broken(&gateway, caller.address, Some(&host.name), &error);
    }
}
