//! Who has, waits for, or is about to lose a sandbox: the bookkeeping, without doing any of it.
//!
//! Every change is a method that takes the present moment, and [`Board::plan`] says what is to be done next. So all rules
//! can be tested without an engine and without waiting. [`crate::sandboxes`] does what is planned.

mod reading;

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use drydock_protocol::api::{Limits, StopReason, Usage};
use tokio_util::sync::CancellationToken;

use crate::clock::Now;
use crate::names::{Owner, SandboxId};
use crate::seats::{Seat, Seats};
use crate::state::{Entry, Life, Phase};
use crate::{Config, Error, Needs};

/// How long an owner is told how their last sandbox ended.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// How long the pool rests after a failed start, at first and at most.
const REST_FIRST: Duration = Duration::from_secs(1);
const REST_MOST: Duration = Duration::from_secs(60);

/// All that is known of an instance's sandboxes.
#[derive(Debug)]
pub(crate) struct Board {
    config: Config,
    seats: Seats,
    entries: HashMap<Owner, Entry>,
    queue: VecDeque<Owner>,
    pool: Vec<Offer>,
    pool_starting: usize,
    pool_rest: (Instant, Duration),
    attached: HashMap<Owner, usize>,
    generations: u64,
    /// Why no sandbox can be made now, for learners; None while they can.
    trouble: Option<String>,
}

/// A sandbox that is ready and nobody's.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) id: SandboxId,
    pub(crate) limits: Limits,
    /// References of the classroom images in it.
    pub(crate) images: HashSet<String>,
}

/// One of an owner's sandboxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) owner: Owner,
    pub(crate) generation: u64,
}

/// Something to be done.
#[derive(Debug)]
pub(crate) enum Order {
    /// A sandbox of the pool has become an owner's: note it; it is ready unless images are to be loaded first.
    Given {
        ticket: Ticket,
        id: SandboxId,
        load: Vec<String>,
        unwanted: CancellationToken,
    },
    /// Make one for an owner.
    Start {
        ticket: Ticket,
        needs: Needs,
        limits: Limits,
        seat: Seat,
        unwanted: CancellationToken,
    },
    /// Make one for the pool.
    StartPool { seat: Seat },
    /// Remove one of the pool that nobody can use.
    Discard { id: SandboxId },
}

/// What asking for a sandbox came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// The owner has one already; these images are to be loaded into it.
    Has { id: SandboxId, load: Vec<String> },
    /// The owner waits, in the queue or for a start; see [`Board::plan`].
    Waits,
}

/// A sandbox that is to be removed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leaving {
    pub(crate) ticket: Ticket,
    /// Which one; None while it is being made: whoever makes it removes what there is.
    pub(crate) id: Option<SandboxId>,
}

impl Board {
    pub(crate) fn new(config: Config, seats: Seats, now: Now) -> Self {
        Self {
            config,
            seats,
            entries: HashMap::new(),
            queue: VecDeque::new(),
            pool: Vec::new(),
            pool_starting: 0,
            pool_rest: (now.instant, REST_FIRST),
            attached: HashMap::new(),
            generations: 0,
            trouble: Some("Looking for the host's Docker engine".to_owned()),
        }
    }

    /// Notes why no sandbox can be made, for learners; None: they can.
    pub(crate) fn set_host(&mut self, trouble: Option<String>) {
        self.trouble = trouble;
    }

    /// An owner asks for a sandbox.
    pub(crate) fn claim(&mut self, owner: &Owner, needs: &Needs, now: Now) -> Claimed {
        if let Some(entry) = self.entries.get_mut(owner).filter(|entry| entry.is_alive()) {
            let load = needs
                .images
                .iter()
                .filter(|image| !entry.needs.images.contains(image))
                .cloned()
                .collect();
            if let Phase::Ready(life) = &mut entry.phase
                && let Some(id) = entry.id.clone()
            {
                life.used = now.instant;
                entry.needs.images.extend(Vec::clone(&load));
                return Claimed::Has { id, load };
            }
            if matches!(entry.phase, Phase::Queued { .. }) {
                entry.needs = needs.clone();
                entry.limits = needs.limits(&self.config);
            }
            return Claimed::Waits;
        }
        self.enqueue(owner, needs.clone(), false, now);
        Claimed::Waits
    }

