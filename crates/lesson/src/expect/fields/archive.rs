//! A tar of the workspace.

use super::Asked;
use crate::expect::reference::{Reference, ReferencePattern};

/// `archive: PATH`: holds when the workspace has that file, it is a tar, and has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchiveExpect {
    /// Relative to the workspace.
    pub path: String,
    /// The name of an image in it, or a pattern of names: it is what `docker save` writes.
    pub holds_image: Option<ReferencePattern>,
    /// An image of the engine that the image in it is the same as.
    pub same_as: Option<Reference>,
    /// It is what `docker export` writes.
    pub is_filesystem: Option<Asked>,
}

impl ArchiveExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 3] = ["holds_image", "same_as", "is_filesystem"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: holds_image, same_as, is_filesystem)
    }
}
