//! How far something has got, for whoever shows it.

use std::sync::Arc;

/// Shows pieces of work.
pub trait Progress: Send + Sync {
    /// A piece of work begins, in which so many bytes are gone through.
    fn begin(&self, what: &str, bytes: u64) -> Arc<dyn Step>;
}

/// A piece of work that is under way.
pub trait Step: Send + Sync {
    /// So many bytes more are done.
    fn advance(&self, bytes: u64);
    /// It is done, and how.
    fn end(&self, how: &str);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _bytes: u64) -> Arc<dyn Step> {
        Arc::new(Self)
    }
}

impl Step for Silent {
    fn advance(&self, _bytes: u64) {}
    fn end(&self, _how: &str) {}
}

/// Bytes as people read them.
pub(crate) fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 {
        format!("{} kB", bytes.div_ceil(1000))
    } else {
        format!("{} MB", bytes / 1_000_000)
    }
}