    /// An owner wants a fresh one: what they have is to be removed. None if they never had any.
    pub(crate) fn reset(&mut self, owner: &Owner, now: Now) -> Option<Leaving> {
        let entry = self.entries.get(owner)?;
        let needs = entry.needs.clone();
        let leaving = entry.is_alive().then(|| self.leave(owner)).flatten();
        self.enqueue(owner, needs, leaving.is_some(), now);
        Some(leaving.unwrap_or_else(|| Leaving {
            ticket: self.ticket(owner),
            id: None,
        }))
    }

    /// An owner's sandbox, or their wait for one, ends. None if there is nothing to end.
    pub(crate) fn stop(&mut self, owner: &Owner, reason: StopReason, now: Now) -> Option<Leaving> {
        let leaving = self.leave(owner)?;
        let entry = self.entries.get_mut(owner)?;
        let waiting = matches!(entry.phase, Phase::Queued { .. });
        entry.enter(
            if waiting {
                Phase::Gone { reason }
            } else {
                Phase::Stopping { reason }
            },
            now,
        );
        Some(leaving)
    }

    /// A sandbox broke or ended by itself. The owner whose it was, if it was anyone's.
    pub(crate) fn broke(&mut self, id: &SandboxId, reason: &str, now: Now) -> Option<Owner> {
        self.pool.retain(|offer| offer.id != *id);
        let (owner, entry) = self
            .entries
            .iter_mut()
            .find(|(_, entry)| entry.id.as_ref() == Some(id))?;
        if !entry.is_alive() {
            return None;
        }
        entry.unwanted.cancel();
        entry.enter(
            Phase::Failed {
                reason: reason.to_owned(),
            },
            now,
        );
        Some(owner.clone())
    }

    /// What is to be done now.
    pub(crate) fn plan(&mut self, now: Now) -> Vec<Order> {
        let mut orders = Vec::new();
        while let Some(owner) = self.queue.front().cloned() {
            let Some(order) = self.serve(&owner, now) else {
                break;
            };
            let discards = matches!(order, Order::Discard { .. });
            orders.push(order);
            // The seat of what is discarded comes back when it is gone; until then, the queue stands.
            if discards {
                break;
            }
            self.queue.pop_front();
        }
        if self.trouble.is_none() && self.queue.is_empty() && now.instant >= self.pool_rest.0 {
            while self.pool.len() + self.pool_starting < usize::from(self.config.pool) {
                let Some(seat) = self.seats.take() else { break };
                self.pool_starting += 1;
                orders.push(Order::StartPool { seat });
            }
        }
        orders
    }

    fn serve(&mut self, owner: &Owner, now: Now) -> Option<Order> {
        let ticket = self.ticket(owner);
        let entry = self.entries.get_mut(owner)?;
        let unwanted = entry.unwanted.clone();
        if let Some(index) = self.pool.iter().position(|offer| offer.limits == entry.limits) {
            let offer = self.pool.swap_remove(index);
            let load: Vec<String> = entry
                .needs
                .images
                .iter()
                .filter(|image| !offer.images.contains(*image))
                .cloned()
                .collect();
            entry.id = Some(offer.id.clone());
            let phase = match load.first() {
                None => Phase::Ready(Life::new(self.config.ttl(), self.config.extensions, now)),
                Some(image) => Phase::Starting {
                    step: format!("Loading {image}"),
                },
            };
            entry.enter(phase, now);
            return Some(Order::Given {
                ticket,
                id: offer.id,
                load,
                unwanted,
            });
        }
        if self.trouble.is_some() {
            return None;
        }
        let Some(seat) = self.seats.take() else {
            // The pool's own seats are for whoever waits, even if what it holds is of no use to them.
            return self.pool.pop().map(|offer| Order::Discard { id: offer.id });
        };
        entry.enter(
            Phase::Starting {
                step: "Waiting for its turn to start".to_owned(),
            },
            now,
        );
        Some(Order::Start {
            ticket,
            needs: entry.needs.clone(),
            limits: entry.limits,
            seat,
            unwanted,
        })
    }

