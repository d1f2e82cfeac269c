//! Labels of what an engine has besides images and containers.

use super::{join, list, named, settings};
use crate::expect::fields::{
    ComposeExpect, HttpExpect, HttpTarget, NetworkExpect, RegistryExpect, VolumeExpect,
};
use crate::expect::pattern::{Glob, Pattern};

pub(super) fn network(network: &NetworkExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    clauses.extend(driver(network.driver.as_ref()));
    clauses.extend(network.internal.map(|internal| {
        let not = if internal { "" } else { "not " };
        format!("is {not}internal")
    }));
    clauses.extend(
        network
            .attached
            .as_ref()
            .map(|attached| format!("has {} attached", names(attached))),
    );
    clauses.extend(
        network
            .labels
            .as_ref()
            .map(|labels| format!("is labelled {}", settings(labels))),
    );
    (named("network", &network.name), clauses)
}

pub(super) fn volume(volume: &VolumeExpect) -> (String, Vec<String>) {
    let mut clauses = Vec::new();
    clauses.extend(driver(volume.driver.as_ref()));
    clauses.extend(
        volume
            .attached
            .as_ref()
            .map(|attached| format!("is mounted by {}", names(attached))),
    );
    clauses.extend(
        volume
            .labels
            .as_ref()
            .map(|labels| format!("is labelled {}", settings(labels))),
    );
    (named("volume", &volume.name), clauses)
}

pub(super) fn compose(compose: &ComposeExpect) -> (String, Vec<String>) {
    let services = compose.services.iter().flat_map(|services| &services.0);
    let clauses: Vec<String> = services
        .map(|(name, states)| {
            let words: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
            match words.as_slice() {
                [] => format!("`{name}`"),
                words => format!("`{name}` {}", words.join(" or ")),
            }
        })
        .collect();
    let subject = named("Compose project", &compose.project);
    match clauses.as_slice() {
        [] => (subject, Vec::new()),
        some => (subject, vec![format!("has {}", join(some))]),
    }
}

pub(super) fn registry(registry: &RegistryExpect) -> (String, Vec<String>) {
    let name = &registry.reference;
    let clause = registry
        .same_as
        .as_ref()
        .map(|other| format!("is pushed and the same as `{other}`"));
    let subject = if name.exact().is_some() {
        format!("`{name}`")
    } else {
        format!("a name like `{name}`")
    };
    (subject, clause.into_iter().collect())
}

pub(super) fn http(http: &HttpExpect) -> (String, Vec<String>) {
    let HttpTarget { port, path } = &http.target;
    let mut clauses = Vec::new();
    clauses.extend(http.status.map(|status| match (status.min, status.max) {
        (Some(min), Some(max)) if min == max => format!("answers with status {min}"),
        _ => format!("answers with status {status}"),
    }));
    clauses.extend(http.has.as_ref().map(|has| {
        let plain: Vec<String> = has.iter().map(Pattern::plain).collect();
        format!("shows {}", list(&plain))
    }));
    let subject = if path == "/" {
        format!("port `{port}`")
    } else {
        format!("`{path}` on port `{port}`")
    };
    (subject, clauses)
}

fn driver(driver: Option<&Glob>) -> Option<String> {
    driver.map(|driver| format!("uses the driver `{}`", driver.as_str()))
}

fn names(globs: &[Glob]) -> String {
    list(&globs.iter().map(Glob::as_str).collect::<Vec<_>>())
}
