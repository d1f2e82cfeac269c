//! Starts and ends of single sandboxes, in the background.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use drydock_protocol::UnixSeconds;
use drydock_protocol::api::Limits;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::board::{Offer, Ticket};
use crate::host::Host;
use crate::make::{self, clear_away};
use crate::names::{Owner, SandboxId};
use crate::records::Record;
use crate::sandbox::{Machine, Sandbox};
use crate::seats::Seat;
use crate::shared::Shared;
use crate::{Error, Needs, images, template};

/// How often a sandbox is tried to be made for an owner.
const ATTEMPTS: u32 = 2;
/// How long before a start is tried again that the host engine's absence ended.
const HOST_AGAIN: Duration = Duration::from_millis(500);
/// How long between tries to remove one, while the host engine answers with errors.
const REMOVE_AGAIN: Duration = Duration::from_secs(2);
/// How often that is tried before it is left to the reaper.
const REMOVALS: u32 = 3;

impl Shared {
    /// Makes a sandbox for an owner. While the host engine is away, it waits.
    pub(crate) fn start_for(
        self: &Arc<Self>,
        ticket: Ticket,
        needs: Needs,
        limits: Limits,
        seat: Seat,
        unwanted: CancellationToken,
    ) {
        let shared = self.clone();
        self.spawn(async move {
            let mut attempts = 0;
            let mut seat = seat;
            loop {
                let Err((error, back)) = shared.start_once(&ticket, &needs, limits, seat, &unwanted).await
                else {
                    return;
                };
                seat = back;
                shared.trouble(&error);
                if error.is_host_gone() {
                    tokio::time::sleep(HOST_AGAIN).await;
                    continue;
                }
                attempts += 1;
                shared.count(|stats| stats.start_failures += 1);
                warn!(owner = %ticket.owner, %error, attempts, "sandbox.start.failed");
                if attempts == ATTEMPTS {
                    let reason = format!("The sandbox could not be started: {error}");
                    shared.board(|board, now| board.failed(&ticket, reason, now));
                    break;
                }
            }
            drop(seat);
            shared.advance();
        });
    }

    /// One attempt. It ends well if there is a sandbox, or if nobody wants one any more.
    async fn start_once(
        self: &Arc<Self>,
        ticket: &Ticket,
        needs: &Needs,
        limits: Limits,
        seat: Seat,
        unwanted: &CancellationToken,
    ) -> Result<(), (Error, Seat)> {
        let id = SandboxId::random();
        let step = |text: &str| {
            self.board(|board, _| board.step(ticket, &id, text));
            self.publish();
        };
        let busy = self.busy(&id);
        let begun = Instant::now();
        let host = self.host.apart();
        let made = tokio::select! {
            made = self.build(&host, &id, &seat, limits, &needs.images, step) => Some(made),
            () = unwanted.cancelled() => None,
        };
        match made {
            Some(Ok((sandbox, _))) => {
                self.made(sandbox, seat, begun);
                self.became_ready(ticket, &id);
                Ok(())
            }
            Some(Err(error)) => {
                host.settled().await;
                self.clear(&id).await;
                Err((error, seat))
            }
            None => {
                host.settled().await;
                self.clear(&id).await;
                drop((busy, seat));
                self.board(|board, now| board.gone(ticket, now));
                self.advance();
                Ok(())
            }
        }
    }

    /// Makes a sandbox for the pool.
    pub(crate) fn start_for_pool(self: &Arc<Self>, seat: Seat) {
        let shared = self.clone();
        self.spawn(async move {
            let id = SandboxId::random();
            let busy = shared.busy(&id);
            let begun = Instant::now();
            let host = shared.host.apart();
            let (limits, preload) = (shared.config.limits, shared.config.preload.clone());
            let offer = match shared.build(&host, &id, &seat, limits, &preload, |_| {}).await {
                Ok((sandbox, images)) => {
                    shared.made(sandbox, seat, begun);
                    // Says that nobody has had it: without this, no later server would hand it out.
                    shared.records.put(&Record {
                        id: id.clone(),
                        owner: None,
                        needs: Needs {
                            images: preload,
                            ..Needs::default()
                        },
                        expires_at: UnixSeconds::MAX,
                        extensions_left: 0,
                    });
                    Some(Offer { id, limits, images })
                }
                Err(error) => {
                    warn!(%error, "sandbox.pool.failed");
                    shared.trouble(&error);
                    shared.count(|stats| stats.start_failures += 1);
                    host.settled().await;
                    shared.clear(&id).await;
                    drop(seat);
                    None
                }
            };
            drop(busy);
            shared.board(|board, now| board.pool_started(offer, now));
            shared.advance();
        });
    }

