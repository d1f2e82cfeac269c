//! Numbers for `/metrics` and `/readyz`.

use std::time::Duration;

/// How many sandboxes are in which state. The owners' states first, then what nobody owns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Owners that wait for a seat.
    pub queued: u32,
    /// Owners whose sandbox is being made.
    pub starting: u32,
    /// Owners whose sandbox is ready.
    pub ready: u32,
    /// Owners whose sandbox is being removed.
    pub stopping: u32,
    /// Owners whose last sandbox is no more.
    pub gone: u32,
    /// Owners whose last sandbox could not be made or broke.
    pub failed: u32,
    /// Sandboxes of the pool that are ready.
    pub pool_ready: u32,
    /// Sandboxes of the pool that are being made.
    pub pool_starting: u32,
    /// Seats in use, by sandboxes in whatever state.
    pub seats_used: u32,
    /// Seats that there are.
    pub seats: u32,
}

/// Running totals since the server started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Sandboxes that became ready.
    pub started: u64,
    /// Those of them whose disk was cloned from one that holds the classroom's images already.
    pub cloned: u64,
    /// Attempts to make one that failed.
    pub start_failures: u64,
    /// Sandboxes that ended by themselves.
    pub died: u64,
    /// Things that the reaper removed.
    pub reaped: u64,
    /// Each attempt that succeeded since the last call, from its first step to ready, images included.
    pub starts: Vec<Duration>,
    /// Each wait of an owner since the last call, from claim to ready.
    pub claims: Vec<Duration>,
}

/// Whether sandboxes can be made: for `/readyz` and the pages that say what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The host engine answers and everything that a sandbox needs is there.
    pub ready: bool,
    /// The host engine's version, while it answers.
    pub engine: Option<String>,
    /// Whether the host engine has the sandbox image.
    pub image: bool,
    /// How disks get their limit, once that is known: "loop" or "tmpfs".
    pub disk: Option<&'static str>,
    /// Whether new sandboxes get copies of a disk that holds the classroom's images already. Until then they are loaded one by one.
    pub template: bool,
    /// Whether containers in sandboxes have limits and statistics of their own. None until the first sandbox has started.
    pub cgroups: Option<bool>,
    /// What went wrong last, for people; empty while all is well.
    pub last_error: Option<String>,
}
