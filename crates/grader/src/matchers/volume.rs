//! `volume`: volumes by their names.

use std::collections::BTreeSet;

use drydock_lesson::expect::VolumeExpect;

use super::network::{driver, named_missing, unattached};
use super::{CANDIDATES_MAX, Failure, Finding, furthest, settings};
use crate::facts::{ContainerFact, Facts, VolumeFact};
use crate::text::shown;

pub(super) async fn check(expect: &VolumeExpect, facts: &impl Facts) -> Finding {
    let volumes = facts.volumes().await?;
    let candidates: Vec<&VolumeFact> = volumes
        .iter()
        .filter(|volume| expect.name.matches(&volume.name))
        .take(CANDIDATES_MAX)
        .collect();
    if candidates.is_empty() {
        let wanted = expect.name.as_str();
        let names = || volumes.iter().map(|volume| volume.name.as_str());
        let message = named_missing("volume", wanted, expect.name.has_wildcards(), names);
        return Ok(Some(Failure::new("missing", message).expecting(wanted)));
    }
    let asked = expect.asked();
    let containers = match expect.attached {
        Some(_) => facts.containers().await?,
        None => std::sync::Arc::default(),
    };
    let mut failures = Vec::new();
    for volume in candidates {
        match first_failure(expect, volume, &containers) {
            Some(failure) => failures.push(
                failure
                    .actual_fact("name", shown(&volume.name))
                    .actual_fact("driver", shown(&volume.driver)),
            ),
            None => return Ok(None),
        }
    }
    Ok(furthest(failures, &asked))
}

fn first_failure(
    expect: &VolumeExpect,
    volume: &VolumeFact,
    containers: &[ContainerFact],
) -> Option<Failure> {
    let name = shown(&volume.name);
    driver("volume", &name, expect.driver.as_ref(), &volume.driver)
        .or_else(|| {
            let users = containers
                .iter()
                .filter(|container| container.volumes.contains(&volume.name));
            let names: BTreeSet<&str> = users.map(|container| container.name.as_str()).collect();
            let (wanted, found) = unattached(expect.attached.as_deref(), &names)?;
            let message = format!(
                "The container `{wanted}` does not mount the volume `{name}`; it is mounted by {found}. Volumes are given when a container is made: `docker run -v {name}:/PATH …`."
            );
            Some(Failure::new("attached", message).compare(wanted, found.replace('`', "")))
        })
        .or_else(|| {
            let (owner, look) = (
                format!("the volume `{name}`"),
                format!("`docker volume inspect {name}` shows them."),
            );
            let wanted = expect.labels.as_ref()?;
            settings::check("labels", "label", &owner, &look, wanted, &volume.labels)
        })
}
