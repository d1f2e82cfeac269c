//! Which digest a tag had when a cache last looked it up, so that the next pull asks nobody outside.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Tags that are remembered.
const MOST: usize = 10_000;

/// Tags with their digests, for a while.
#[derive(Debug)]
pub(crate) struct Fresh {
    keeps: Duration,
    tags: Mutex<HashMap<(String, String), (String, Instant)>>,
}

impl Fresh {
    pub(crate) fn new(keeps: Duration) -> Self {
        Self {
            keeps,
            tags: Mutex::default(),
        }
    }

    pub(crate) fn get(&self, repository: &str, tag: &str) -> Option<String> {
        let tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        let (digest, at) = tags.get(&(repository.to_owned(), tag.to_owned()))?;
        (at.elapsed() < self.keeps).then(|| digest.clone())
    }

    pub(crate) fn put(&self, repository: &str, tag: &str, digest: &str) {
        let mut tags = self.tags.lock().unwrap_or_else(PoisonError::into_inner);
        if tags.len() >= MOST {
            tags.retain(|_, (_, at)| at.elapsed() < self.keeps);
        }
        if tags.len() >= MOST {
            tags.clear();
        }
        tags.insert(
            (repository.to_owned(), tag.to_owned()),
            (digest.to_owned(), Instant::now()),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_tag_is_remembered_for_a_while() {
        let fresh = Fresh::new(Duration::from_secs(60));
        fresh.put("docker.io/library/redis", "7", "sha256:a");
        assert_eq!(
            fresh.get("docker.io/library/redis", "7").as_deref(),
            Some("sha256:a")
        );
        assert_eq!(fresh.get("ghcr.io/library/redis", "7"), None);
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(fresh.get("docker.io/library/redis", "7"), None);
    }

    #[test]
    fn not_more_than_so_many_are() {
        let fresh = Fresh::new(Duration::from_secs(60));
        for number in 0..=MOST {
            fresh.put("r", &number.to_string(), "sha256:a");
        }
        assert!(fresh.tags.lock().unwrap().len() <= MOST);
    }
}
