//! What the board says to whoever asks.

use std::time::Duration;

use drydock_protocol::api::{Queue, SandboxView};

use super::Board;
use crate::clock::Now;
use crate::names::{Owner, SandboxId};
use crate::queue::estimate_s;
use crate::state::{Life, Phase};
use crate::{Counts, Needs};

/// What removing a sandbox takes, for estimates.
const REMOVAL: Duration = Duration::from_secs(2);

impl Board {
    /// How an owner's sandbox is.
    pub(crate) fn view(&self, owner: &Owner, now: Now) -> Option<SandboxView> {
        let entry = self.entries.get(owner)?;
        Some(entry.view(
            self.standing(owner, now),
            self.trouble.as_deref(),
            self.config.warning(),
            now,
        ))
    }

    fn standing(&self, owner: &Owner, now: Now) -> Queue {
        let Some(index) = self.queue.iter().position(|other| other == owner) else {
            return Queue {
                place: 1,
                estimate_s: None,
            };
        };
        let place = u32::try_from(index + 1).unwrap_or(u32::MAX);
        let left: Vec<Duration> = self
            .entries
            .values()
            .filter_map(|entry| match &entry.phase {
                Phase::Ready(life) => Some(life.left(now)),
                Phase::Starting { .. } => Some(self.config.ttl()),
                Phase::Stopping { .. } => Some(REMOVAL),
                Phase::Queued { .. } | Phase::Gone { .. } | Phase::Failed { .. } => None,
            })
            .collect();
        Queue {
            place,
            estimate_s: estimate_s(place, &left, self.config.ttl()),
        }
    }

    /// An owner's sandbox, if it is ready, with what is to be remembered of it.
    pub(crate) fn holding(&self, owner: &Owner) -> Option<(&SandboxId, &Life, &Needs)> {
        let entry = self.entries.get(owner)?;
        Some((entry.id.as_ref()?, entry.life()?, &entry.needs))
    }

    /// Whose sandbox this is.
    pub(crate) fn owner_of(&self, id: &SandboxId) -> Option<&Owner> {
        self.entries
            .iter()
            .find(|(_, entry)| entry.id.as_ref() == Some(id))
            .map(|(owner, _)| owner)
    }

    /// Whether nobody waits for a sandbox, and the pool is as full as it can be.
    pub(crate) fn is_quiet(&self) -> bool {
        self.trouble.is_none()
            && self.queue.is_empty()
            && self.pool_starting == 0
            && (self.pool.len() >= usize::from(self.config.pool)
                || self.seats.used() >= usize::from(self.config.capacity))
            && !self
                .entries
                .values()
                .any(|entry| matches!(entry.phase, Phase::Starting { .. }))
    }

    pub(crate) fn owners(&self) -> impl Iterator<Item = &Owner> {
        self.entries.keys()
    }

    pub(crate) fn counts(&self) -> Counts {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let mut counts = Counts {
            pool_ready: count(self.pool.len()),
            pool_starting: count(self.pool_starting),
            seats_used: count(self.seats.used()),
            seats: u32::from(self.config.capacity),
            ..Counts::default()
        };
        for entry in self.entries.values() {
            *match entry.phase {
                Phase::Queued { .. } => &mut counts.queued,
                Phase::Starting { .. } => &mut counts.starting,
                Phase::Ready(_) => &mut counts.ready,
                Phase::Stopping { .. } => &mut counts.stopping,
                Phase::Gone { .. } => &mut counts.gone,
                Phase::Failed { .. } => &mut counts.failed,
            } += 1;
        }
        counts
    }
}
