//! The classroom's registry and the sandboxes' gateway, run by the server: who is who, where things are, and what there is.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bollard::Docker;
use drydock_gateway::{Authority, FileAudit, Gateway, Guest, Guests, Listing, Registries};
use drydock_grader::{FactError, Pushed, Pushes};
use drydock_registry::{Catalogue, Registry};
use drydock_sandbox::{GatewayAccess, Sandboxes};
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::commands::images;
use crate::settings::Settings;
use crate::store::{LearnerId, Store};

/// How often the registry is asked what it holds, for `docker search`, and whom it keeps something of.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Between tries to listen on the sandboxes' network.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// The registry, and the gateway to it. Cheap to clone.
#[derive(Clone)]
pub struct Classroom {
    registry: Registry,
    /// None: switched off; sandboxes then have no way out at all.
    gateway: Option<Arc<Gateway>>,
}

impl fmt::Debug for Classroom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Classroom")
            .field("gateway", &self.gateway.is_some())
            .finish_non_exhaustive()
    }
}

/// Opens the certificate authority that sandboxes are to trust, and tells the settings of sandboxes about it. Comes before the
/// first sandbox. None: the gateway is switched off.
pub fn prepare(settings: &mut Settings) -> anyhow::Result<Option<Authority>> {
    let config = &settings.gateway;
    if !config.enabled {
        return Ok(None);
    }
    config.check()?;
    let authority = Authority::open_or_create(&settings.data_dir.join("gateway"), &config.intercepted())?;
    settings.sandbox.gateway = Some(GatewayAccess::new(config.port, authority.certificate_pem()));
    Ok(Some(authority))
}

impl Classroom {
    /// Starts both. They find the host engine, and each other, by themselves.
    pub fn start(
        settings: &Settings,
        docker: Docker,
        sandboxes: &Sandboxes,
        store: &Store,
        authority: Option<Authority>,
        stop: &CancellationToken,
    ) -> anyhow::Result<Self> {
        let mut config = settings.registry.clone();
        // Without the gateway nobody could reach it.
        config.enabled &= authority.is_some();
        // A volume with a name of its own may hold other servers' learners as well.
        let ours_alone = config.volume.is_empty();
        let enabled = config.enabled;
        let registry = Registry::start(docker, &settings.sandbox.instance, config, stop.clone())?;
        let (listings, listed) = watch::channel(Arc::default());
        if enabled {
            let learners = ours_alone.then(|| store.clone());
            tokio::spawn(look(registry.clone(), listings, learners, stop.clone()));
        }
        let gateway = authority
            .map(|authority| {
                let registries = Registries {
                    classroom: registry.classroom(),
                    caches: registry.caches(),
                };
                let audit = FileAudit::open(&settings.data_dir.join("gateway/audit.jsonl"))?;
                let guests = Arc::new(Seated(sandboxes.clone()));
                Gateway::new(
                    settings.gateway.clone(),
                    authority,
                    guests,
                    registries,
                    listed,
                    Arc::new(audit),
                )
                .map(Arc::new)
            })
            .transpose()
            .context("the gateway cannot be started")?;
        if let Some(gateway) = &gateway {
            let listening = listen(
                gateway.clone(),
                sandboxes.bridge(),
                settings.gateway.port,
                stop.clone(),
            );
            tokio::spawn(listening);
        }
        Ok(Self { registry, gateway })
    }

    /// What this learner has pushed, for expectations.
    pub fn pushes(&self, learner: &LearnerId) -> Option<Arc<dyn Pushes>> {
        let gateway = self.gateway.clone()?;
        Some(Arc::new(PushesOf {
            gateway,
            learner: learner.clone(),
        }))
    }

    /// Removes what a learner has pushed. While the registry is away, it is done once it is back.
    pub async fn forget(&self, learner: &LearnerId) {
        if let Err(error) = self.registry.forget(learner.as_str()).await {
            tracing::info!(%learner, %error, "registry.forgets_later");
        }
        if let Some(gateway) = &self.gateway {
            gateway.forget(learner.as_str()).await;
        }
    }

