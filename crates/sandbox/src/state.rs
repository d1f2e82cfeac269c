//! The life of one owner's sandbox: queued → starting → ready → stopping → gone, or failed from anywhere.

use std::time::{Duration, Instant};

use drydock_protocol::UnixSeconds;
use drydock_protocol::api::{Limits, Queue, SandboxState, SandboxView, StopReason, Usage};
use tokio_util::sync::CancellationToken;

use crate::Needs;
use crate::clock::Now;
use crate::names::SandboxId;

/// What is known of an owner's sandbox.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Which of the owner's sandboxes this is: what comes late for an earlier one is not for this.
    pub(crate) generation: u64,
    pub(crate) needs: Needs,
    pub(crate) limits: Limits,
    /// Which sandbox, once there is one.
    pub(crate) id: Option<SandboxId>,
    pub(crate) phase: Phase,
    /// When it was asked for.
    pub(crate) claimed: Instant,
    /// When the phase began.
    pub(crate) since: Instant,
    /// Cancelled when nobody waits for its start any more.
    pub(crate) unwanted: CancellationToken,
}

/// Where a sandbox is in its life.
#[derive(Debug)]
pub(crate) enum Phase {
    /// Waits for a seat. `replacing`: for the one that its earlier sandbox has not given back yet.
    Queued {
        replacing: bool,
    },
    Starting {
        step: String,
    },
    Ready(Life),
    Stopping {
        reason: StopReason,
    },
    Gone {
        reason: StopReason,
    },
    Failed {
        reason: String,
    },
}

/// The time that a ready sandbox has.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) ends: Instant,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) extensions_left: u32,
    /// When it was last used, as far as is known.
    pub(crate) used: Instant,
    pub(crate) usage: Option<Usage>,
    /// How often the kernel has ended something in it for want of memory.
    pub(crate) out_of_memory: u32,
}

impl Life {
    pub(crate) fn new(ttl: Duration, extensions: u32, now: Now) -> Self {
        let end = now.after(ttl);
        Self {
            ends: end.instant,
            expires_at: end.unix,
            extensions_left: extensions,
            used: now.instant,
            usage: None,
            out_of_memory: 0,
        }
    }

    pub(crate) fn left(&self, now: Now) -> Duration {
        self.ends.saturating_duration_since(now.instant)
    }

    pub(crate) fn can_extend(&self, warning: Duration, now: Now) -> bool {
        self.extensions_left > 0 && self.left(now) <= warning
    }

    pub(crate) fn extend(&mut self, by: Duration) {
        self.extensions_left -= 1;
        self.ends += by;
        self.expires_at = self.expires_at.saturating_add_unsigned(by.as_secs());
    }
}

impl Entry {
    pub(crate) fn enter(&mut self, phase: Phase, now: Now) {
        self.phase = phase;
        self.since = now.instant;
    }

    pub(crate) fn life(&self) -> Option<&Life> {
        match &self.phase {
            Phase::Ready(life) => Some(life),
            _ => None,
        }
    }

    pub(crate) fn life_mut(&mut self) -> Option<&mut Life> {
        match &mut self.phase {
            Phase::Ready(life) => Some(life),
            _ => None,
        }
    }

    /// Whether there is, or will be, a sandbox.
    pub(crate) fn is_alive(&self) -> bool {
        matches!(
            self.phase,
            Phase::Queued { .. } | Phase::Starting { .. } | Phase::Ready(_)
        )
    }

    /// Whether nothing more will happen to it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Gone { .. } | Phase::Failed { .. })
    }

    /// For people and browsers. `queue` is where its owner stands if it is queued; `trouble` is why no sandbox can be
    /// made at present.
    pub(crate) fn view(
        &self,
        queue: Queue,
        trouble: Option<&str>,
        warning: Duration,
        now: Now,
    ) -> SandboxView {
        let life = self.life();
        SandboxView {
            id: self.id.as_ref().map(ToString::to_string).unwrap_or_default(),
            state: self.state(queue, trouble),
            limits: self.limits,
            usage: life.and_then(|life| life.usage),
            out_of_memory: life.map_or(0, |life| life.out_of_memory),
            expires_at: life.map(|life| life.expires_at),
            can_extend: life.is_some_and(|life| life.can_extend(warning, now)),
        }
    }

    fn state(&self, queue: Queue, trouble: Option<&str>) -> SandboxState {
        match &self.phase {
            Phase::Queued { .. } if trouble.is_some() => SandboxState::Starting {
                step: trouble.unwrap_or_default().to_owned(),
            },
            Phase::Queued { replacing: true } => SandboxState::Starting {
                step: "Clearing the old sandbox away".to_owned(),
            },
            Phase::Queued { .. } => SandboxState::Queued { queue },
            Phase::Starting { step } => SandboxState::Starting { step: step.clone() },
            Phase::Ready(_) => SandboxState::Ready,
            Phase::Stopping { reason } => SandboxState::Stopping { reason: *reason },
            Phase::Gone { reason } => SandboxState::Gone { reason: *reason },
            Phase::Failed { reason } => SandboxState::Failed {
                reason: reason.clone(),
            },
        }
    }
}
