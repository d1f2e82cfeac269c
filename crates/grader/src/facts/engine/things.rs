//! Networks and volumes, and what a list of containers says of who uses them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bollard::Docker;
use bollard::models::{ContainerSummaryStateEnum, MountPoint};
use bollard::query_parameters::{ListNetworksOptions, ListVolumesOptions};
use drydock_lesson::expect::ContainerState;

use super::failed;
use crate::error::FactError;
use crate::facts::limits::{PARTS_MAX, THINGS_MAX, is_id, text};
use crate::facts::{NetworkFact, VolumeFact};

/// All networks, by their names.
pub(in crate::facts) async fn networks(engine: &Docker) -> Result<Vec<NetworkFact>, FactError> {
    let list = engine
        .list_networks(None::<ListNetworksOptions>)
        .await
        .map_err(|error| failed("its networks", &error))?;
    let mut networks: Vec<NetworkFact> = list
        .into_iter()
        .filter_map(|network| {
            Some(NetworkFact {
                id: network.id.filter(|id| is_id(id))?,
                name: text(network.name?),
                driver: text(network.driver.unwrap_or_default()),
                internal: network.internal == Some(true),
                labels: labels(network.labels),
            })
        })
        .take(THINGS_MAX)
        .collect();
    networks.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(networks)
}

/// All volumes, by their names.
pub(in crate::facts) async fn volumes(engine: &Docker) -> Result<Vec<VolumeFact>, FactError> {
    let list = engine
        .list_volumes(None::<ListVolumesOptions>)
        .await
        .map_err(|error| failed("its volumes", &error))?;
    let mut volumes: Vec<VolumeFact> = list
        .volumes
        .into_iter()
        .flatten()
        .take(THINGS_MAX)
        .map(|volume| VolumeFact {
            name: text(volume.name),
            driver: text(volume.driver),
            labels: labels(Some(volume.labels)),
        })
        .collect();
    volumes.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(volumes)
}

/// Labels, cut to size.
pub(super) fn labels(labels: Option<HashMap<String, String>>) -> BTreeMap<String, String> {
    labels
        .into_iter()
        .flatten()
        .take(PARTS_MAX)
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

/// The volumes among mounts, by their names.
pub(super) fn volumes_of(mounts: Option<Vec<MountPoint>>) -> BTreeSet<String> {
    mounts
        .into_iter()
        .flatten()
        .take(PARTS_MAX)
        .filter(|mount| mount.typ.as_deref() == Some("volume"))
        .filter_map(|mount| mount.name.map(text))
        .collect()
}

/// A state as the list of containers has it.
pub(super) fn listed_state(state: Option<ContainerSummaryStateEnum>) -> ContainerState {
    match state {
        Some(ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::STOPPING) => {
            ContainerState::Running
        }
        Some(ContainerSummaryStateEnum::PAUSED) => ContainerState::Paused,
        Some(ContainerSummaryStateEnum::RESTARTING) => ContainerState::Restarting,
        Some(ContainerSummaryStateEnum::REMOVING) => ContainerState::Removing,
        Some(ContainerSummaryStateEnum::EXITED) => ContainerState::Exited,
        Some(ContainerSummaryStateEnum::DEAD) => ContainerState::Dead,
        Some(ContainerSummaryStateEnum::CREATED | ContainerSummaryStateEnum::EMPTY) | None => {
            ContainerState::Created
        }
    }
}
