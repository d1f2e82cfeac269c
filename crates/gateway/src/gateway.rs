//! The gateway: what all of its connections share, and the loop that accepts them.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::Audit;
use crate::authority::Authority;
use crate::connection;
use crate::dial::{Names, SystemNames};
use crate::guests::{Guests, is_learner_id};
use crate::limits::{Doors, Traffic};
use crate::registry::{self, Registry};
use crate::rules::Rules;
use crate::search::Listing;
use crate::{Config, Error};

/// How long connections have to end after the stop.
const FAREWELL: Duration = Duration::from_secs(2);
/// After an accept that failed for want of something, such as file descriptors.
const BREATH: Duration = Duration::from_millis(50);

/// Where the registries are just now. None while one is not running: who asks waits a few seconds for it, and is then
/// answered 503.
#[derive(Clone, Debug)]
pub struct Registries {
    /// The classroom registry.
    pub classroom: watch::Receiver<Option<SocketAddr>>,
    /// The pull-through caches by the host that they stand for, such as `docker.io`.
    pub caches: BTreeMap<String, watch::Receiver<Option<SocketAddr>>>,
}

/// An image that a learner pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of its manifest (or of its index), `sha256:…`.
    pub manifest: String,
    /// The digest of its configuration, which engines call the image's id.
    pub image_id: String,
}

/// The sandboxes' only way out.
pub struct Gateway {
    pub(crate) config: Config,
    pub(crate) rules: Rules,
    pub(crate) authority: Authority,
    pub(crate) guests: Arc<dyn Guests>,
    pub(crate) audit: Arc<dyn Audit>,
    pub(crate) names: Arc<dyn Names>,
    pub(crate) doors: Doors,
    pub(crate) traffic: Traffic,
    pub(crate) registry: Registry,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// Makes a gateway. `authority` has been made for [`Config::intercepted`].
    pub fn new(
        config: Config,
        authority: Authority,
        guests: Arc<dyn Guests>,
        registries: Registries,
        listings: watch::Receiver<Arc<[Listing]>>,
        audit: Arc<dyn Audit>,
    ) -> Result<Self, Error> {
        config.check()?;
        Ok(Self {
            rules: Rules::new(&config)?,
            doors: Doors::new(config.connections),
            traffic: Traffic::new(config.bytes_per_hour),
            registry: Registry::new(&config, registries, listings),
            names: Arc::new(SystemNames),
            config,
            authority,
            guests,
            audit,
        })
    }

    /// Resolves the names of hosts by other means than the system's resolver.
    #[must_use]
    pub fn with_names(mut self, names: Arc<dyn Names>) -> Self {
        self.names = names;
        self
    }

    /// Serves until `stop`, then gives connections two seconds to end. May be called again with another listener.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        let tasks = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let (gateway, stop) = (Arc::clone(&self), stop.clone());
                    tasks.spawn(stop.run_until_cancelled_owned(gateway.one(stream, peer)));
                }
                Err(error) => {
                    tracing::warn!(%error, "gateway.accept_failed");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
        drop(listener);
        tasks.close();
        if tokio::time::timeout(FAREWELL, tasks.wait()).await.is_err() {
            tracing::warn!(left = tasks.len(), "gateway.connections_left");
        }
    }

    async fn one(self: Arc<Self>, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "gateway.no_delay");
        }
        connection::serve(self, stream, peer.ip().to_canonical()).await;
    }

    /// Forgets what is known of a learner's pushes. The registry's folders are somebody else's to remove.
    #[expect(
        clippy::unused_async,
        reason = "the wire is not asked today; callers need not change when it is"
    )]
    pub async fn forget(&self, learner: &str) {
        self.registry.ledgers.forget(learner);
    }

    /// What a learner pushed under a reference such as `registry.example.com/team/app:1.0`; None where there is nothing, or
    /// where the reference is none of a host that learners push to.
    pub async fn pushed(&self, learner: &str, reference: &str) -> Result<Option<Pushed>, Error> {
        if !is_learner_id(learner) {
            return Ok(None);
        }
        let found = registry::pushed(self, learner, reference).await;
        found.map_err(|away| Error::Registry {
            why: away.to_string(),
        })
    }

    /// Tells the metrics' recorder what the gateway's numbers mean. Once, after it is installed.
    pub fn describe_metrics() {
        metrics::describe_counter!(
            "drydock_gateway_requests_total",
            "Requests and tunnels of sandboxes by kind and outcome"
        );
        metrics::describe_counter!(
            "drydock_gateway_bytes_total",
            metrics::Unit::Bytes,
            "Bytes of bodies and tunnels, from sandboxes (in) and to them (out)"
        );
        metrics::describe_counter!(
            "drydock_gateway_audit_dropped_total",
            "Audit lines that found no room because the disk was too slow"
        );
        metrics::describe_gauge!("drydock_gateway_connections", "Open connections of sandboxes");
    }
}

/// Whether an error of a connection is worth a word: that clients go away is not.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::TimedOut
            | io::ErrorKind::ConnectionAborted
    )
}
