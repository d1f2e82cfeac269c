//! The background work that never ends: keeps in touch with the host engine, looks after the sandboxes, and reaps what
//! nobody owns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures::{StreamExt, stream};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tracing::{info, warn};

use crate::adopt;
use crate::board::Board;
use crate::clock::Now;
use crate::disk;
use crate::ground::{Ground, negotiate};
use crate::host::of_instance;
use crate::make::{container_name, why_it_ended};
use crate::names::{LABEL_ROLE, LABEL_SANDBOX, Role, SandboxId};
use crate::shared::Shared;
use crate::{Error, Sandbox};

/// Between tries to reach a host engine that is away: at first, and at most.
const AGAIN_FIRST: Duration = Duration::from_millis(250);
const AGAIN_MOST: Duration = Duration::from_secs(5);
/// How often an engine whose event stream is silent is asked whether it is still there, and how long it may think.
const PING_EVERY: Duration = Duration::from_secs(10);
const PING_LIMIT: Duration = Duration::from_secs(10);
/// How often deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often claimed sandboxes are asked what they use, how long one may take to say, and how many are asked at once.
const TEND_EVERY: Duration = Duration::from_secs(5);
const TEND_LIMIT: Duration = Duration::from_secs(4);
const TEND_AT_ONCE: usize = 16;
/// How long a sandbox may be silent before it is given up: a machine under load answers late, but it answers.
const SILENCE: Duration = Duration::from_secs(120);
/// How often orphans are looked for.
const REAP_EVERY: Duration = Duration::from_secs(10);
/// How old a helper must be to be one: it takes less than this.
const HELPER_AGE_S: i64 = 60;

/// Keeps in touch with the host engine: finds sandboxes of an earlier server, hears when one dies, notices when the engine
/// goes away and comes back.
pub(crate) async fn keep_in_touch(shared: Arc<Shared>, first_look: tokio::sync::oneshot::Sender<()>) {
    let mut first_look = Some(first_look);
    let mut adopted = false;
    let mut again = AGAIN_FIRST;
    loop {
        // What the engine tells from here on, the listing may not have known.
        let since = Now::read().unix;
        let found = look(&shared, &mut adopted, &mut first_look).await;
        // Whatever came of it, it is known now.
        first_look.take();
        match found {
            Ok(ground) => {
                info!(
                    engine = ground.version,
                    disk = ground.disk.as_str(),
                    "sandbox.host.ready"
                );
                again = AGAIN_FIRST;
                shared.found_ground(ground);
                shared.advance();
                listen(&shared, since).await;
            }
            Err(error) => {
                if shared.lost_ground(&error) {
                    warn!(%error, "sandbox.host.not_ready");
                }
                shared.publish();
                sleep(again).await;
                again = (again * 2).min(AGAIN_MOST);
            }
        }
    }
}

async fn look(
    shared: &Arc<Shared>,
    adopted: &mut bool,
    first_look: &mut Option<tokio::sync::oneshot::Sender<()>>,
) -> Result<Ground, Error> {
    if *adopted {
        reconcile(shared).await?;
    } else {
        negotiate(&shared.host).await?;
        // Before anything that takes long: owners want their sandboxes back.
        adopt::all(shared).await?;
        *adopted = true;
        first_look.take();
        shared.publish();
    }
    Ground::survey(&shared.host, &shared.config, shared.disk()).await
}

/// Ends the sandboxes whose containers did not survive while nobody was listening.
async fn reconcile(shared: &Arc<Shared>) -> Result<(), Error> {
    let containers = shared.host.containers(&shared.config.instance).await?;
    let running: Vec<SandboxId> = containers
        .iter()
        .filter(|container| {
            container
                .status
                .as_deref()
                .is_some_and(|status| status.starts_with("Up"))
        })
        .filter_map(|container| container.labels.as_ref()?.get(LABEL_SANDBOX)?.parse().ok())
        .collect();
    for sandbox in shared.sandboxes() {
        if !running.contains(&sandbox.id) {
            shared.died(
                &sandbox.id,
                "the host's Docker engine was restarted, and the sandbox with it",
            );
        }
    }
    Ok(())
}

