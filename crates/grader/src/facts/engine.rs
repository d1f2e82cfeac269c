//! The learner's engine, asked through bollard, and its answers cut to size.

mod things;

use std::collections::BTreeSet;

use bollard::Docker;
use bollard::errors::Error as BollardError;
use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum, ContainerSummary, HealthStatusEnum, ImageInspect,
    ImageSummary, MountPoint, PortMap, RestartPolicy, RestartPolicyNameEnum,
};
use bollard::query_parameters::{ListContainersOptionsBuilder, ListImagesOptionsBuilder, LogsOptionsBuilder};
use drydock_lesson::expect::{ContainerState, Health, PortWanted, PublishedPort, Reference};
use futures::StreamExt;

pub(super) use things::{networks, volumes};

use super::limits::{LOG_LINES, LOGS_MAX, PARTS_MAX, THINGS_MAX, env, is_id, text, texts};
use super::{ContainerDetail, ContainerFact, ImageDetail, ImageFact, MountFact};
use crate::error::FactError;

/// All images with a name, and those that are dangling: what `docker images` lists.
pub(super) async fn images(engine: &Docker) -> Result<Vec<ImageFact>, FactError> {
    let options = ListImagesOptionsBuilder::default()
        .all(false)
        .digests(true)
        .build();
    let list = engine
        .list_images(Some(options))
        .await
        .map_err(|error| failed("its images", &error))?;
    let mut images: Vec<ImageFact> = list
        .into_iter()
        .filter(|image| is_id(&image.id))
        .take(THINGS_MAX)
        .map(image_fact)
        .collect();
    images.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.id.cmp(&b.id)));
    Ok(images)
}

fn image_fact(image: ImageSummary) -> ImageFact {
    let names = image.repo_tags.iter().chain(&image.repo_digests);
    ImageFact {
        references: names
            .take(PARTS_MAX)
            .filter_map(|name| Reference::from_engine(name))
            .collect(),
        id: image.id,
        created: image.created,
        size: u64::try_from(image.size).unwrap_or(0),
    }
}

/// What is inside one image.
pub(super) async fn image(engine: &Docker, id: &str) -> Result<Option<ImageDetail>, FactError> {
    let found = there(engine.inspect_image(id).await, "an image")?;
    Ok(found.map(image_detail))
}

fn image_detail(image: ImageInspect) -> ImageDetail {
    let config = image.config.unwrap_or_default();
    ImageDetail {
        layers: texts(image.root_fs.and_then(|root| root.layers)),
        cmd: texts(config.cmd),
        entrypoint: texts(config.entrypoint),
        user: text(config.user.unwrap_or_default()),
        workdir: text(config.working_dir.unwrap_or_default()),
        env: env(config.env),
        labels: things::labels(config.labels),
        exposes: texts(config.exposed_ports).into_iter().collect(),
    }
}

/// The build steps of one image, oldest first.
pub(super) async fn history(engine: &Docker, id: &str) -> Result<Option<Vec<String>>, FactError> {
    let found = there(engine.image_history(id).await, "the history of an image")?;
    Ok(found.map(|steps| {
        steps
            .into_iter()
            .take(PARTS_MAX)
            .rev()
            .map(|step| instruction(&text(step.created_by)))
            .collect()
    }))
}

/// A build step as its Dockerfile had it. BuildKit writes `RUN /bin/sh -c apt-get update # buildkit`, older builders
/// `/bin/sh -c #(nop)  CMD ["nginx"]` and `/bin/sh -c apt-get update`.
fn instruction(step: &str) -> String {
    let step = step.trim().trim_end_matches("# buildkit").trim_end();
    if let Some(metadata) = step.strip_prefix("/bin/sh -c #(nop)") {
        return metadata.trim().to_owned();
    }
    let (keyword, rest) = match step.strip_prefix("RUN ") {
        Some(rest) => ("RUN ", rest),
        None => ("", step),
    };
    // Build arguments stand in front of the shell: `|2 A=1 B=2 /bin/sh -c …`.
    let rest = match rest
        .strip_prefix('|')
        .and_then(|_| rest.split_once("/bin/sh -c "))
    {
        Some((_, command)) => return format!("RUN {}", command.trim()),
        None => rest,
    };
    match rest.strip_prefix("/bin/sh -c ") {
        Some(command) => format!("RUN {}", command.trim()),
        None => format!("{keyword}{}", rest.trim()),
    }
}

