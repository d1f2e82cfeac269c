//! What is asked of one container, field by field.

use drydock_lesson::expect::{
    ContainerExpect, ContainerState, Health, MountWanted, PublishedPort, Reference, ReferencePattern,
    Restart, TextRules,
};

use crate::error::FactError;
use crate::facts::{ContainerDetail, ContainerFact, Facts, MountFact};
use crate::matchers::{Failure, plain, rules, settings};
use crate::text::{code, several, shown};

/// Where the workspace is in a sandbox: what `./` in a mount means.
const WORKSPACE: &str = "/home/learner/";

/// Whether it was made from an image of that name: by the name that was used, or because the image has it too. A digest is asked for
/// because it is what a container is to be started by: there, the name that was used decides.
pub(super) async fn image(
    wanted: &ReferencePattern,
    container: &ContainerFact,
    facts: &impl Facts,
) -> Result<Option<Failure>, FactError> {
    if Reference::from_engine(&container.image).is_some_and(|used| wanted.matches(&used)) {
        return Ok(None);
    }
    let is_by_digest = wanted.tag().is_none();
    let images = facts.images().await?;
    let own = images.iter().find(|image| image.id == container.image_id);
    if !is_by_digest && own.is_some_and(|image| image.references.iter().any(|name| wanted.matches(name))) {
        return Ok(None);
    }
    let message = format!(
        "The container {} was made from {}; it is to be made from `{wanted}`. A container keeps its image: remove it and run another.",
        code(&container.name),
        code(&container.image)
    );
    Ok(Some(
        Failure::new("image", message).compare(wanted.to_string(), shown(&container.image)),
    ))
}

/// Everything that one look at the container answers.
pub(super) fn made(
    expect: &ContainerExpect,
    container: &ContainerFact,
    detail: &ContainerDetail,
) -> Option<Failure> {
    let name = shown(&container.name);
    let owner = format!("the container `{name}`");
    state(expect, &name, detail)
        .or_else(|| exit_code(expect, &name, detail))
        .or_else(|| health(expect, &name, detail))
        .or_else(|| {
            expect
                .ports
                .iter()
                .flatten()
                .find_map(|wanted| port(*wanted, &name, detail))
        })
        .or_else(|| {
            let wanted = expect.env.as_ref()?;
            let look = format!("`docker inspect {name}` shows them.");
            settings::check("env", "variable", &owner, &look, wanted, &detail.env)
        })
        .or_else(|| {
            expect
                .mounts
                .iter()
                .flatten()
                .find_map(|wanted| mount(wanted, &name, detail))
        })
        .or_else(|| networks(expect, &name, detail))
        .or_else(|| restart(expect, &name, detail))
        .or_else(|| command(expect, &name, detail))
}

fn state(expect: &ContainerExpect, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let wanted = expect
        .state
        .as_ref()
        .filter(|wanted| !wanted.contains(&detail.state))?;
    let words = wanted
        .iter()
        .map(|state| state.as_str())
        .collect::<Vec<_>>()
        .join(" or ");
    let (found, why) = match detail.state {
        ContainerState::Exited if detail.exit_code != 0 => (
            format!("exited, with status {}", detail.exit_code),
            format!(" `docker logs {name}` may say why."),
        ),
        ContainerState::Exited => (
            "exited".to_owned(),
            " A container ends when its first process does.".to_owned(),
        ),
        ContainerState::Created => ("created".to_owned(), " It was made and never started.".to_owned()),
        ContainerState::Paused => (
            "paused".to_owned(),
            " Its processes are frozen, not ended.".to_owned(),
        ),
        other => (other.to_string(), String::new()),
    };
    let message = format!("The container `{name}` is {found}; it is to be {words}.{why}");
    Some(Failure::new("state", message).compare(words, found))
}

fn exit_code(expect: &ContainerExpect, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let wanted = expect.exit_code?;
    let ended = matches!(detail.state, ContainerState::Exited | ContainerState::Dead);
    if ended && wanted.fits(detail.exit_code) {
        return None;
    }
    let (message, found) = if ended {
        let message = format!(
            "The container `{name}` ended with status {}; it is to be {}. `docker logs {name}` may say why.",
            detail.exit_code,
            plain(wanted)
        );
        (message, detail.exit_code.to_string())
    } else {
        let message = format!(
            "The container `{name}` has not ended yet: it is {}.",
            detail.state
        );
        (message, format!("{}, not ended", detail.state))
    };
    Some(Failure::new("exit_code", message).compare(plain(wanted), found))
}

fn health(expect: &ContainerExpect, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let wanted = expect.health.filter(|wanted| *wanted != detail.health)?;
    let message = match detail.health {
        Health::None => format!(
            "The container `{name}` has no health check; it is to be {wanted}. A health check comes from its image or is given when it is made."
        ),
        found => format!(
            "The container `{name}` is {found}; it is to be {wanted}. `docker inspect -f '{{{{json .State.Health}}}}' {name}` shows what its checks said."
        ),
    };
    let (wanted, found) = (wanted.to_string(), detail.health.to_string());
    Some(Failure::new("health", message).compare(wanted, found))
}

