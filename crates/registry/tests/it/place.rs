//! An instance of the tests' own on the host engine.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveVolumeOptionsBuilder,
};
use drydock_registry::{Client, Config, Registry, purge};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{Instant, interval, timeout};
use tokio_util::sync::CancellationToken;

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The host engine, or an end to the test that says what to do.
pub(crate) async fn host() -> Docker {
    let connected = match std::env::var("DOCKER_HOST") {
        Ok(address) => Docker::connect_with_host(&address),
        Err(_) => Docker::connect_with_socket_defaults(),
    };
    let docker = connected
        .expect("DOCKER_HOST is an address")
        .negotiate_version()
        .await
        .expect("no host engine answers: run scripts/setup test first");
    docker
        .inspect_image(&Config::default().image)
        .await
        .expect("no registry image: run images/build registry first");
    docker
}

/// An instance. Dropping it removes everything of it from the host engine.
pub(crate) struct Place {
    pub(crate) host: Docker,
    pub(crate) instance: String,
    pub(crate) config: Config,
    pub(crate) folder: TempDir,
    pub(crate) registry: Registry,
    stop: CancellationToken,
}

impl Place {
    pub(crate) async fn open() -> Self {
        Self::open_with(Config::default()).await
    }

    pub(crate) async fn open_with(config: Config) -> Self {
        let host = host().await;
        let instance = unique();
        let stop = CancellationToken::new();
        let registry = Registry::start(host.clone(), &instance, config.clone(), stop.clone())
            .expect("the settings are right");
        Self {
            host,
            instance,
            config,
            folder: TempDir::new().expect("a temporary folder"),
            registry,
            stop,
        }
    }

    /// Ends the server, and starts the next one.
    pub(crate) fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        self.stop.cancel();
        self.stop = CancellationToken::new();
        change(&mut self.config);
        self.registry = Registry::start(
            self.host.clone(),
            &self.instance,
            self.config.clone(),
            self.stop.clone(),
        )
        .expect("the settings are right");
    }

    /// The classroom registry, once it answers.
    pub(crate) async fn client(&self) -> Client {
        Client::new(self.up(self.registry.classroom()).await)
    }

    pub(crate) async fn up(&self, mut address: watch::Receiver<Option<SocketAddr>>) -> SocketAddr {
        let up = timeout(PATIENCE, address.wait_for(Option::is_some)).await;
        let Ok(up) = up else {
            panic!("still away: {:?}", self.registry.health());
        };
        up.expect("the registry is kept").expect("it is up")
    }

    /// The container's name.
    pub(crate) fn container(&self) -> String {
        format!("drydock-{}-registry", self.instance)
    }

    /// The id of the container of this name, while it runs.
    pub(crate) async fn id(&self, name: &str) -> Option<String> {
        let container = self.host.inspect_container(name, None).await.ok()?;
        let runs = container.state?.running == Some(true);
        container.id.filter(|_| runs)
    }

    /// Names of all that this instance has on the host engine.
    pub(crate) async fn things(&self) -> Vec<String> {
        let label = format!("{}={}", drydock_sandbox::LABEL_INSTANCE, self.instance);
        let filters = HashMap::from([("label", vec![label])]);
        let containers = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters)
            .build();
        let containers = self
            .host
            .list_containers(Some(containers))
            .await
            .expect("the engine answers");
        let networks = ListNetworksOptionsBuilder::new().filters(&filters).build();
        let networks = self
            .host
            .list_networks(Some(networks))
            .await
            .expect("the engine answers");
        let volumes = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let volumes = self
            .host
            .list_volumes(Some(volumes))
            .await
            .expect("the engine answers");
        let mut names: Vec<String> = containers
            .into_iter()
            .flat_map(|one| one.names.unwrap_or_default())
            .collect();
        names.extend(networks.into_iter().filter_map(|one| one.name));
        names.extend(
            volumes
                .volumes
                .unwrap_or_default()
                .into_iter()
                .map(|one| one.name),
        );
        names
    }

    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop.cancel();
        let (host, instance) = (self.host.clone(), self.instance.clone());
        finally(async move {
            let end = Instant::now() + PATIENCE;
            // What was under way when it was stopped may still make something.
            while purge(host.clone(), &instance).await.is_err() && Instant::now() < end {}
        });
    }
}

/// The name of a volume that is no instance's own. It is removed at the end: let it live longer than who uses it.
pub(crate) struct Shared {
    pub(crate) name: String,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            name: format!("drydock-{}-shared", unique()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let name = std::mem::take(&mut self.name);
        finally(async move {
            let options = RemoveVolumeOptionsBuilder::new().force(true).build();
            let _ = host().await.remove_volume(&name, Some(options)).await;
        });
    }
}

/// Does something to its end where nothing can be awaited: a test's own runtime may be ending.
pub(crate) fn finally(work: impl Future<Output = ()> + Send + 'static) {
    let working = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(work);
    });
    let _ = working.join();
}

/// A name that no other test has: of this process, and of a moment.
pub(crate) fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("r{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Waits until something is so.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut pause = interval(Duration::from_millis(50));
    let waiting = async {
        loop {
            pause.tick().await;
            if let Some(found) = look().await {
                return found;
            }
        }
    };
    let Ok(found) = timeout(PATIENCE, waiting).await else {
        panic!("not within {} s: {what}", PATIENCE.as_secs());
    };
    found
}
