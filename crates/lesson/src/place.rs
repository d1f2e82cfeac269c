//! Where the parts of a lesson stand in its file: for whoever tries them later and has to say where it went wrong.

/// Where a block that does something stands. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A `console` block.
    Console {
        /// The line of its fence.
        line: u32,
        /// The line at which each of its parts begins, in their order.
        parts: Vec<u32>,
    },
    /// A file to save.
    File {
        /// The line of its fence.
        line: u32,
    },
    /// An exercise.
    Exercise {
        /// The line of its fence.
        line: u32,
        /// The line of its solution.
        solution: u32,
        /// The line of each pitfall.
        pitfalls: Vec<u32>,
    },
}

impl Place {
    /// The line of its fence.
    pub fn line(&self) -> u32 {
        match self {
            Self::Console { line, .. } | Self::File { line } | Self::Exercise { line, .. } => *line,
        }
    }
}
