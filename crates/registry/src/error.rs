//! What can go wrong with the registries: each variant says what happened, to what, and what to do.

use std::path::PathBuf;

/// A registry, the host engine that runs it, or an archive did not do what it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host engine did not do what was asked of it, or does not answer.
    #[error(transparent)]
    Host(#[from] drydock_sandbox::Error),

    /// The host engine has no registry image.
    #[error(
        "the host engine has no image {image}: build it with `drydock images build` or `images/build registry`"
    )]
    ImageMissing {
        /// The configured reference.
        image: String,
    },

    /// The host engine has no such image.
    #[error("the host engine has no image {reference}: `docker images` lists those that it has")]
    NoHostImage {
        /// What was asked for.
        reference: String,
    },

    /// A registry's container does not come up.
    #[error("the registry {name} does not start: {said}")]
    NotReady {
        /// The container's name.
        name: String,
        /// The tail of what it said, or what was waited for.
        said: String,
    },

    /// The registry does not run.
    #[error(
        "the classroom registry is not running; `drydock serve` starts it, and its log says what hinders it"
    )]
    Away,

    /// The registry could not be reached, or broke off.
    #[error("the registry could not {doing}: {why}")]
    Registry {
        /// What was asked of it, as a verb with its object.
        doing: String,
        /// What it said, or how the connection ended.
        why: String,
        /// The HTTP status that it answered with, if it did.
        status: Option<u16>,
    },

    /// The classroom registry has no such image.
    #[error("the classroom registry has no image {reference}: `drydock images list` tells which it has")]
    NoImage {
        /// What was asked for.
        reference: String,
    },

    /// An archive cannot be used.
    #[error("{path} cannot be used: {why}")]
    Archive {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },

    /// A file could not be read or written.
    #[error("{path}: {why}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        why: std::io::Error,
    },

    /// A setting cannot work.
    #[error("setting `registry.{setting}` is wrong: {why}")]
    Config {
        /// Its name in [`crate::Config`].
        setting: &'static str,
        /// What it may be.
        why: String,
    },

    /// A name that should be one of ours is not.
    #[error("`{text}` is not {wanted}")]
    Name {
        /// What was found.
        text: String,
        /// What it should be.
        wanted: &'static str,
    },
}

impl Error {
    /// Whether the cause is a host engine that is not there: what failed can be tried again when it is back.
    pub fn is_host_gone(&self) -> bool {
        matches!(self, Self::Host(error) if error.is_host_gone())
    }

    /// The HTTP status that the host engine answered with, if it did and that is what is wrong.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Host(drydock_sandbox::Error::Host { status, .. }) => *status,
            _ => None,
        }
    }
}
