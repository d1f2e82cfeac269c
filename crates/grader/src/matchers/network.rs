//! `network`: networks by their names.

use std::collections::BTreeSet;

use drydock_lesson::expect::{Glob, NetworkExpect, nearest};

use super::{CANDIDATES_MAX, Failure, Finding, furthest, settings};
use crate::facts::{ContainerFact, Facts, NetworkFact};
use crate::text::{code, several, short_id, shown};

pub(super) async fn check(expect: &NetworkExpect, facts: &impl Facts) -> Finding {
    let networks = facts.networks().await?;
    let candidates: Vec<&NetworkFact> = networks
        .iter()
        .filter(|network| expect.name.matches(&network.name))
        .take(CANDIDATES_MAX)
        .collect();
    if candidates.is_empty() {
        return Ok(Some(missing(expect, &networks)));
    }
    let asked = expect.asked();
    let containers = match expect.attached {
        Some(_) => facts.containers().await?,
        None => std::sync::Arc::default(),
    };
    let mut failures = Vec::new();
    for network in candidates {
        match first_failure(expect, network, &containers) {
            Some(failure) => failures.push(
                failure
                    .actual_fact("name", shown(&network.name))
                    .actual_fact("id", short_id(&network.id))
                    .actual_fact("driver", shown(&network.driver)),
            ),
            None => return Ok(None),
        }
    }
    Ok(furthest(failures, &asked))
}

fn first_failure(
    expect: &NetworkExpect,
    network: &NetworkFact,
    containers: &[ContainerFact],
) -> Option<Failure> {
    let name = shown(&network.name);
    driver("network", &name, expect.driver.as_ref(), &network.driver)
        .or_else(|| internal(expect, &name, network))
        .or_else(|| {
            let attached = containers
                .iter()
                .filter(|container| container.networks.contains(&network.name));
            let names: BTreeSet<&str> = attached.map(|container| container.name.as_str()).collect();
            let (wanted, found) = unattached(expect.attached.as_deref(), &names)?;
            let message = format!(
                "The container `{wanted}` is not on the network `{name}`; on it is {found}. `docker network connect {name} {wanted}` attaches a container that is there."
            );
            Some(Failure::new("attached", message).compare(wanted, found.replace('`', "")))
        })
        .or_else(|| {
            let (owner, look) = (
                format!("the network `{name}`"),
                format!("`docker network inspect {name}` shows them."),
            );
            let wanted = expect.labels.as_ref()?;
            settings::check("labels", "label", &owner, &look, wanted, &network.labels)
        })
}

/// A network's or a volume's driver is another one.
pub(super) fn driver(noun: &str, name: &str, wanted: Option<&Glob>, found: &str) -> Option<Failure> {
    let wanted = wanted.filter(|wanted| !wanted.matches(found))?.as_str();
    let message = format!(
        "The {noun} `{name}` uses the driver {}; it is to be `{wanted}`. A {noun} keeps its driver: remove it and make another with `--driver {wanted}`.",
        code(found)
    );
    Some(Failure::new("driver", message).compare(wanted, shown(found)))
}

/// The first container that is to be attached and is not, and those that are.
pub(super) fn unattached(wanted: Option<&[Glob]>, found: &BTreeSet<&str>) -> Option<(String, String)> {
    let missing = wanted?
        .iter()
        .find(|wanted| !found.iter().any(|name| wanted.matches(name)))?;
    Some((missing.as_str().to_owned(), several(found)))
}

fn internal(expect: &NetworkExpect, name: &str, network: &NetworkFact) -> Option<Failure> {
    let wanted = expect.internal.filter(|wanted| *wanted != network.internal)?;
    let word = |internal: bool| if internal { "internal" } else { "not internal" };
    let message = if wanted {
        format!(
            "The network `{name}` is not internal: what is on it reaches the outside. `docker network create --internal` makes one that leads nowhere else; a network that is there stays as it is."
        )
    } else {
        format!(
            "The network `{name}` is internal, so nothing on it reaches the outside; it is not to be. A network stays as it was made: remove it and make another."
        )
    };
    Some(Failure::new("internal", message).compare(word(wanted), word(network.internal)))
}

/// Nothing has that name: what is there that comes near?
fn missing(expect: &NetworkExpect, networks: &[NetworkFact]) -> Failure {
    let wanted = expect.name.as_str();
    // Those three are always there.
    let own = || {
        let names = networks.iter().map(|network| network.name.as_str());
        names.filter(|name| !matches!(*name, "bridge" | "host" | "none"))
    };
    let message = named_missing("network", wanted, expect.name.has_wildcards(), own);
    Failure::new("missing", message).expecting(wanted)
}

/// What is said of a network or a volume that is not there.
pub(super) fn named_missing<'a, N: Iterator<Item = &'a str>>(
    noun: &str,
    wanted: &str,
    is_pattern: bool,
    names: impl Fn() -> N,
) -> String {
    let make = if is_pattern {
        format!("`docker {noun} create NAME` makes one.")
    } else {
        format!("`docker {noun} create {wanted}` makes it.")
    };
    if names().next().is_none() {
        return format!("There is no {noun} of yours yet. {make}");
    }
    if is_pattern {
        return format!(
            "No {noun} is called like `{wanted}`; there is {}. `docker {noun} ls` lists them all.",
            several(names())
        );
    }
    match nearest(wanted, names()) {
        Some(near) => format!(
            "There is no {noun} `{wanted}` yet, but there is `{}`: is one of them a slip?",
            shown(near)
        ),
        None => format!(
            "There is no {noun} `{wanted}` yet; there is {}. {make}",
            several(names())
        ),
    }
}
