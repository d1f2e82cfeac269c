//! `compose`: projects, as Compose labels the containers that it makes.

use std::collections::{BTreeMap, BTreeSet};

use drydock_lesson::expect::{ComposeExpect, ContainerState, nearest};

use super::{CANDIDATES_MAX, Failure, Finding, furthest};
use crate::facts::{ContainerFact, Facts};
use crate::text::{several, shown};

const PROJECT: &str = "com.docker.compose.project";
const SERVICE: &str = "com.docker.compose.service";
/// Containers of `docker compose run` belong to no service's state.
const ONE_OFF: &str = "com.docker.compose.oneoff";

/// A project's services, each with the containers that it has.
type Project<'f> = BTreeMap<&'f str, Vec<&'f ContainerFact>>;

pub(super) async fn check(expect: &ComposeExpect, facts: &impl Facts) -> Finding {
    let containers = facts.containers().await?;
    let projects = projects(&containers);
    let candidates: Vec<(&str, &Project<'_>)> = projects
        .iter()
        .filter(|(name, _)| expect.project.matches(name))
        .map(|(name, project)| (*name, project))
        .take(CANDIDATES_MAX)
        .collect();
    if candidates.is_empty() {
        return Ok(Some(missing(expect, projects.keys().copied())));
    }
    let mut failures = Vec::new();
    for (name, project) in candidates {
        match services(expect, name, project) {
            Some(failure) => failures.push(
                failure
                    .actual_fact("name", shown(name))
                    .actual_fact("services", several(project.keys()).replace('`', "")),
            ),
            None => return Ok(None),
        }
    }
    Ok(furthest(failures, &["services"]))
}

fn projects(containers: &[ContainerFact]) -> BTreeMap<&str, Project<'_>> {
    let mut projects: BTreeMap<&str, Project<'_>> = BTreeMap::new();
    for container in containers {
        let label = |name: &str| container.labels.get(name).map(String::as_str);
        if label(ONE_OFF).is_some_and(|one_off| one_off.eq_ignore_ascii_case("true")) {
            continue;
        }
        if let (Some(project), Some(service)) = (label(PROJECT), label(SERVICE)) {
            let services = projects.entry(project).or_default();
            services.entry(service).or_default().push(container);
        }
    }
    projects
}

/// The first service that is not as it is to be.
fn services(expect: &ComposeExpect, name: &str, project: &Project<'_>) -> Option<Failure> {
    let name = shown(name);
    let wanted = expect.services.as_ref()?;
    wanted.0.iter().find_map(|(service, states)| {
        let service = shown(service);
        let words = words(states);
        let Some(containers) = project.get(service.as_str()) else {
            let message = format!(
                "The Compose project `{name}` has no container for the service `{service}`; it has {}. `docker compose up -d` makes what the file names.",
                several(project.keys())
            );
            let wanted = if words.is_empty() { "there" } else { &words };
            return Some(Failure::new("services", message).compare(format!("{service}: {wanted}"), "not there"));
        };
        let other = containers
            .iter()
            .find(|container| !states.is_empty() && !states.contains(&container.state))?;
        let container = shown(&other.name);
        let why = if other.state == ContainerState::Exited {
            format!(" `docker logs {container}` may say why.")
        } else {
            String::new()
        };
        let message = format!(
            "The service `{service}` of the Compose project `{name}` is {}; it is to be {words}. Its container is `{container}`.{why}",
            other.state
        );
        Some(
            Failure::new("services", message)
                .compare(format!("{service}: {words}"), format!("{service}: {}", other.state)),
        )
    })
}

fn words(states: &[ContainerState]) -> String {
    let words: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
    words.join(" or ")
}

fn missing<'a>(expect: &ComposeExpect, projects: impl Iterator<Item = &'a str>) -> Failure {
    let wanted = expect.project.as_str();
    let projects: BTreeSet<&str> = projects.collect();
    let near = nearest(wanted, projects.iter().copied());
    let message = match near {
        Some(near) => format!(
            "There is no Compose project `{wanted}` yet, but there is `{}`: is one of them a slip?",
            shown(near)
        ),
        None if projects.is_empty() => {
            "No Compose project has a container yet. `docker compose up -d`, in the folder of its file, makes and starts them.".to_owned()
        }
        None => format!(
            "There is no Compose project `{wanted}` yet; there is {}. A project is named after the folder of its file, or by `name:` in it.",
            several(&projects)
        ),
    };
    Failure::new("missing", message).expecting(wanted)
}
