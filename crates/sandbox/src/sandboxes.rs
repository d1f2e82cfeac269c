//! All the sandboxes of one server: the crate's front door.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use drydock_protocol::api::{SandboxView, StopReason};
use futures::{StreamExt, stream};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tracing::warn;

use crate::board::Claimed;
use crate::host::Host;
use crate::names::{LABEL_ROLE, LABEL_SANDBOX, Owner, Role, SandboxId};
use crate::records::Records;
use crate::shared::Shared;
use crate::{
    Config, Counts, Error, GuestView, Health, Needs, Sandbox, Stats, disk, keeper, network, template,
};

/// How long [`Sandboxes::start`] waits for the sandboxes of an earlier server to be found.
const FIRST_LOOK: Duration = Duration::from_secs(10);
/// How long the background work has to end.
const WIND_DOWN: Duration = Duration::from_secs(5);
/// How many sandboxes are removed at one time when the server is stopped.
const REMOVE_AT_ONCE: usize = 8;

/// All the sandboxes of one server. Cheap to clone. When the last clone is dropped, the background work ends and the
/// sandboxes go on running, for the next server to find: as if the server had been killed.
#[derive(Clone, Debug)]
pub struct Sandboxes {
    shared: Arc<Shared>,
    _ending: Arc<Ending>,
}

/// Ends the background work when it is dropped.
#[derive(Debug)]
struct Ending(Arc<Shared>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.root.cancel();
    }
}

/// Keeps a sandbox from being idle while it is held: one for each open page or terminal.
#[derive(Debug)]
pub struct Attachment {
    shared: Arc<Shared>,
    owner: Owner,
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.shared
            .board(|board, now| board.attach(&self.owner, false, now));
    }
}

