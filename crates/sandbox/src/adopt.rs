//! Finds the sandboxes of an earlier server again: those with an owner go back to them, those that were never anyone's go
//! back to the pool, and the rest is left to the reaper.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bollard::models::ContainerInspectResponse;
use drydock_protocol::agent::EngineStatus;
use drydock_protocol::api::Limits;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::agent::AgentClient;
use crate::board::Offer;
use crate::clock::Now;
use crate::gateway::proxy_token;
use crate::harden::{LABEL_GATEWAY, LABEL_LIMITS, TOKEN};
use crate::make::{agent_address, container_name};
use crate::names::{LABEL_SANDBOX, LABEL_SLOT, Owner, SandboxId};
use crate::records::Record;
use crate::sandbox::{Machine, Sandbox};
use crate::shared::Shared;
use crate::state::Life;
use crate::{Error, engine, ground, images, network};

/// What a container tells about the sandbox in it.
struct Found {
    sandbox: Arc<Sandbox>,
    slot: u16,
    image: String,
    /// Which gateway it knows, see [`LABEL_GATEWAY`].
    gateway: String,
}

/// What a sandbox has to be like for the pool.
struct AsNew {
    image: String,
    gateway: String,
}

/// Takes over what an earlier server left.
pub(crate) async fn all(shared: &Arc<Shared>) -> Result<(), Error> {
    let mut records: HashMap<SandboxId, Record> = shared
        .records
        .all()
        .into_iter()
        .map(|record| (record.id.clone(), record))
        .collect();
    let containers = shared.host.containers(&shared.config.instance).await?;
    // Where there is no image, no sandbox of the pool is of this image.
    let image = ground::image_id(&shared.host, &shared.config)
        .await
        .unwrap_or_default();
    // The network is there if any sandbox is.
    let bridge = network::find(&shared.host, &shared.config)
        .await?
        .and_then(|bridge| bridge.address);
    shared.found_bridge(bridge);
    let gateway = shared.config.gateway.as_ref().zip(bridge);
    let as_new = AsNew {
        image,
        gateway: gateway
            .map(|(gateway, bridge)| gateway.mark(bridge))
            .unwrap_or_default(),
    };
    let ids = containers.into_iter().filter_map(|container| {
        container
            .labels
            .unwrap_or_default()
            .get(LABEL_SANDBOX)?
            .parse::<SandboxId>()
            .ok()
    });
    for id in ids {
        let Some(record) = records.remove(&id) else {
            continue;
        };
        let container = shared.host.inspect(&container_name(&shared.config, &id)).await?;
        let found = container.and_then(|container| read(shared, &id, &container));
        match (record.owner.clone(), found) {
            (Some(owner), Some(found)) => give_back(shared, owner, record, found),
            (Some(owner), None) => tell_of_loss(shared, owner, record),
            (None, Some(found)) => back_to_the_pool(shared, &record, found, &as_new).await,
            (None, None) => shared.records.remove(&id),
        }
    }
    for (id, record) in records {
        shared.records.remove(&id);
        if let Some(owner) = record.owner.clone() {
            tell_of_loss(shared, owner, record);
        }
    }
    Ok(())
}

fn give_back(shared: &Arc<Shared>, owner: Owner, record: Record, found: Found) {
    let now = Now::read();
    // A clock that was put right in the meantime gives nobody more than a whole turn.
    let left = record
        .expires_at
        .saturating_sub(now.unix)
        .clamp(0, i64::from(u32::MAX));
    let most = shared.config.ttl() + shared.config.extend_by();
    let left = Duration::from_secs(left.unsigned_abs()).min(most);
    let life = Life::new(left, record.extensions_left.min(shared.config.extensions), now);
    info!(sandbox = %record.id, %owner, "sandbox.adopted");
    let (id, limits) = (record.id, found.sandbox.limits);
    keep(shared, found);
    shared.board(|board, now| board.adopt(owner.clone(), record.needs, limits, Ok((id, life)), now));
    shared.remember(&owner);
}

fn tell_of_loss(shared: &Arc<Shared>, owner: Owner, record: Record) {
    shared.records.remove(&record.id);
    let limits = record.needs.limits(&shared.config);
    let reason =
        "The sandbox ended while the server was away. Start a fresh one; your progress is kept.".to_owned();
    shared.board(|board, now| board.adopt(owner, record.needs, limits, Err(reason), now));
}

/// Only one that is as good as new: same image, same gateway, usual limits, engine running, all images there.
async fn back_to_the_pool(shared: &Arc<Shared>, record: &Record, found: Found, as_new: &AsNew) {
    let sandbox = &found.sandbox;
    let as_new = found.image == as_new.image
        && found.gateway == as_new.gateway
        && sandbox.limits == shared.config.limits;
    let ready = matches!(
        sandbox.agent.status().await.map(|status| status.engine),
        Ok(EngineStatus::Ready { .. })
    );
    if !as_new || !ready || !images::has_all(&sandbox.engine, &shared.config.preload).await {
        shared.records.remove(&record.id);
        return;
    }
    info!(sandbox = %record.id, "sandbox.adopted: into the pool");
    let offer = Offer {
        id: record.id.clone(),
        limits: sandbox.limits,
        images: shared.config.preload.iter().cloned().collect::<HashSet<_>>(),
    };
    keep(shared, found);
    shared.board(|board, _| board.adopt_offer(offer));
}

fn keep(shared: &Arc<Shared>, found: Found) {
    let seat = shared.seats.adopt(found.slot);
    shared.keep(Machine {
        sandbox: found.sandbox,
        _seat: seat,
    });
}

/// The sandbox in a container, if it runs and is one of ours.
fn read(shared: &Arc<Shared>, id: &SandboxId, container: &ContainerInspectResponse) -> Option<Found> {
    if !container.state.as_ref()?.running? {
        return None;
    }
    let config = container.config.as_ref()?;
    let labels = config.labels.as_ref()?;
    let token = config
        .env
        .as_ref()?
        .iter()
        .rev()
        .find_map(|entry| entry.strip_prefix(TOKEN)?.strip_prefix('='))?;
    let limits: Limits = serde_json::from_str(labels.get(LABEL_LIMITS)?).ok()?;
    let agent = AgentClient::new(agent_address(container, &shared.config)?, token).ok()?;
    let engine = engine::connect(&agent).ok()?;
    let sandbox = Sandbox {
        id: id.clone(),
        agent,
        engine,
        limits,
        proxy_token: proxy_token(token),
        ended: CancellationToken::new(),
    };
    Some(Found {
        sandbox: Arc::new(sandbox),
        slot: labels.get(LABEL_SLOT)?.parse().ok()?,
        image: container.image.clone().unwrap_or_default(),
        gateway: labels.get(LABEL_GATEWAY).cloned().unwrap_or_default(),
    })
}
