//! What all of the background work shares: the board, the machines, the way to the host engine, and who is watching.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use drydock_protocol::api::SandboxView;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use crate::board::{Board, Order};
use crate::clock::Now;
use crate::disk::Method;
use crate::gateway::GuestView;
use crate::ground::Ground;
use crate::host::Host;
use crate::names::{Owner, SandboxId};
use crate::records::{Record, Records};
use crate::sandbox::{Machine, Sandbox};
use crate::seats::Seats;
use crate::template::Template;
use crate::{Config, Error, Health, Stats};

/// The most durations that wait for somebody to ask for them.
const DURATIONS_KEPT: usize = 4096;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) host: Host,
    pub(crate) records: Records,
    pub(crate) seats: Seats,
    /// Told when something may have become possible.
    pub(crate) wake: Arc<Notify>,
    /// How many sandboxes are started at one time.
    pub(crate) starts: Semaphore,
    /// The host engine as it was found; None while sandboxes cannot be made.
    pub(crate) ground: watch::Sender<Option<Arc<Ground>>>,
    /// The host's address on the sandboxes' network, once that is there.
    pub(crate) bridge: watch::Sender<Option<IpAddr>>,
    /// The disk that new ones are cloned from, once there is one.
    pub(crate) template: watch::Sender<Option<Arc<Template>>>,
    /// Told when there should be one and is none.
    pub(crate) template_wanted: Notify,
    /// Whether the one that there may be in the store was of no use.
    pub(crate) template_distrusted: AtomicBool,
    /// Cancelled when the background work is to end.
    pub(crate) root: CancellationToken,
    pub(crate) tasks: TaskTracker,
    board: Mutex<Board>,
    machines: Mutex<HashMap<SandboxId, Machine>>,
    /// Sandboxes that are being made or removed: the reaper leaves them alone.
    busy: Mutex<HashSet<SandboxId>>,
    watchers: Mutex<HashMap<Owner, watch::Sender<Option<SandboxView>>>>,
    stats: Mutex<Stats>,
    notes: Mutex<Notes>,
}

/// What is worth knowing about the host beside the ground.
#[derive(Debug, Default)]
struct Notes {
    image_missing: bool,
    disk: Option<Method>,
    cgroups: Option<bool>,
    last_error: Option<String>,
}

/// A sandbox's name among those that are busy; taken off when dropped.
pub(crate) struct Busy {
    shared: Arc<Shared>,
    id: SandboxId,
}

impl Drop for Busy {
    fn drop(&mut self) {
        lock(&self.shared.busy).remove(&self.id);
    }
}

