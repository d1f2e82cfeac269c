//! The learner's containers, with what pictures of them need, and what they print.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use bollard::Docker;
use bollard::models::{ContainerSummary, MountPoint, PortSummaryTypeEnum};
use bollard::query_parameters::{ListContainersOptionsBuilder, LogsOptionsBuilder};
use drydock_protocol::api::Problem;
use drydock_protocol::live::CLOSE_NO_SANDBOX;
use drydock_protocol::workbench::{ContainerView, MountView, PortView};
use futures::StreamExt;

use super::engine;
use crate::live::sockets::{SocketCount, pass_on};
use crate::problem::{ApiError, Kind, Path};
use crate::session::Learner;
use crate::state::App;

/// As many as anybody would look at, newest first.
const CONTAINERS_MAX: usize = 200;
/// Ports, networks or mounts of one, at most.
const PARTS_MAX: usize = 64;
/// Names, commands and paths are cut at so many characters.
const TEXT_MAX: usize = 512;
/// Lines that are told of what was printed before.
const LOG_LINES: &str = "200";
/// The longest piece of a log in one frame, in bytes.
const PIECE_MAX: usize = 16 * 1024;
/// WebSocket close code: the container has ended, or its log has.
const CLOSE_LOG_ENDED: u16 = 1000;

/// The containers in the learner's engine, running or not.
#[utoipa::path(get, path = "/sandbox/containers", tag = "sandbox",
    responses((status = 200, body = Vec<ContainerView>), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    learner: Option<Learner>,
) -> Result<Json<Vec<ContainerView>>, ApiError> {
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let all = ListContainersOptionsBuilder::new().all(true).build();
    let mut found = engine::answer(sandbox.engine().list_containers(Some(all))).await?;
    found.sort_by_key(|container| std::cmp::Reverse(container.created));
    Ok(Json(found.into_iter().take(CONTAINERS_MAX).map(view).collect()))
}

/// Opens what a container prints: a WebSocket of text frames, from its last 200 lines on, as it comes. It closes with 1000
/// when the container ends, and with 4004 where there is no sandbox or no such container.
#[utoipa::path(get, path = "/sandbox/containers/{id}/logs", tag = "sandbox", params(("id" = String, Path)),
    responses((status = 101), (status = 400, body = Problem), (status = 409, body = Problem)))]
pub async fn logs(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    // It becomes part of an address at the learner's engine.
    if id.is_empty() || id.len() > 64 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ApiError::new(
            Kind::BadRequest,
            "A container is named by its id: up to 64 hexadecimal digits.",
        ));
    }
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let upgrade = upgrade.max_message_size(1024).max_frame_size(1024);
    Ok(upgrade.on_upgrade(async move |socket| {
        let _count = SocketCount::log();
        tokio::select! {
            () = read_along(socket, sandbox.engine(), &id) => {}
            () = sandbox.ended().cancelled() => {}
        }
    }))
}

async fn read_along(socket: WebSocket, engine: &Docker, id: &str) {
    let options = LogsOptionsBuilder::default()
        .stdout(true)
        .stderr(true)
        .follow(true)
        .tail(LOG_LINES)
        .build();
    let texts = engine.logs(id, Some(options)).map(|piece| match piece {
        Ok(piece) => {
            let bytes = piece.into_bytes();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(PIECE_MAX)]);
            Ok(text.as_ref().into())
        }
        Err(error) => Err((CLOSE_NO_SANDBOX, error.to_string())),
    });
    pass_on(
        socket,
        texts,
        (CLOSE_LOG_ENDED, "the container has ended".to_owned()),
    )
    .await;
}

fn view(container: ContainerSummary) -> ContainerView {
    let names = container.names.unwrap_or_default();
    // Of several, those with a second slash are links from other containers.
    let name = names.iter().find(|name| name.rfind('/') == Some(0));
    let networks = container
        .network_settings
        .and_then(|settings| settings.networks)
        .unwrap_or_default();
    let mut networks: Vec<String> = networks.into_keys().map(cut).collect();
    networks.sort();
    networks.truncate(PARTS_MAX);
    let ports: BTreeSet<PortView> = container
        .ports
        .unwrap_or_default()
        .into_iter()
        .map(|port| PortView {
            container: port.private_port,
            published: port.public_port,
            protocol: match port.typ {
                Some(PortSummaryTypeEnum::UDP) => "udp",
                Some(PortSummaryTypeEnum::SCTP) => "sctp",
                _ => "tcp",
            }
            .to_owned(),
        })
        .collect();
    let mounts = container.mounts.unwrap_or_default();
    ContainerView {
        id: cut(container.id.unwrap_or_default()),
        name: cut(name.map_or_else(String::new, |name| name[1..].to_owned())),
        image: cut(container.image.unwrap_or_default()),
        image_id: cut(container.image_id.unwrap_or_default()),
        state: container.state.map(|state| state.to_string()).unwrap_or_default(),
        status: cut(container.status.unwrap_or_default()),
        created: container.created.unwrap_or_default(),
        command: cut(container.command.unwrap_or_default()),
        ports: ports.into_iter().take(PARTS_MAX).collect(),
        networks,
        mounts: mounts.into_iter().take(PARTS_MAX).map(mount).collect(),
    }
}

fn mount(mount: MountPoint) -> MountView {
    let source = mount.name.filter(|name| !name.is_empty()).or(mount.source);
    MountView {
        kind: cut(mount.typ.unwrap_or_default()),
        source: cut(source.unwrap_or_default()),
        target: cut(mount.destination.unwrap_or_default()),
        writable: mount.rw.unwrap_or(true),
    }
}

/// What the engine says is the learner's claim: no longer than anybody would read.
fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::PortSummary;

    use super::*;

    #[test]
    fn a_port_on_both_families_is_one() {
        let port = |ip: &str| PortSummary {
            ip: Some(ip.to_owned()),
            private_port: 80,
            public_port: Some(8080),
            typ: Some(PortSummaryTypeEnum::TCP),
        };
        let seen = view(ContainerSummary {
            names: Some(vec!["/other/alias".into(), "/web".into()]),
            ports: Some(vec![port("0.0.0.0"), port("::")]),
            ..ContainerSummary::default()
        });
        assert_eq!(seen.name, "web");
        let ports: Vec<_> = seen
            .ports
            .iter()
            .map(|port| (port.container, port.published))
            .collect();
        assert_eq!(ports, [(80, Some(8080))]);
    }

    #[test]
    fn a_name_without_an_end_is_cut() {
        assert_eq!(cut("ü".repeat(2 * TEXT_MAX)).chars().count(), TEXT_MAX);
    }
}