    /// A start got this far. False if nobody waits for it any more.
    pub(crate) fn step(&mut self, ticket: &Ticket, id: &SandboxId, step: &str) -> bool {
        match self.of(ticket) {
            Some(entry) if matches!(entry.phase, Phase::Starting { .. }) => {
                entry.id = Some(id.clone());
                entry.phase = Phase::Starting {
                    step: step.to_owned(),
                };
                true
            }
            _ => false,
        }
    }

    /// A start succeeded: how long the owner waited for it. None if nobody waits for it any more.
    pub(crate) fn ready(&mut self, ticket: &Ticket, id: &SandboxId, now: Now) -> Option<Duration> {
        let life = Life::new(self.config.ttl(), self.config.extensions, now);
        let entry = self
            .of(ticket)
            .filter(|entry| matches!(entry.phase, Phase::Starting { .. }))?;
        entry.id = Some(id.clone());
        entry.enter(Phase::Ready(life), now);
        Some(now.instant.saturating_duration_since(entry.claimed))
    }

    /// A start failed for good.
    pub(crate) fn failed(&mut self, ticket: &Ticket, reason: String, now: Now) {
        if let Some(entry) = self.of(ticket).filter(|entry| entry.is_alive()) {
            entry.enter(Phase::Failed { reason }, now);
        }
    }

    /// A sandbox is removed.
    pub(crate) fn gone(&mut self, ticket: &Ticket, now: Now) {
        if let Some(entry) = self.of(ticket)
            && let Phase::Stopping { reason } = entry.phase
        {
            entry.enter(Phase::Gone { reason }, now);
        }
    }

    /// A start for the pool ended: with a sandbox, or without.
    pub(crate) fn pool_started(&mut self, offer: Option<Offer>, now: Now) {
        self.pool_starting = self.pool_starting.saturating_sub(1);
        if let Some(offer) = offer {
            self.pool_rest = (now.instant, REST_FIRST);
            self.pool.push(offer);
        } else {
            let rest = self.pool_rest.1;
            self.pool_rest = (now.instant + rest, (rest * 2).min(REST_MOST));
        }
    }

    /// A sandbox of an earlier server that nobody owns.
    pub(crate) fn adopt_offer(&mut self, offer: Offer) {
        self.pool.push(offer);
    }

    /// A sandbox of an earlier server with its owner; or, without an id, the news that it is no more.
    pub(crate) fn adopt(
        &mut self,
        owner: Owner,
        needs: Needs,
        limits: Limits,
        found: Result<(SandboxId, Life), String>,
        now: Now,
    ) {
        self.generations += 1;
        let (id, phase) = match found {
            Ok((id, life)) => (Some(id), Phase::Ready(life)),
            Err(reason) => (None, Phase::Failed { reason }),
        };
        let entry = Entry {
            generation: self.generations,
            needs,
            limits,
            id,
            phase,
            claimed: now.instant,
            since: now.instant,
            unwanted: CancellationToken::new(),
        };
        // Who asked before their earlier sandbox was found waits no more.
        self.queue.retain(|waiting| *waiting != owner);
        self.entries.insert(owner, entry);
    }

    /// Gives an owner's sandbox more time.
    pub(crate) fn extend(&mut self, owner: &Owner, now: Now) -> Result<(), Error> {
        let (warning, by) = (self.config.warning(), self.config.extend_by());
        let life = self
            .entries
            .get_mut(owner)
            .and_then(Entry::life_mut)
            .ok_or(Error::NoSandbox)?;
        if life.extensions_left == 0 {
            return Err(Error::CannotExtend {
                why: "again: save what you need, then start a fresh one".to_owned(),
            });
        }
        if !life.can_extend(warning, now) {
            let minutes = warning.as_secs() / 60;
            return Err(Error::CannotExtend {
                why: format!("yet: it can be in its last {minutes} minutes"),
            });
        }
        life.extend(by);
        Ok(())
    }

