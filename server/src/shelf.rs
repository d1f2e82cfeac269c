//! Where the lessons stand that are served.

use std::ops::Deref;
use std::sync::{PoisonError, RwLock};

use drydock_lesson::{Library, Solutions};

/// The library that is on show. Author mode puts a new one in its place whenever a file changes; else it is there for good.
///
/// A library lives for as long as the process, so that whoever looks at a lesson may go on looking. One that was replaced is
/// some hundred kilobytes that an author's own Drydock does not get back until it ends.
#[derive(Debug)]
pub struct Shelf {
    library: RwLock<&'static Library>,
    /// When solutions are shown, where a lesson does not say.
    solutions: Solutions,
}

impl Shelf {
    /// Puts the first one on it.
    pub fn new(library: Library, solutions: Solutions) -> Self {
        Self {
            library: RwLock::new(Box::leak(Box::new(library.with_solutions(solutions)))),
            solutions,
        }
    }

    /// Puts another one in its place.
    pub(crate) fn replace(&self, library: Library) {
        let library = Box::leak(Box::new(library.with_solutions(self.solutions)));
        *self.library.write().unwrap_or_else(PoisonError::into_inner) = library;
    }
}

impl Deref for Shelf {
    type Target = Library;

    fn deref(&self) -> &Library {
        *self.library.read().unwrap_or_else(PoisonError::into_inner)
    }
}