    /// Gives a sandbox of the pool to an owner, once it holds the images that they need.
    pub(crate) fn hand_over(
        self: &Arc<Self>,
        ticket: Ticket,
        id: SandboxId,
        load: Vec<String>,
        unwanted: CancellationToken,
    ) {
        // From here on it is somebody's, whatever happens to this process.
        self.records.put(&Record {
            id: id.clone(),
            owner: Some(ticket.owner.clone()),
            needs: Needs::default(),
            expires_at: UnixSeconds::MAX,
            extensions_left: 0,
        });
        if load.is_empty() {
            self.remember(&ticket.owner);
            self.count(|stats| stats.claims.push(Duration::ZERO));
            return;
        }
        let shared = self.clone();
        self.spawn(async move {
            let Some(sandbox) = shared.sandbox(&id) else {
                return;
            };
            let step = |text: &str| {
                shared.board(|board, _| board.step(&ticket, &id, text));
                shared.publish();
            };
            tokio::select! {
                _ = shared.load(&sandbox, &load, step) => shared.became_ready(&ticket, &id),
                () = unwanted.cancelled() => shared.dismantle(id.clone(), Some(ticket.clone())),
            }
        });
    }

    /// Loads images into a sandbox that is in use.
    pub(crate) fn load_more(self: &Arc<Self>, id: &SandboxId, load: Vec<String>) {
        let (Some(sandbox), false) = (self.sandbox(id), load.is_empty()) else {
            return;
        };
        let shared = self.clone();
        self.spawn(async move {
            tokio::select! {
                _ = shared.load(&sandbox, &load, |_| {}) => {}
                () = sandbox.ended.cancelled() => {}
            }
        });
    }

    /// Removes a sandbox, whoever had it.
    pub(crate) fn dismantle(self: &Arc<Self>, id: SandboxId, ticket: Option<Ticket>) {
        let busy = self.busy(&id);
        let machine = self.take(&id);
        let shared = self.clone();
        self.spawn(async move {
            shared.clear(&id).await;
            drop(busy);
            // With the machine goes its seat.
            drop(machine);
            if let Some(ticket) = ticket {
                shared.board(|board, now| board.gone(&ticket, now));
            }
            shared.advance();
        });
    }

    /// A sandbox ended by itself, or with its host engine.
    pub(crate) fn died(self: &Arc<Self>, id: &SandboxId, why: &str) {
        if self.sandbox(id).is_none() {
            return;
        }
        warn!(sandbox = %id, why, "sandbox.died");
        self.count(|stats| stats.died += 1);
        let reason = format!(
            "The sandbox ended: {why}. What was in it is lost. Start a fresh one; your progress is kept."
        );
        self.board(|board, now| board.broke(id, &reason, now));
        self.dismantle(id.clone(), None);
        self.publish();
    }