/// All containers, running or not.
pub(super) async fn containers(engine: &Docker) -> Result<Vec<ContainerFact>, FactError> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let mut list = engine
        .list_containers(Some(options))
        .await
        .map_err(|error| failed("its containers", &error))?;
    list.sort_by_key(|container| std::cmp::Reverse(container.created));
    Ok(list
        .into_iter()
        .take(THINGS_MAX)
        .filter_map(container_fact)
        .collect())
}

fn container_fact(container: ContainerSummary) -> Option<ContainerFact> {
    let id = container.id.filter(|id| is_id(id))?;
    // Links give a container further names, `/other/alias`; its own has one slash.
    let names = container.names.unwrap_or_default();
    let name = names
        .iter()
        .filter_map(|name| name.strip_prefix('/'))
        .find(|name| !name.contains('/'))?;
    Some(ContainerFact {
        id,
        name: text(name.to_owned()),
        image: text(container.image.unwrap_or_default()),
        image_id: text(container.image_id.unwrap_or_default()),
        state: things::listed_state(container.state),
        labels: things::labels(container.labels),
        networks: container
            .network_settings
            .and_then(|settings| settings.networks)
            .into_iter()
            .flatten()
            .take(PARTS_MAX)
            .map(|(name, _)| text(name))
            .collect(),
        volumes: things::volumes_of(container.mounts),
    })
}

/// How one container is made.
pub(super) async fn container(engine: &Docker, id: &str) -> Result<Option<ContainerDetail>, FactError> {
    let found = there(engine.inspect_container(id, None).await, "a container")?;
    Ok(found.map(container_detail))
}

fn container_detail(container: ContainerInspectResponse) -> ContainerDetail {
    let state = container.state.unwrap_or_default();
    let host = container.host_config.unwrap_or_default();
    let config = container.config.unwrap_or_default();
    let network = container.network_settings.unwrap_or_default();
    let mut args = vec![text(container.path.unwrap_or_default())];
    args.extend(texts(container.args));
    // Ports are bound when it runs; before and after, only what was asked for is known.
    let bound = network.ports.filter(|ports| !ports.is_empty());
    let (ports, unpublished) = ports(bound.or(host.port_bindings).unwrap_or_default());
    ContainerDetail {
        state: container_state(state.status),
        exit_code: state.exit_code.unwrap_or(0),
        health: match state.health.and_then(|health| health.status) {
            Some(HealthStatusEnum::HEALTHY) => Health::Healthy,
            Some(HealthStatusEnum::UNHEALTHY) => Health::Unhealthy,
            Some(HealthStatusEnum::STARTING) => Health::Starting,
            _ => Health::None,
        },
        ports,
        unpublished,
        env: env(config.env),
        mounts: container
            .mounts
            .into_iter()
            .flatten()
            .take(PARTS_MAX)
            .map(mount)
            .collect(),
        networks: network
            .networks
            .into_iter()
            .flatten()
            .take(PARTS_MAX)
            .map(|(name, _)| text(name))
            .collect(),
        restart: restart(host.restart_policy),
        command: texts(config.cmd),
        args,
    }
}

fn container_state(status: Option<ContainerStateStatusEnum>) -> ContainerState {
    match status {
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING) => {
            ContainerState::Running
        }
        Some(ContainerStateStatusEnum::PAUSED) => ContainerState::Paused,
        Some(ContainerStateStatusEnum::RESTARTING) => ContainerState::Restarting,
        Some(ContainerStateStatusEnum::REMOVING) => ContainerState::Removing,
        Some(ContainerStateStatusEnum::EXITED) => ContainerState::Exited,
        Some(ContainerStateStatusEnum::DEAD) => ContainerState::Dead,
        Some(ContainerStateStatusEnum::CREATED | ContainerStateStatusEnum::EMPTY) | None => {
            ContainerState::Created
        }
    }
}

fn ports(map: PortMap) -> (Vec<PublishedPort>, Vec<PortWanted>) {
    let mut published = Vec::new();
    let mut unpublished = BTreeSet::new();
    for (port, bindings) in map.into_iter().take(PARTS_MAX) {
        let Ok(container) = port.parse::<PortWanted>() else {
            continue;
        };
        let before = published.len();
        for binding in bindings.unwrap_or_default().into_iter().take(PARTS_MAX) {
            published.push(PublishedPort {
                address: binding.host_ip.and_then(|address| address.parse().ok()),
                host: binding.host_port.and_then(|port| port.parse().ok()),
                container,
            });
        }
        if published.len() == before {
            unpublished.insert((container.port, container.protocol.as_str()));
        }
    }
    published.sort_by_key(|port| (port.container.port, port.host, port.address));
    let unpublished = unpublished
        .into_iter()
        .filter_map(|(port, protocol)| {
            Some(PortWanted {
                port,
                protocol: protocol.parse().ok()?,
            })
        })
        .collect();
    (published, unpublished)
}