/// Listens to the host engine until it goes away.
async fn listen(shared: &Arc<Shared>, since: i64) {
    let mut filters = of_instance(&shared.config.instance);
    filters.insert("type".to_owned(), vec!["container".to_owned()]);
    filters.insert(
        "event".to_owned(),
        ["die", "destroy", "oom"].map(str::to_owned).to_vec(),
    );
    let options = EventsOptionsBuilder::new()
        .since(&since.to_string())
        .filters(&filters)
        .build();
    let mut events = shared.host.docker().events(Some(options));
    loop {
        match timeout(PING_EVERY, events.next()).await {
            Ok(Some(Ok(event))) => heard(shared, event).await,
            Ok(Some(Err(_)) | None) => return,
            Err(_) => match timeout(PING_LIMIT, shared.host.docker().ping()).await {
                Ok(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

async fn heard(shared: &Arc<Shared>, event: EventMessage) {
    let attributes = event.actor.and_then(|actor| actor.attributes).unwrap_or_default();
    let Some(id) = attributes
        .get(LABEL_SANDBOX)
        .and_then(|id| id.parse::<SandboxId>().ok())
    else {
        return;
    };
    if shared.sandbox(&id).is_none() {
        return;
    }
    if event.action.as_deref() == Some("oom") {
        info!(sandbox = %id, "sandbox.out_of_memory");
        shared.board(|board, _| board.ran_out_of_memory(&id));
        return shared.publish();
    }
    let container = container_name(&shared.config, &id);
    match why_it_ended(&shared.host, &container).await {
        Ok(Some(why)) => shared.died(&id, &why),
        Ok(None) => {}
        // Looking at it again is part of coming back.
        Err(error) => shared.trouble(&error),
    }
}

/// Plans whenever something changed, and once a second looks whose time is up.
pub(crate) async fn keep_time(shared: Arc<Shared>) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.wake.notified() => {}
            _ = tick.tick() => {
                for (owner, reason) in shared.board(Board::due) {
                    info!(%owner, ?reason, "sandbox.due");
                    shared.stop(&owner, reason);
                }
            }
        }
        shared.advance();
    }
}

/// Asks the sandboxes that somebody has what they use. One that does not answer any more is of use to nobody.
pub(crate) async fn tend(shared: Arc<Shared>) {
    let mut silent: HashMap<SandboxId, Instant> = HashMap::new();
    let mut tick = interval(TEND_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let claimed: Vec<Arc<Sandbox>> = shared
            .sandboxes()
            .into_iter()
            .filter(|sandbox| shared.board(|board, _| board.owner_of(&sandbox.id).is_some()))
            .collect();
        let asked = stream::iter(claimed).map(|sandbox| async move {
            let status = timeout(TEND_LIMIT, sandbox.agent.status()).await;
            (sandbox.id.clone(), status)
        });
        let mut answers = asked.buffer_unordered(TEND_AT_ONCE);
        let mut still_silent = HashMap::new();
        while let Some((id, answer)) = answers.next().await {
            if let Ok(Ok(status)) = answer {
                let idle = Duration::from_secs(status.idle_s);
                shared.board(|board, now| board.uses(&id, status.usage, idle, now));
                continue;
            }
            let since = silent.remove(&id).unwrap_or_else(Instant::now);
            if since.elapsed() >= SILENCE {
                shared.died(
                    &id,
                    "it has not answered for two minutes, as if out of memory or of processes",
                );
            } else {
                still_silent.insert(id, since);
            }
        }
        silent = still_silent;
        shared.publish();
    }
}

/// Removes what bears our label and belongs to nobody.
pub(crate) async fn reap(shared: Arc<Shared>) {
    let mut tick = interval(REAP_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Disk files without a volume are only left by a server that was killed, so they are looked for once.
    let mut files_too = true;
    loop {
        tick.tick().await;
        if shared.wait_for_ground().await.is_none() {
            return;
        }
        match reap_once(&shared, files_too).await {
            Ok(()) => files_too = false,
            Err(error) => shared.trouble(&error),
        }
    }
}

async fn reap_once(shared: &Arc<Shared>, files_too: bool) -> Result<(), Error> {
    let begun = Instant::now();
    let (host, config) = (&shared.host, &shared.config);
    let mut found: HashMap<SandboxId, &str> = HashMap::new();
    for container in host.containers(&config.instance).await? {
        let labels = container.labels.unwrap_or_default();
        if let Some(id) = labels.get(LABEL_SANDBOX).and_then(|id| id.parse().ok()) {
            found.insert(id, "container");
        } else if labels
            .get(LABEL_ROLE)
            .is_some_and(|role| role == Role::Helper.as_str())
            && container.created.unwrap_or_default() < Now::read().unix - HELPER_AGE_S
            && let Some(id) = container.id
        {
            warn!(container = id, "sandbox.reaped: a helper");
            host.remove_container(&id).await?;
            shared.count(|stats| stats.reaped += 1);
        }
    }
    for id in disk::list_volumes(host, config).await? {
        found.entry(id).or_insert("volume");
    }
    if files_too && shared.disk() == Some(disk::Method::Loop) {
        for id in disk::list(host, config).await? {
            found.entry(id).or_insert("disk");
        }
    }
    for (id, what) in found {
        if shared.is_known(&id) {
            continue;
        }
        warn!(sandbox = %id, what, "sandbox.reaped");
        let busy = shared.busy(&id);
        shared.clear(&id).await;
        drop(busy);
        shared.count(|stats| stats.reaped += 1);
    }
    if begun.elapsed() > REAP_EVERY {
        warn!(took_s = begun.elapsed().as_secs(), "sandbox.reap.slow");
    }
    Ok(())
}
