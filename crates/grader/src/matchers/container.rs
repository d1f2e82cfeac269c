//! `container`: containers by their names.

mod fields;

use drydock_lesson::expect::{ContainerExpect, nearest};
use futures::FutureExt;
use futures::future::try_join_all;

use super::{CANDIDATES_MAX, Failure, Finding, furthest};
use crate::error::FactError;
use crate::facts::{ContainerDetail, ContainerFact, Facts};
use crate::text::{several, short_id, shown};

/// How many candidates are looked into at once.
const AT_ONCE: usize = 8;

pub(super) async fn check(expect: &ContainerExpect, facts: &impl Facts) -> Finding {
    let containers = facts.containers().await?;
    let fitting = containers
        .iter()
        .filter(|container| expect.name.matches(&container.name));
    let candidates: Vec<&ContainerFact> = fitting.take(CANDIDATES_MAX).collect();
    if candidates.is_empty() {
        return Ok(Some(missing(expect, &containers)));
    }
    let asked = expect.asked();
    if asked.is_empty() {
        return Ok(None);
    }
    let mut results: Vec<Option<Failure>> = Vec::new();
    for some in candidates.chunks(AT_ONCE) {
        let checks = some.iter().map(|one| first_failure(expect, one, facts).boxed());
        results.extend(try_join_all(checks).await?);
    }
    if results.iter().any(Option::is_none) {
        return Ok(None);
    }
    Ok(furthest(results.into_iter().flatten().collect(), &asked))
}

async fn first_failure(
    expect: &ContainerExpect,
    container: &ContainerFact,
    facts: &impl Facts,
) -> Result<Option<Failure>, FactError> {
    let Some(detail) = facts.container(&container.id).await? else {
        let message = format!("The container `{}` has just gone.", shown(&container.name));
        return Ok(Some(Failure::new("missing", message)));
    };
    let mut failure = match &expect.image {
        Some(wanted) => fields::image(wanted, container, facts).await?,
        None => None,
    };
    failure = failure.or_else(|| fields::made(expect, container, &detail));
    if failure.is_none()
        && let Some(rules) = &expect.logs
    {
        let logs = facts.logs(&container.id).await?.unwrap_or_default();
        failure = fields::logs(rules, container, &logs);
    }
    Ok(failure.map(|failure| describe(failure, container, &detail)))
}

/// What an author's message may say of a container.
fn describe(failure: Failure, container: &ContainerFact, detail: &ContainerDetail) -> Failure {
    failure
        .actual_fact("name", shown(&container.name))
        .actual_fact("id", short_id(&container.id))
        .actual_fact("image", shown(&container.image))
        .actual_fact("state", detail.state.to_string())
        .actual_fact("exit_code", detail.exit_code.to_string())
        .actual_fact("health", detail.health.to_string())
        .actual_fact("command", shown(&detail.command.join(" ")))
        .actual_fact("restart", shown(&detail.restart))
}

/// Nothing has that name: what is there that comes near?
fn missing(expect: &ContainerExpect, containers: &[ContainerFact]) -> Failure {
    let wanted = expect.name.as_str();
    let names = || containers.iter().map(|container| container.name.as_str());
    let message = if containers.is_empty() {
        "There is no container yet. `docker run` makes one and starts it.".to_owned()
    } else if expect.name.has_wildcards() {
        format!(
            "No container is called like `{wanted}`; there are {}. `docker ps -a` lists them all.",
            several(names())
        )
    } else {
        match nearest(wanted, names()) {
            Some(near) => {
                format!(
                    "There is no container `{wanted}` yet, but there is `{}`: is one of them a slip?",
                    shown(near)
                )
            }
            None => format!(
                "There is no container `{wanted}` yet; there are {}. `docker run --name {wanted} …` gives a container its name.",
                several(names())
            ),
        }
    };
    // A pattern that anything fits says nothing to a reader.
    let wanted = if wanted == "*" { "a container" } else { wanted };
    Failure::new("missing", message).expecting(wanted)
}
