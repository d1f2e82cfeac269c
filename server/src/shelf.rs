//! Where the lessons stand that are served.

use std::ops::Deref;
use std::sync::{PoisonError, RwLock};

use drydock_lesson::Library;

/// The library that is on show. Author mode puts a new one in its place whenever a file changes; else it is there for good.
///
/// A library lives for as long as the process, so that whoever looks at a lesson may go on looking. One that was replaced is
/// some hundred kilobytes that an author's own Drydock does not get back until it ends.
#[derive(Debug)]
pub struct Shelf(RwLock<&'static Library>);

impl Shelf {
    /// Puts the first one on it.
    pub fn new(library: Library) -> Self {
        Self(RwLock::new(Box::leak(Box::new(library))))
    }

    /// Puts another one in its place.
    pub(crate) fn replace(&self, library: Library) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Box::leak(Box::new(library));
    }
}

impl Deref for Shelf {
    type Target = Library;

    fn deref(&self) -> &Library {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
