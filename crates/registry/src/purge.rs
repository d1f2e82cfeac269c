//! Removes what an instance's registries have on the host engine.

use bollard::Docker;
use bollard::query_parameters::{
    ListNetworksOptionsBuilder, ListVolumesOptionsBuilder, RemoveVolumeOptionsBuilder,
};

use crate::Error;
use crate::host::{Host, ours, unless_missing};

/// Removes the containers, networks and volumes of an instance's registries, and with them the classroom images and all that learners
/// have pushed. A volume that the settings name is nobody's own, and stays. No server of this instance may be running.
pub async fn purge(docker: Docker, instance: &str) -> Result<(), Error> {
    let host = Host::new(docker);
    for container in host.registries(instance).await? {
        if let Some(id) = container.id {
            host.remove_container(&id).await?;
        }
    }
    let filters = ours(instance);
    let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
    let networks = host
        .call("list networks", host.docker.list_networks(Some(options)))
        .await?;
    for id in networks.into_iter().filter_map(|network| network.id) {
        let removed = host
            .call(format!("remove network {id}"), host.docker.remove_network(&id))
            .await;
        unless_missing(removed)?;
    }
    let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
    let volumes = host
        .call("list volumes", host.docker.list_volumes(Some(options)))
        .await?;
    for volume in volumes.volumes.unwrap_or_default() {
        let options = RemoveVolumeOptionsBuilder::new().build();
        let removed = host
            .call(
                format!("remove volume {}", volume.name),
                host.docker.remove_volume(&volume.name, Some(options)),
            )
            .await;
        unless_missing(removed)?;
    }
    Ok(())
}
