//! Why a fact could not be read.

use thiserror::Error;

/// Something that a matcher needed to know could not be found out. It says nothing about whether the learner's
/// work is right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FactError {
    /// The learner's engine refused, broke off, or answered with something that is no answer.
    #[error(
        "the engine could not be asked for {what} ({why}): it may be starting again; this is looked at again by itself"
    )]
    Engine {
        /// What was asked for.
        what: String,
        /// What went wrong, shortened.
        why: String,
    },
    /// The sandbox's agent likewise.
    #[error(
        "the sandbox could not be asked for {what} ({why}): it may be starting again; this is looked at again by itself"
    )]
    Agent {
        /// What was asked for.
        what: String,
        /// What went wrong, shortened.
        why: String,
    },
    /// The classroom's registry likewise.
    #[error("the classroom's registry could not be asked ({why}): this is looked at again by itself")]
    Registry {
        /// What went wrong, shortened.
        why: String,
    },
    /// There is no registry that could be asked.
    #[error(
        "this Drydock runs without a registry, so nothing can be pushed here: whoever runs it can switch it on"
    )]
    NoRegistry,
    /// No answer in time.
    #[error(
        "{what} did not come within {seconds} s: the sandbox is very busy; this is looked at again by itself"
    )]
    TimedOut {
        /// What was asked for.
        what: String,
        /// How long was waited.
        seconds: u64,
    },
    /// A file that is larger than what is read.
    #[error("`{path}` is larger than {limit_mib} MiB, which is more than is read: make it smaller")]
    TooLarge {
        /// The file.
        path: String,
        /// The limit in MiB.
        limit_mib: u64,
    },
}

impl FactError {
    /// Whether it is worth asking again, because the reason lies in the moment and not in the learner's work.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::TooLarge { .. } | Self::NoRegistry)
    }
}
