//! Which blobs the classroom has, so that a learner's push need not carry them again.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::upstream::{Away, Upstream};
use super::walk;

/// How long it is believed that a blob which was not found is not there.
const BELIEVED: Duration = Duration::from_secs(60);
const PREFIX: &str = "classroom/";

/// Blobs of classroom images, each with a repository that has it.
#[derive(Debug, Default)]
pub(crate) struct Index {
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    at: Instant,
    blobs: HashMap<String, String>,
}

impl Index {
    /// A classroom repository that has this blob. The classroom is looked through when that is not known.
    pub(crate) async fn find(&self, upstream: &Upstream, digest: &str) -> Result<Option<String>, Away> {
        // Held while looking: whoever else asks waits for the same answer.
        let mut known = self.known.lock().await;
        if let Some(known) = &*known {
            let found = known.blobs.get(digest);
            if found.is_some() || known.at.elapsed() < BELIEVED {
                return Ok(found.cloned());
            }
        }
        let repositories = walk::repositories(upstream, PREFIX).await?;
        let contents = walk::contents(upstream, &repositories).await?;
        let blobs: HashMap<String, String> = contents
            .into_iter()
            .map(|(digest, (_, repository))| (digest, repository))
            .collect();
        let found = blobs.get(digest).cloned();
        *known = Some(Known {
            at: Instant::now(),
            blobs,
        });
        Ok(found)
    }

    /// Which of these the classroom does not have.
    pub(crate) async fn foreign(
        &self,
        upstream: &Upstream,
        mut contents: HashMap<String, u64>,
    ) -> Result<HashMap<String, u64>, Away> {
        let mut classrooms = Vec::new();
        for digest in contents.keys() {
            if self.find(upstream, digest).await?.is_some() {
                classrooms.push(digest.clone());
            }
        }
        for digest in classrooms {
            contents.remove(&digest);
        }
        Ok(contents)
    }
}
