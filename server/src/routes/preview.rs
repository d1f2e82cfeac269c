//! Where the learner's own web servers are.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use bollard::models::{PortSummary, PortSummaryTypeEnum};
use drydock_protocol::api::Problem;
use drydock_protocol::workbench::{PreviewPort, PreviewView};
use drydock_sandbox::Sandbox;

use super::engine;
use crate::preview::{Addresses, Target};
use crate::problem::ApiError;
use crate::session::Learner;
use crate::state::App;

/// As many ports as anybody would choose from.
const PORTS_MAX: usize = 50;

/// The ports that can be looked at, with their addresses.
#[utoipa::path(get, path = "/sandbox/preview", tag = "sandbox",
    responses((status = 200, body = PreviewView), (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn list(
    State(app): State<App>,
    learner: Option<Learner>,
    headers: HeaderMap,
) -> Result<Json<PreviewView>, ApiError> {
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let name = sandbox.preview_name();
    let addresses = Addresses::new(&app.settings);
    let of = |port| {
        let name = name.clone();
        addresses.of(&Target { name, port }, &headers)
    };
    let ports = published(&sandbox)
        .await?
        .into_iter()
        .map(|(port, container)| PreviewPort {
            port,
            container,
            url: of(port).0,
        });
    Ok(Json(PreviewView {
        ports: ports.collect(),
        own_origin: of(1).1,
    }))
}

/// The TCP ports that running containers publish to others than their own machine, and whose each is; smallest first.
pub(crate) async fn published(sandbox: &Sandbox) -> Result<Vec<(u16, String)>, ApiError> {
    let running = engine::answer(sandbox.engine().list_containers(None)).await?;
    let mut ports = BTreeMap::new();
    for container in running {
        let names = container.names.unwrap_or_default();
        let name = names.first().map_or("", |name| name.trim_start_matches('/'));
        for port in container.ports.unwrap_or_default().iter().filter_map(reachable) {
            ports
                .entry(port)
                .or_insert_with(|| name.chars().take(128).collect());
        }
    }
    Ok(ports.into_iter().take(PORTS_MAX).collect())
}

/// Where it is published, if it can be reached from beside the sandbox: one that is published to `127.0.0.1` is for programs in it.
fn reachable(port: &PortSummary) -> Option<u16> {
    let is_tcp = port.typ == Some(PortSummaryTypeEnum::TCP);
    let to_itself = port
        .ip
        .as_deref()
        .and_then(|ip| ip.parse::<std::net::IpAddr>().ok())
        .is_some_and(|ip| ip.is_loopback());
    port.public_port.filter(|port| is_tcp && !to_itself && *port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_to_the_sandbox_alone_is_not_offered() {
        let port = |ip: &str, public_port, typ| PortSummary {
            ip: Some(ip.into()),
            private_port: 80,
            public_port,
            typ: Some(typ),
        };
        assert_eq!(
            reachable(&port("0.0.0.0", Some(8080), PortSummaryTypeEnum::TCP)),
            Some(8080)
        );
        assert_eq!(
            reachable(&port("::", Some(8080), PortSummaryTypeEnum::TCP)),
            Some(8080)
        );
        assert_eq!(
            reachable(&port("127.0.0.1", Some(8080), PortSummaryTypeEnum::TCP)),
            None
        );
        assert_eq!(
            reachable(&port("0.0.0.0", Some(53), PortSummaryTypeEnum::UDP)),
            None
        );
        assert_eq!(reachable(&port("0.0.0.0", None, PortSummaryTypeEnum::TCP)), None);
    }
}
