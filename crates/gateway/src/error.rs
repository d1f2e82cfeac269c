//! What can go wrong with the gateway itself: each variant says what happened, to what, and what to do.

use std::path::PathBuf;

/// The gateway could not be set up, or could not tell what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is of no use.
    #[error("[gateway] {setting}: {why}")]
    Config {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it and what would be right.
        why: String,
    },

    /// The certificate authority could not be made or kept.
    #[error(
        "the classroom's certificate authority in {} cannot be used: {why}. If the file is damaged, remove it: a new one is made at the next start",
        path.display()
    )]
    Authority {
        /// Its file.
        path: PathBuf,
        /// What reading, writing or signing ended with.
        why: String,
    },

    /// The audit file could not be opened.
    #[error("the audit file {} cannot be written: {why}", path.display())]
    Audit {
        /// Its path.
        path: PathBuf,
        /// What opening it ended with.
        why: String,
    },

    /// The classroom registry is away or said something that it should not.
    #[error("the classroom registry could not tell what was pushed: {why}")]
    Registry {
        /// What it was asked for and how that ended.
        why: String,
    },
}