    /// An owner did something.
    pub(crate) fn touch(&mut self, owner: &Owner, now: Now) {
        if let Some(life) = self.entries.get_mut(owner).and_then(Entry::life_mut) {
            life.used = now.instant;
        }
    }

    /// An owner opened a page, or closed one.
    pub(crate) fn attach(&mut self, owner: &Owner, opened: bool, now: Now) {
        self.touch(owner, now);
        let pages = self.attached.entry(owner.clone()).or_default();
        *pages = if opened {
            *pages + 1
        } else {
            pages.saturating_sub(1)
        };
        if *pages == 0 {
            self.attached.remove(owner);
        }
    }

    fn life_of(&mut self, id: &SandboxId) -> Option<&mut Life> {
        self.entries
            .values_mut()
            .find(|entry| entry.id.as_ref() == Some(id))
            .and_then(Entry::life_mut)
    }

    /// The kernel has ended something in a sandbox, which had no memory left.
    pub(crate) fn ran_out_of_memory(&mut self, id: &SandboxId) {
        if let Some(life) = self.life_of(id) {
            life.out_of_memory = life.out_of_memory.saturating_add(1);
        }
    }

    /// A sandbox says what it uses, and how long nobody has typed into it.
    pub(crate) fn uses(&mut self, id: &SandboxId, usage: Usage, idle: Duration, now: Now) {
        if let Some(life) = self.life_of(id) {
            life.usage = Some(usage);
            if let Some(typed) = now.instant.checked_sub(idle) {
                life.used = life.used.max(typed);
            }
        }
    }

    /// Whose time is up. Also forgets ends that are long past.
    pub(crate) fn due(&mut self, now: Now) -> Vec<(Owner, StopReason)> {
        self.entries.retain(|_, entry| {
            !entry.is_over() || now.instant.saturating_duration_since(entry.since) < REMEMBERED
        });
        let idle = self.config.idle();
        let due = |(owner, entry): (&Owner, &Entry)| {
            let life = entry.life()?;
            if life.left(now).is_zero() {
                Some((owner.clone(), StopReason::Expired))
            } else if !self.attached.contains_key(owner)
                && now.instant.saturating_duration_since(life.used) >= idle
            {
                Some((owner.clone(), StopReason::Idle))
            } else {
                None
            }
        };
        self.entries.iter().filter_map(due).collect()
    }

    pub(crate) fn ticket(&self, owner: &Owner) -> Ticket {
        let generation = self.entries.get(owner).map_or(0, |entry| entry.generation);
        Ticket {
            owner: owner.clone(),
            generation,
        }
    }

    fn of(&mut self, ticket: &Ticket) -> Option<&mut Entry> {
        self.entries
            .get_mut(&ticket.owner)
            .filter(|entry| entry.generation == ticket.generation)
    }

    fn enqueue(&mut self, owner: &Owner, needs: Needs, replacing: bool, now: Now) {
        self.generations += 1;
        let entry = Entry {
            generation: self.generations,
            limits: needs.limits(&self.config),
            needs,
            id: None,
            phase: Phase::Queued { replacing },
            claimed: now.instant,
            since: now.instant,
            unwanted: CancellationToken::new(),
        };
        self.entries.insert(owner.clone(), entry);
        // Whoever gives a seat back for a fresh sandbox does not lose it to the queue.
        if replacing {
            self.queue.push_front(owner.clone());
        } else {
            self.queue.push_back(owner.clone());
        }
    }

    /// Takes an owner out of the queue or their sandbox out of its life.
    fn leave(&mut self, owner: &Owner) -> Option<Leaving> {
        let ticket = self.ticket(owner);
        let entry = self.entries.get_mut(owner).filter(|entry| entry.is_alive())?;
        entry.unwanted.cancel();
        let id = if matches!(entry.phase, Phase::Ready(_)) {
            entry.id.clone()
        } else {
            None
        };
        self.queue.retain(|other| other != owner);
        Some(Leaving { ticket, id })
    }
}

#[cfg(test)]
mod tests;