    /// Makes a sandbox with its images; those that are in it come back. What is left of a failure is the caller's, once
    /// `host` has settled.
    async fn build(
        self: &Arc<Self>,
        host: &Host,
        id: &SandboxId,
        seat: &Seat,
        limits: Limits,
        wanted: &[String],
        step: impl Fn(&str),
    ) -> Result<(Arc<Sandbox>, HashSet<String>), Error> {
        let turn = self.starts.acquire().await;
        let (Some(ground), Ok(_turn)) = (self.wait_for_ground().await, turn) else {
            return Err(Error::ShuttingDown);
        };
        let cgroups = self.try_cgroups();
        let template = template::current(self, &ground).await;
        let order = make::Order {
            id,
            slot: seat.slot(),
            limits,
            cgroups,
            template: template.as_deref(),
        };
        let made = Box::pin(make::make(host, &self.config, &ground, order, &step)).await;
        if let Some(template) = &template {
            let of_no_use = match &made {
                Ok(made) => !made.cloned,
                // That may have other reasons; another template costs little.
                Err(error) => matches!(error, Error::NotReady { .. } | Error::Died { .. }),
            };
            if of_no_use {
                template::give_up(self, template);
            }
        }
        let made = made?;
        if made.cloned {
            self.count(|stats| stats.cloned += 1);
        }
        if cgroups {
            self.note_cgroups(made.settled.cgroups);
        }
        if !made.settled.quotas {
            warn!(sandbox = %id, "sandbox.quotas.shared: it can use up the kernel's inotify instances for all of them");
        }
        let sandbox = Arc::new(Sandbox {
            id: id.clone(),
            agent: made.agent,
            engine: made.engine,
            limits,
            proxy_token: made.proxy_token,
            ended: CancellationToken::new(),
        });
        let loaded = self.load(&sandbox, wanted, step).await;
        Ok((sandbox, loaded))
    }

    /// Keeps a sandbox that was made.
    fn made(&self, sandbox: Arc<Sandbox>, seat: Seat, begun: Instant) {
        let took = begun.elapsed();
        info!(sandbox = %sandbox.id, took_ms = took.as_millis(), "sandbox.made");
        self.count(|stats| {
            stats.started += 1;
            stats.starts.push(took);
        });
        self.keep(Machine { sandbox, _seat: seat });
    }

    /// Loads images one after the other. Those that cannot be loaded are left out: a sandbox without one of its images
    /// is still of use, and the operator is told.
    async fn load(&self, sandbox: &Sandbox, wanted: &[String], step: impl Fn(&str)) -> HashSet<String> {
        let mut loaded = HashSet::new();
        for image in wanted {
            step(&format!("Loading {image}"));
            let (sent, mut progress) = watch::channel(0);
            let report = move |percent: u8| {
                sent.send_if_modified(|shown| std::mem::replace(shown, percent / 10 * 10) != *shown);
            };
            let mut loading = pin!(images::load(&self.config, &sandbox.engine, image, report));
            let result = loop {
                tokio::select! {
                    result = &mut loading => break result,
                    Ok(()) = progress.changed() => step(&format!("Loading {image} ({} %)", *progress.borrow())),
                }
            };
            match result {
                Ok(()) => {
                    loaded.insert(image.clone());
                }
                Err(error) => {
                    warn!(sandbox = %sandbox.id, %error, "sandbox.image.not_loaded");
                    self.trouble(&error);
                }
            }
        }
        loaded
    }

    fn became_ready(self: &Arc<Self>, ticket: &Ticket, id: &SandboxId) {
        match self.board(|board, now| board.ready(ticket, id, now)) {
            Some(waited) => {
                self.count(|stats| stats.claims.push(waited));
                self.remember(&ticket.owner);
                self.publish();
            }
            None => self.dismantle(id.clone(), Some(ticket.clone())),
        }
    }

    /// Removes everything of a sandbox from the host, with a few tries; then it is the reaper's.
    pub(crate) async fn clear(self: &Arc<Self>, id: &SandboxId) {
        for attempt in 1..=REMOVALS {
            match clear_away(&self.host, &self.config, self.disk(), id).await {
                Ok(()) => {
                    // Last, so that what is left after a kill is known not to be pristine.
                    self.records.remove(id);
                    return;
                }
                Err(error) => {
                    warn!(sandbox = %id, %error, attempt, "sandbox.remove.failed");
                    self.trouble(&error);
                    if error.is_host_gone() {
                        break;
                    }
                    tokio::time::sleep(REMOVE_AGAIN).await;
                }
            }
        }
    }

    /// The sandbox of an owner.
    pub(crate) fn sandbox_of(&self, owner: &Owner) -> Option<Arc<Sandbox>> {
        let id = self.board(|board, _| board.holding(owner).map(|(id, ..)| id.clone()))?;
        self.sandbox(&id)
    }
}