fn mount(mount: MountPoint) -> MountFact {
    MountFact {
        source: text(mount.name.or(mount.source).unwrap_or_default()),
        target: text(mount.destination.unwrap_or_default()),
        read_only: mount.rw == Some(false),
    }
}

fn restart(policy: Option<RestartPolicy>) -> String {
    let policy = policy.unwrap_or_default();
    match (policy.name, policy.maximum_retry_count) {
        (Some(RestartPolicyNameEnum::ALWAYS), _) => "always".to_owned(),
        (Some(RestartPolicyNameEnum::UNLESS_STOPPED), _) => "unless-stopped".to_owned(),
        (Some(RestartPolicyNameEnum::ON_FAILURE), Some(times)) if times > 0 => format!("on-failure:{times}"),
        (Some(RestartPolicyNameEnum::ON_FAILURE), _) => "on-failure".to_owned(),
        _ => "no".to_owned(),
    }
}

/// The end of what one container has written, both streams as they came.
pub(super) async fn logs(engine: &Docker, id: &str) -> Result<Option<String>, FactError> {
    let options = LogsOptionsBuilder::default()
        .stdout(true)
        .stderr(true)
        .tail(LOG_LINES)
        .build();
    let mut stream = std::pin::pin!(engine.logs(id, Some(options)));
    let mut bytes: Vec<u8> = Vec::new();
    while let Some(piece) = stream.next().await {
        let Some(piece) = there(piece, "the logs of a container")? else {
            return Ok(None);
        };
        bytes.extend_from_slice(&piece.into_bytes());
        if bytes.len() > 2 * LOGS_MAX {
            bytes.drain(..bytes.len() - LOGS_MAX);
        }
    }
    let end = &bytes[bytes.len().saturating_sub(LOGS_MAX)..];
    Ok(Some(String::from_utf8_lossy(end).into_owned()))
}

/// An answer, or None when the engine says that there is no such thing.
fn there<T>(answer: Result<T, BollardError>, what: &str) -> Result<Option<T>, FactError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(BollardError::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
        Err(error) => Err(failed(what, &error)),
    }
}

fn failed(what: &str, error: &BollardError) -> FactError {
    FactError::Engine {
        what: what.to_owned(),
        why: crate::text::shown(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bollard::models::{ImageSummary, PortBinding};

    use super::{image_fact, instruction, ports};

    #[test]
    fn build_steps_read_as_their_instructions() {
        for (step, read) in [
            ("RUN /bin/sh -c apt-get update # buildkit", "RUN apt-get update"),
            ("RUN |1 VERSION=1 /bin/sh -c make # buildkit", "RUN make"),
            ("COPY app.py /app/ # buildkit", "COPY app.py /app/"),
            ("CMD [\"python\" \"app.py\"]", "CMD [\"python\" \"app.py\"]"),
            ("/bin/sh -c #(nop)  CMD [\"nginx\"]", "CMD [\"nginx\"]"),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("|1 A=b /bin/sh -c make", "RUN make"),
            ("RUN python -m venv # buildkit", "RUN python -m venv"),
            ("", ""),
        ] {
            assert_eq!(instruction(step), read, "{step}");
        }
    }

    #[test]
    fn an_image_without_names_is_dangling() {
        let image = ImageSummary {
            repo_tags: vec!["<none>:<none>".into()],
            repo_digests: vec!["<none>@<none>".into()],
            size: -1,
            ..ImageSummary::default()
        };
        let fact = image_fact(image);
        assert!(fact.is_dangling());
        assert_eq!(fact.size, 0, "a size below nothing is nothing");
    }

    #[test]
    fn ports_that_are_bound_to_nothing_are_kept_apart() {
        let binding = PortBinding {
            host_ip: Some("0.0.0.0".into()),
            host_port: Some("8080".into()),
        };
        let map = HashMap::from([
            ("80/tcp".to_owned(), Some(vec![binding])),
            ("443/tcp".to_owned(), None),
        ]);
        let (published, unpublished) = ports(map);
        assert_eq!(published.len(), 1);
        assert_eq!(published[0].host, Some(8080));
        assert_eq!(unpublished[0].port, 443);
    }
}