/// Nothing that is held in a mutex here is left half changed by a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn new(host: Host, config: Config, records: Records) -> Self {
        let wake = Arc::new(Notify::new());
        let seats = Seats::new(config.capacity, config.slots, wake.clone());
        Self {
            board: Mutex::new(Board::new(config.clone(), seats.clone(), Now::read())),
            starts: Semaphore::new(usize::from(config.starts_at_once)),
            config,
            host,
            records,
            seats,
            wake,
            ground: watch::Sender::new(None),
            bridge: watch::Sender::new(None),
            template: watch::Sender::new(None),
            template_wanted: Notify::new(),
            template_distrusted: AtomicBool::new(false),
            root: CancellationToken::new(),
            tasks: TaskTracker::new(),
            machines: Mutex::default(),
            busy: Mutex::default(),
            watchers: Mutex::default(),
            stats: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// Runs something in the background, until it ends or everything does.
    pub(crate) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let root = self.root.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = root.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// Looks at or changes the board. Not to be nested.
    pub(crate) fn board<T>(&self, with: impl FnOnce(&mut Board, Now) -> T) -> T {
        with(&mut lock(&self.board), Now::read())
    }

    /// Does what the board plans, and tells everyone who watches how things stand.
    pub(crate) fn advance(self: &Arc<Self>) {
        let orders = self.board(Board::plan);
        for order in orders {
            match order {
                Order::Given {
                    ticket,
                    id,
                    load,
                    unwanted,
                } => self.hand_over(ticket, id, load, unwanted),
                Order::Start {
                    ticket,
                    needs,
                    limits,
                    seat,
                    unwanted,
                } => {
                    self.start_for(ticket, needs, limits, seat, unwanted);
                }
                Order::StartPool { seat } => self.start_for_pool(seat),
                Order::Discard { id } => self.dismantle(id, None),
            }
        }
        self.publish();
    }

    /// Tells everyone who watches how things stand.
    pub(crate) fn publish(&self) {
        let mut watchers = lock(&self.watchers);
        // Nobody looks, and there is nothing to show: no need to keep it.
        watchers.retain(|_, watcher| watcher.receiver_count() > 0 || watcher.borrow().is_some());
        self.board(|board, now| {
            for (owner, watcher) in watchers.iter() {
                let view = board.view(owner, now);
                watcher.send_if_modified(|shown| {
                    let changed = *shown != view;
                    if changed {
                        *shown = view;
                    }
                    changed
                });
            }
        });
    }

    pub(crate) fn watch(&self, owner: &Owner) -> watch::Receiver<Option<SandboxView>> {
        let view = self.board(|board, now| board.view(owner, now));
        let mut watchers = lock(&self.watchers);
        watchers
            .entry(owner.clone())
            .or_insert_with(|| watch::Sender::new(view))
            .subscribe()
    }

    // -----------------------------------------------------------------------------------------------------------------
    // Machines

    pub(crate) fn sandbox(&self, id: &SandboxId) -> Option<Arc<Sandbox>> {
        lock(&self.machines)
            .get(id)
            .map(|machine| machine.sandbox.clone())
    }

    pub(crate) fn sandboxes(&self) -> Vec<Arc<Sandbox>> {
        lock(&self.machines)
            .values()
            .map(|machine| machine.sandbox.clone())
            .collect()
    }

    pub(crate) fn keep(&self, machine: Machine) {
        lock(&self.machines).insert(machine.sandbox.id.clone(), machine);
    }

    /// Who is at an address of the sandboxes' network.
    pub(crate) fn guest(&self, address: IpAddr) -> Option<GuestView> {
        let (sandbox, proxy_token) = lock(&self.machines)
            .values()
            .map(|machine| &machine.sandbox)
            .find(|sandbox| sandbox.address() == address)
            .map(|sandbox| (sandbox.id.clone(), sandbox.proxy_token.clone()))?;
        let owner = self.board(|board, _| board.owner_of(&sandbox).cloned());
        Some(GuestView {
            sandbox,
            owner,
            proxy_token,
        })
    }

    /// Takes a machine out: nobody gets at it any more, and what streams from it ends.
    pub(crate) fn take(&self, id: &SandboxId) -> Option<Machine> {
        let machine = lock(&self.machines).remove(id)?;
        machine.sandbox.ended.cancel();
        Some(machine)
    }

    /// Marks a sandbox as being made or removed.
    pub(crate) fn busy(self: &Arc<Self>, id: &SandboxId) -> Busy {
        lock(&self.busy).insert(id.clone());
        Busy {
            shared: self.clone(),
            id: id.clone(),
        }
    }

    /// Whether a sandbox is running, being made or being removed.
    pub(crate) fn is_known(&self, id: &SandboxId) -> bool {
        lock(&self.busy).contains(id) || lock(&self.machines).contains_key(id)
    }

    /// Sandboxes that were being made or removed when the background work ended.
    pub(crate) fn unfinished(&self) -> Vec<SandboxId> {
        lock(&self.busy).iter().cloned().collect()
    }

    /// Writes down who has this sandbox, and for how long, if it is ready.
    pub(crate) fn remember(&self, owner: &Owner) {
        let record = self.board(|board, _| {
            board.holding(owner).map(|(id, life, needs)| Record {
                id: id.clone(),
                owner: Some(owner.clone()),
                needs: needs.clone(),
                expires_at: life.expires_at,
                extensions_left: life.extensions_left,
            })
        });
        if let Some(record) = record {
            self.records.put(&record);
        }
    }

    // -----------------------------------------------------------------------------------------------------------------
    // Health and numbers

    /// The ground, once there is one.
    pub(crate) async fn wait_for_ground(&self) -> Option<Arc<Ground>> {
        let mut ground = self.ground.subscribe();
        let found = ground.wait_for(Option::is_some).await.ok()?;
        found.clone()
    }

    /// Notes the host's address on the sandboxes' network, if that is there.
    pub(crate) fn found_bridge(&self, address: Option<IpAddr>) {
        self.bridge
            .send_if_modified(|known| std::mem::replace(known, address) != address);
    }

    /// Notes that sandboxes can be made.
    pub(crate) fn found_ground(&self, ground: Ground) {
        let mut notes = lock(&self.notes);
        notes.disk = Some(ground.disk);
        notes.image_missing = false;
        notes.last_error = None;
        drop(notes);
        self.found_bridge(ground.bridge);
        self.ground.send_replace(Some(Arc::new(ground)));
        self.board(|board, _| board.set_host(None));
    }

    /// Notes that sandboxes cannot be made, and why. Whether that is news.
    pub(crate) fn lost_ground(&self, error: &Error) -> bool {
        let for_learners = match error {
            Error::HostEngine { .. } => "Waiting for the host's Docker engine, which does not answer",
            Error::ImageMissing { .. } => {
                "Waiting for the sandbox image, which the host's engine has not got"
            }
            _ => "Waiting until the host can make sandboxes again",
        };
        let mut notes = lock(&self.notes);
        notes.image_missing = matches!(error, Error::ImageMissing { .. });
        let why = Some(error.to_string());
        let changed = notes.last_error != why;
        notes.last_error = why;
        drop(notes);
        let had_ground = self.ground.send_replace(None).is_some();
        self.board(|board, _| board.set_host(Some(for_learners.to_owned())));
        changed || had_ground
    }

    /// Notes that something went wrong that the operator should know.
    pub(crate) fn trouble(&self, error: &Error) {
        lock(&self.notes).last_error = Some(error.to_string());
    }

    /// How disks are made here, once that is known.
    pub(crate) fn disk(&self) -> Option<Method> {
        lock(&self.notes).disk
    }

    /// Whether it is worth trying to delegate cgroups.
    pub(crate) fn try_cgroups(&self) -> bool {
        self.config.runtime.is_none() && lock(&self.notes).cgroups != Some(false)
    }

    pub(crate) fn note_cgroups(&self, delegated: bool) {
        let mut notes = lock(&self.notes);
        if notes.cgroups.is_none() && !delegated {
            warn!(
                "sandbox.cgroups.none: in sandboxes, limits of containers, docker stats and docker pause do not work"
            );
        }
        notes.cgroups = Some(delegated);
    }

    pub(crate) fn health(&self) -> Health {
        let ground = self.ground.borrow().clone();
        let notes = lock(&self.notes);
        Health {
            ready: ground.is_some(),
            image: ground.is_some() || (!notes.image_missing && notes.last_error.is_none()),
            engine: ground.map(|ground| ground.version.clone()),
            disk: notes.disk.map(Method::as_str),
            template: self.template.borrow().is_some(),
            cgroups: notes.cgroups,
            last_error: notes.last_error.clone(),
        }
    }

    /// Changes the totals.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Stats)) {
        let mut stats = lock(&self.stats);
        change(&mut stats);
        stats.starts.truncate(DURATIONS_KEPT);
        stats.claims.truncate(DURATIONS_KEPT);
    }

    /// The totals, and the durations since the last call.
    pub(crate) fn take_stats(&self) -> Stats {
        let mut stats = lock(&self.stats);
        let taken = stats.clone();
        stats.starts.clear();
        stats.claims.clear();
        taken
    }
}