    /// How the registry is: `Err` says what is wrong with it.
    pub fn health(&self) -> Result<(), String> {
        let health = self.registry.health();
        if health.classroom || !health.enabled {
            Ok(())
        } else {
            Err(health
                .last_error
                .unwrap_or_else(|| "the classroom's registry is not running yet".into()))
        }
    }
}

/// The gateway's guests are the learners in their sandboxes.
struct Seated(Sandboxes);

impl Guests for Seated {
    fn at(&self, address: IpAddr) -> Option<Guest> {
        self.0.guest(address).map(|guest| Guest {
            sandbox: guest.sandbox.to_string(),
            learner: guest.owner.map(|owner| owner.as_str().to_owned()),
            proxy_token: guest.proxy_token,
        })
    }
}

struct PushesOf {
    gateway: Arc<Gateway>,
    learner: LearnerId,
}

impl Pushes for PushesOf {
    fn pushed<'a>(&'a self, reference: &'a str) -> BoxFuture<'a, Result<Option<Pushed>, FactError>> {
        Box::pin(async move {
            match self.gateway.pushed(self.learner.as_str(), reference).await {
                Ok(found) => Ok(found.map(|found| Pushed {
                    manifest: found.manifest,
                    image_id: found.image_id,
                })),
                Err(error) => Err(FactError::Registry {
                    why: error.to_string(),
                }),
            }
        })
    }
}

/// Listens where sandboxes look for the gateway: on the host's address on their network, once there is one.
async fn listen(
    gateway: Arc<Gateway>,
    mut bridge: watch::Receiver<Option<IpAddr>>,
    port: u16,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let address = *bridge.borrow_and_update();
        let serving = async {
            let Some(address) = address else {
                return std::future::pending().await;
            };
            match TcpListener::bind((address, port)).await {
                Ok(listener) => {
                    tracing::info!(%address, port, "gateway.ready");
                    gateway.clone().serve(listener, stop.child_token()).await;
                }
                Err(error) => {
                    tracing::warn!(%address, port, %error, "gateway.cannot_listen: is the host engine on another machine, or the port taken? Set `gateway.port`");
                    sleep(LISTEN_AGAIN).await;
                }
            }
        };
        tokio::select! {
            () = serving => {}
            // Dropping what serves closes its socket.
            changed = bridge.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

/// Looks from time to time what the registry holds.
async fn look(
    registry: Registry,
    listings: watch::Sender<Arc<[Listing]>>,
    learners: Option<Store>,
    stop: CancellationToken,
) {
    let catalogue = match Catalogue::parse(images::catalogue()) {
        Ok(catalogue) => catalogue,
        Err(error) => {
            tracing::error!(%error, "registry.no_catalogue");
            return;
        }
    };
    let mut address = registry.classroom();
    loop {
        if let Err(error) = look_once(&registry, &catalogue, &listings, learners.as_ref()).await {
            tracing::debug!(%error, "registry.not_looked_at");
        }
        tokio::select! {
            () = sleep(LOOK_EVERY) => {}
            changed = address.changed() => if changed.is_err() { return },
            () = stop.cancelled() => return,
        }
    }
}

async fn look_once(
    registry: &Registry,
    catalogue: &Catalogue,
    listings: &watch::Sender<Arc<[Listing]>>,
    learners: Option<&Store>,
) -> anyhow::Result<()> {
    let found = catalogue.listings(&registry.client()?).await?;
    listings.send_replace(found.into_iter().map(listing).collect());
    let Some(store) = learners else { return Ok(()) };
    for learner in registry.learners().await? {
        // Who was forgotten while the registry was away, and the server too.
        if !store.knows(&learner).await? {
            registry.forget(&learner).await?;
        }
    }
    Ok(())
}

fn listing(found: drydock_registry::Listing) -> Listing {
    Listing {
        name: found.name,
        tags: found.tags,
        description: found.description,
        official: found.official,
        stars: found.stars,
    }
}