fn port(wanted: PublishedPort, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let fits = |found: &&PublishedPort| {
        found.container == wanted.container
            && wanted.host.is_none_or(|host| found.host == Some(host))
            && wanted
                .address
                .is_none_or(|address| found.address == Some(address))
    };
    if detail.ports.iter().any(|found| fits(&found)) {
        return None;
    }
    let found = several(detail.ports.iter().map(ToString::to_string));
    let turned = detail
        .ports
        .iter()
        .any(|found| found.host == Some(wanted.container.port) && wanted.host == Some(found.container.port));
    let message = if turned {
        format!(
            "The container `{name}` publishes {found}; it is to publish `{wanted}`. The host's port comes first, then the container's."
        )
    } else if detail.unpublished.contains(&wanted.container) && detail.ports.is_empty() {
        format!(
            "The container `{name}` declares port `{}` but publishes none. Ports are published when a container is made.",
            wanted.container
        )
    } else {
        format!(
            "The container `{name}` publishes {found}; it is to publish `{wanted}`. `docker ps` shows them under PORTS."
        )
    };
    Some(Failure::new("ports", message).compare(wanted.to_string(), found.replace('`', "")))
}

fn mount(wanted: &MountWanted, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let source_fits = |found: &MountFact| match wanted.source.as_deref() {
        None => true,
        Some(source) => match source.strip_prefix("./").or_else(|| source.strip_prefix("~/")) {
            Some(relative) => {
                found
                    .source
                    .strip_prefix(WORKSPACE)
                    .map(|path| path.trim_end_matches('/'))
                    == Some(relative.trim_end_matches('/'))
            }
            None => source.trim_end_matches('/') == found.source.trim_end_matches('/'),
        },
    };
    let target = |path: &str| path.trim_end_matches('/').to_owned();
    let at_target = detail
        .mounts
        .iter()
        .find(|found| target(&found.target) == target(&wanted.target));
    let message = match at_target {
        None => {
            let found = several(detail.mounts.iter().map(|mount| &mount.target));
            format!(
                "Nothing is mounted at `{}` in the container `{name}`; there is something at {found}. Mounts are given when a container is made.",
                wanted.target
            )
        }
        Some(found) if !source_fits(found) => format!(
            "At `{}` in the container `{name}`, {} is mounted; it is to be {}.",
            wanted.target,
            code(&found.source),
            code(wanted.source.as_deref().unwrap_or_default())
        ),
        Some(found) => match wanted.read_only {
            Some(true) if !found.read_only => format!(
                "What is mounted at `{}` in the container `{name}` can be written to; `:ro` at its end makes it read-only.",
                wanted.target
            ),
            Some(false) if found.read_only => {
                format!(
                    "What is mounted at `{}` in the container `{name}` is read-only; it is to be writable.",
                    wanted.target
                )
            }
            _ => return None,
        },
    };
    let found = at_target.map_or_else(
        || "not mounted".to_owned(),
        |found| {
            format!(
                "{}:{}{}",
                shown(&found.source),
                shown(&found.target),
                if found.read_only { ":ro" } else { "" }
            )
        },
    );
    Some(Failure::new("mounts", message).compare(wanted.to_string(), found))
}

fn networks(expect: &ContainerExpect, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let attached =
        |wanted: &drydock_lesson::expect::Glob| detail.networks.iter().any(|found| wanted.matches(found));
    let wanted = expect
        .networks
        .iter()
        .flatten()
        .find(|wanted| !attached(wanted))?;
    let found = several(&detail.networks);
    let message = format!(
        "The container `{name}` is on {found}; it is to be on `{wanted}`. `docker inspect {name}` lists its networks.",
        wanted = wanted.as_str()
    );
    Some(Failure::new("networks", message).compare(wanted.as_str(), found.replace('`', "")))
}

fn restart(expect: &ContainerExpect, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let wanted = expect.restart?;
    let fits = match wanted {
        Restart::OnFailure(None) => detail.restart.starts_with("on-failure"),
        other => detail.restart == other.to_string(),
    };
    if fits {
        return None;
    }
    let message = format!(
        "The restart policy of the container `{name}` is {}; it is to be `{wanted}`. `docker inspect {name}` shows it under HostConfig.",
        code(&detail.restart)
    );
    Some(Failure::new("restart", message).compare(wanted.to_string(), shown(&detail.restart)))
}

fn command(expect: &ContainerExpect, name: &str, detail: &ContainerDetail) -> Option<Failure> {
    let wanted = expect.command.as_ref()?;
    if wanted.matches(&detail.command) || wanted.matches(&detail.args) {
        return None;
    }
    let found = if detail.command.is_empty() {
        detail.args.join(" ")
    } else {
        detail.command.join(" ")
    };
    let message = format!(
        "The container `{name}` runs {}; it is to run {}. The command stands after the image in `docker run`.",
        code(&found),
        code(&wanted.to_string())
    );
    Some(Failure::new("command", message).compare(wanted.to_string(), shown(&found)))
}

/// What it has written.
pub(super) fn logs(rules: &TextRules, container: &ContainerFact, logs: &str) -> Option<Failure> {
    let name = shown(&container.name);
    let place = format!("the logs of `{name}`");
    let look = format!("`docker logs {name}` shows them.");
    rules::check("logs", &place, &look, rules, logs.lines())
}
