//! Gets a registry's container to run: finds it, or makes it with all that it needs.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bollard::models::{ContainerInspectResponse, Network, NetworkConnectRequest};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListNetworksOptionsBuilder, UploadToContainerOptionsBuilder,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, interval};

use crate::client::Client;
use crate::host::Host;
use crate::names::{self, LABEL_SPEC};
use crate::spec::{self, DATA, PORT, Spec};
use crate::{Config, Error};

/// How long a registry may take until it answers. Tidying comes first, and reads the names of everything.
const READY: Duration = Duration::from_secs(300);
/// How often it is asked meanwhile.
const ASK: Duration = Duration::from_millis(40);

/// Held while a network is looked for and made.
static MAKING: Mutex<()> = Mutex::const_new(());

/// Makes the networks.
pub(crate) async fn networks(host: &Host, instance: &str, config: &Config) -> Result<(), Error> {
    ensure_network(host, instance, names::network(instance), true).await?;
    if !config.upstreams.is_empty() {
        ensure_network(host, instance, names::upstream_network(instance), false).await?;
    }
    Ok(())
}

async fn ensure_network(host: &Host, instance: &str, name: String, internal: bool) -> Result<(), Error> {
    // The engine makes two of one name for two who ask at one time, and afterwards knows neither by its name.
    let _alone = MAKING.lock().await;
    let mut found = named(host, &name).await?;
    if found.is_empty() {
        host.call(
            format!("make network {name}"),
            host.docker
                .create_network(spec::network(instance, name.clone(), internal)),
        )
        .await?;
        found = named(host, &name).await?;
    }
    // Another process may have been as fast. Both keep the same one; one that is in use is not removed.
    found.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
    for id in found.into_iter().skip(1).filter_map(|network| network.id) {
        let _ = host
            .call(format!("remove network {id}"), host.docker.remove_network(&id))
            .await;
    }
    Ok(())
}

async fn named(host: &Host, name: &str) -> Result<Vec<Network>, Error> {
    let filters = HashMap::from([("name", vec![format!("^{name}$")])]);
    let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
    host.call(
        format!("look for network {name}"),
        host.docker.list_networks(Some(options)),
    )
    .await
}

/// Where a running container of this answers, if there is one. `exact`: one that was made of something else does not count.
pub(crate) async fn find(host: &Host, spec: &Spec, exact: bool) -> Result<Option<SocketAddr>, Error> {
    let Some(container) = host.inspect(&spec.name).await? else {
        return Ok(None);
    };
    if exact {
        let made_of = container
            .config
            .as_ref()
            .and_then(|config| config.labels.as_ref())
            .and_then(|labels| labels.get(LABEL_SPEC));
        // Without the image there is nothing to replace it with.
        if let Some(image) = host.image_id(&spec.image).await?
            && made_of != Some(&spec.hash(&image))
        {
            return Ok(None);
        }
    }
    Ok(address(&container, &spec.instance))
}

/// Where a container answers, while it runs.
fn address(container: &ContainerInspectResponse, instance: &str) -> Option<SocketAddr> {
    let state = container.state.as_ref()?;
    if state.running != Some(true) || state.paused == Some(true) {
        return None;
    }
    let networks = container.network_settings.as_ref()?.networks.as_ref()?;
    let address: IpAddr = networks
        .get(&names::network(instance))?
        .ip_address
        .as_ref()?
        .parse()
        .ok()?;
    Some(SocketAddr::new(address, PORT))
}

/// Replaces whatever has the name by a new container, and waits until it answers.
pub(crate) async fn make(host: &Host, spec: &Spec) -> Result<SocketAddr, Error> {
    let image = host
        .image_id(&spec.image)
        .await?
        .ok_or_else(|| Error::ImageMissing {
            image: spec.image.clone(),
        })?;
    host.remove_container(&spec.name).await?;
    host.call(
        format!("make volume {}", spec.volume),
        host.docker.create_volume(spec.volume()),
    )
    .await?;
    let alone = host.users_of(&spec.volume).await?.is_empty();
    let options = CreateContainerOptionsBuilder::new().name(&spec.name).build();
    host.call(
        format!("make container {}", spec.name),
        host.docker
            .create_container(Some(options), spec.container(&image, alone)),
    )
    .await?;
    let started = start(host, spec).await;
    if started.is_err() {
        let _ = host.remove_container(&spec.name).await;
    }
    started
}

async fn start(host: &Host, spec: &Spec) -> Result<SocketAddr, Error> {
    let name = &spec.name;
    if spec.upstream.is_some() {
        let network = names::upstream_network(&spec.instance);
        let request = NetworkConnectRequest {
            container: name.clone(),
            endpoint_config: None,
        };
        host.call(
            format!("put container {name} on network {network}"),
            host.docker.connect_network(&network, request),
        )
        .await?;
    }
    if let Some(archive) = spec.credentials() {
        let options = UploadToContainerOptionsBuilder::new().path(DATA).build();
        host.call(
            format!("give container {name} its credentials"),
            host.docker
                .upload_to_container(name, Some(options), bollard::body_full(archive.into())),
        )
        .await?;
    }
    host.call(
        format!("start container {name}"),
        host.docker.start_container(name, None),
    )
    .await?;
    ready(host, spec).await
}

/// Waits until it answers.
async fn ready(host: &Host, spec: &Spec) -> Result<SocketAddr, Error> {
    let not_ready = |said| Error::NotReady {
        name: spec.name.clone(),
        said,
    };
    let end = Instant::now() + READY;
    let mut pause = interval(ASK);
    let mut asked = 0_u32;
    let mut found = None;
    while Instant::now() < end {
        pause.tick().await;
        if found.is_none() || asked.is_multiple_of(25) {
            found = match host.inspect(&spec.name).await? {
                Some(container) => address(&container, &spec.instance),
                None => return Err(not_ready("its container was removed".to_owned())),
            };
            if found.is_none() {
                return Err(not_ready(spec.discreet(host.said(&spec.name).await)));
            }
        }
        asked = asked.wrapping_add(1);
        if let Some(address) = found
            && Client::new(address).ready().await
        {
            return Ok(address);
        }
    }
    Err(not_ready(format!("nothing within {} s", READY.as_secs())))
}

impl Spec {
    /// What a registry said, without the password should it be in it.
    fn discreet(&self, said: String) -> String {
        match &self.upstream {
            Some(upstream) if !upstream.password.is_empty() => said.replace(&upstream.password, "…"),
            _ => said,
        }
    }
}