impl Sandboxes {
    /// Finds the sandboxes of an earlier run again, fills the pool, and keeps all of it going in the background. An engine
    /// that does not answer is no error here: what needs it waits until it is back, and [`Sandboxes::health`] says so.
    pub async fn start(host: Docker, config: Config) -> Result<Self, Error> {
        config.check()?;
        let records = Records::open(&config.data_dir)?;
        let shared = Arc::new(Shared::new(Host::new(host), config, records));
        let (first_look, looked) = oneshot::channel();
        shared.spawn(keeper::keep_in_touch(shared.clone(), first_look));
        shared.spawn(keeper::keep_time(shared.clone()));
        shared.spawn(keeper::tend(shared.clone()));
        shared.spawn(keeper::reap(shared.clone()));
        shared.spawn(template::keep(shared.clone()));
        // The sender is dropped when it is done, or when the engine did not answer.
        let _ = timeout(FIRST_LOOK, looked).await;
        Ok(Self {
            _ending: Arc::new(Ending(shared.clone())),
            shared,
        })
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Gives the owner a sandbox, or a place in the queue. Returns at once; the state moves on by itself, see
    /// [`Sandboxes::watch`]. An owner who has one keeps it, and images of `needs` that it lacks are loaded into it.
    pub fn claim(&self, owner: &Owner, needs: &Needs) -> SandboxView {
        let claimed = self.shared.board(|board, now| board.claim(owner, needs, now));
        if let Claimed::Has { id, load } = claimed {
            self.shared.load_more(&id, load);
        }
        self.shared.advance();
        // Nothing forgets an owner so soon after a claim; a failed start would be remembered for an hour.
        self.view(owner).unwrap_or_else(|| SandboxView {
            id: String::new(),
            state: drydock_protocol::api::SandboxState::Gone {
                reason: StopReason::Asked,
            },
            limits: self.shared.config.limits,
            usage: None,
            out_of_memory: 0,
            expires_at: None,
            can_extend: false,
        })
    }

    /// How the owner's sandbox is. None: never had one, or its end is more than an hour past.
    pub fn view(&self, owner: &Owner) -> Option<SandboxView> {
        self.shared.board(|board, now| board.view(owner, now))
    }

    /// How the owner's sandbox is, from now on.
    pub fn watch(&self, owner: &Owner) -> watch::Receiver<Option<SandboxView>> {
        self.shared.watch(owner)
    }

    /// The owner's sandbox, if it is ready.
    pub fn get(&self, owner: &Owner) -> Option<Arc<Sandbox>> {
        self.shared.sandbox_of(owner)
    }

    /// Every owner whose sandbox is ready.
    pub fn owners(&self) -> Vec<Owner> {
        self.shared.board(|board, _| {
            board
                .owners()
                .filter(|owner| board.holding(owner).is_some())
                .cloned()
                .collect()
        })
    }

    /// Notes that the owner did something: the sandbox is not idle.
    pub fn touch(&self, owner: &Owner) {
        self.shared.board(|board, now| board.touch(owner, now));
    }

    /// Notes that the owner has a page open, for as long as the guard lives: the sandbox is not idle.
    pub fn attach(&self, owner: &Owner) -> Attachment {
        self.shared.board(|board, now| board.attach(owner, true, now));
        Attachment {
            shared: self.shared.clone(),
            owner: owner.clone(),
        }
    }

    /// Gives the owner's sandbox more time.
    pub fn extend(&self, owner: &Owner) -> Result<SandboxView, Error> {
        self.shared.board(|board, now| board.extend(owner, now))?;
        self.shared.remember(owner);
        self.shared.publish();
        self.view(owner).ok_or(Error::NoSandbox)
    }

    /// Replaces the owner's sandbox by a fresh one, with the same needs. Returns at once. Also the way out of `failed`.
    pub fn reset(&self, owner: &Owner) -> Result<SandboxView, Error> {
        let leaving = self
            .shared
            .board(|board, now| board.reset(owner, now))
            .ok_or(Error::NoSandbox)?;
        if let Some(id) = leaving.id {
            self.shared.dismantle(id, None);
        }
        self.shared.advance();
        self.view(owner).ok_or(Error::NoSandbox)
    }

    /// Ends the owner's sandbox, or their wait for one. Returns at once.
    pub fn stop(&self, owner: &Owner, reason: StopReason) -> Option<SandboxView> {
        self.shared.stop(owner, reason);
        self.shared.advance();
        self.view(owner)
    }

    /// How many sandboxes are in which state.
    pub fn counts(&self) -> Counts {
        self.shared.board(|board, _| board.counts())
    }

    /// Totals, and the durations since the last call.
    pub fn stats(&self) -> Stats {
        self.shared.take_stats()
    }

    /// Whether sandboxes can be made.
    pub fn health(&self) -> Health {
        self.shared.health()
    }

    /// The host's address on the sandboxes' network, where the gateway is to listen; None until there is the network.
    pub fn bridge(&self) -> watch::Receiver<Option<IpAddr>> {
        self.shared.bridge.subscribe()
    }

    /// Who is at an address of the sandboxes' network; None: no sandbox that is ready.
    pub fn guest(&self, address: IpAddr) -> Option<GuestView> {
        self.shared.guest(address)
    }

    /// The sandbox of that [`Sandbox::preview_name`], if it is ready.
    pub fn previewed(&self, name: &str) -> Option<Arc<Sandbox>> {
        let mut sandboxes = self.shared.sandboxes().into_iter();
        sandboxes.find(|sandbox| sandbox.preview_name() == name)
    }

    /// Ends the background work. With `keep`, claimed sandboxes go on running for the next server to find; without,
    /// nothing of this instance is left on the host engine.
    pub async fn shutdown(&self, keep: bool) {
        let shared = &self.shared;
        if !keep {
            let owners: Vec<Owner> = shared.board(|board, _| board.owners().cloned().collect());
            for owner in owners {
                // What is removed here is removed below, all at once.
                let _ = shared.board(|board, now| board.stop(&owner, StopReason::Shutdown, now));
            }
            shared.publish();
        }
        // What is being made or removed now stays half done.
        let mut leaving = shared.unfinished();
        shared.root.cancel();
        shared.tasks.close();
        if timeout(WIND_DOWN, shared.tasks.wait()).await.is_err() {
            warn!("sandbox.shutdown.slow: background work is left behind");
        }
        // Containers that were being made are gone before what they would hold is removed.
        shared.host.all_settled().await;
        if keep {
            // It was finished at the last moment.
            leaving.retain(|id| shared.sandbox(id).is_none());
        } else {
            leaving.extend(shared.sandboxes().iter().map(|sandbox| sandbox.id.clone()));
        }
        self.remove_all(leaving).await;
        if !keep && let Err(error) = self.remove_the_rest().await {
            warn!(%error, "sandbox.shutdown.incomplete: run `drydock purge` when the engine is back");
        }
        shared.host.all_settled().await;
    }

    async fn remove_all(&self, ids: Vec<SandboxId>) {
        stream::iter(ids)
            .for_each_concurrent(REMOVE_AT_ONCE, |id| async move {
                let machine = self.shared.take(&id);
                self.shared.clear(&id).await;
                drop(machine);
            })
            .await;
    }

    /// Orphans, the network, and the volume of disk files.
    async fn remove_the_rest(&self) -> Result<(), Error> {
        let (host, config) = (&self.shared.host, &self.shared.config);
        let mut orphans = disk::list_volumes(host, config).await?;
        for container in host.containers(&config.instance).await? {
            let labels = container.labels.unwrap_or_default();
            // Whoever runs the registries removes them.
            if labels
                .get(LABEL_ROLE)
                .is_some_and(|role| role == Role::Registry.as_str())
            {
                continue;
            }
            let sandbox = labels.get(LABEL_SANDBOX).and_then(|id| id.parse().ok());
            match (sandbox, container.id) {
                (Some(id), _) => orphans.push(id),
                (None, Some(id)) => host.remove_container(&id).await?,
                (None, None) => {}
            }
        }
        // Only now: a helper that was left over from a server which was killed may just have made another disk, and a
        // disk whose file goes with the volume would keep its loop device for good.
        if host.has_volume(&disk::store(config)).await? {
            orphans.extend(disk::list(host, config).await?);
        }
        orphans.sort();
        orphans.dedup();
        self.remove_all(orphans).await;
        // An engine sometimes counts an end of the network that is no more, and keeps the network until it is restarted. The
        // volume is worth more.
        let network = network::remove(host, config).await;
        host.all_settled().await;
        host.remove_volume(&disk::store(config)).await?;
        network
    }
}

impl Shared {
    /// Ends an owner's sandbox, or their wait for one.
    pub(crate) fn stop(self: &Arc<Self>, owner: &Owner, reason: StopReason) {
        let leaving = self.board(|board, now| board.stop(owner, reason, now));
        if let Some((id, ticket)) = leaving.and_then(|leaving| Some((leaving.id?, leaving.ticket))) {
            self.dismantle(id, Some(ticket));
        }
    }
}
