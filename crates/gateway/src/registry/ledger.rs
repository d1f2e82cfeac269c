//! The book of what each learner has pushed, for the quota: distinct blobs and manifests, and uploads that are under way.
//!
//! It lives in memory and is written anew from the registry when a learner first pushes after a start. Taking an image
//! away makes room in the book at once, on the disk only when the registry collects its garbage; so that nobody fills the disk by
//! pushing and taking away in turns, what is written in all is limited too.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// How many times its quota a learner may write until the server is started anew.
const WRITTEN_QUOTAS: u64 = 4;
/// Uploads of one learner that are under way at one time.
const UPLOADS_MAX: usize = 64;
/// Manifests of one learner that are held at one time, each of which may have some megabytes.
const MANIFESTS_MAX: usize = 4;
/// Repositories that a learner may push to until the server is started anew: lists of all there are take time for each.
const REPOSITORIES_MAX: usize = 256;
/// The least that anything stored counts: it takes a file or some of its own, however small.
const BLOCK: u64 = 4096;
/// An upload that nobody goes on with is given up.
const GIVEN_UP: Duration = Duration::from_secs(10 * 60);

/// No room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// The books of all learners.
#[derive(Debug)]
pub(crate) struct Ledgers {
    quota: u64,
    books: Mutex<HashMap<String, Arc<Ledger>>>,
}

/// One learner's book.
#[derive(Debug)]
pub(crate) struct Ledger {
    quota: u64,
    read: OnceCell<()>,
    manifests: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    stored: HashMap<String, u64>,
    /// The sum of what is stored, for it is asked at every piece of every upload.
    stored_bytes: u64,
    uploads: HashMap<String, Upload>,
    repositories: HashSet<String>,
    written: u64,
}

#[derive(Debug)]
struct Upload {
    bytes: u64,
    touched: Instant,
    /// Where the registry wants to hear of it next.
    location: String,
}

impl Ledgers {
    pub(crate) fn new(quota: u64) -> Self {
        Self {
            quota,
            books: Mutex::default(),
        }
    }

    /// A learner's book. `read` tells what they have in the registry, if that is not known yet.
    pub(crate) async fn of<E>(
        &self,
        learner: &str,
        read: impl Future<Output = Result<HashMap<String, u64>, E>>,
    ) -> Result<Arc<Ledger>, E> {
        let ledger = {
            let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
            let made = || {
                Arc::new(Ledger {
                    quota: self.quota,
                    read: OnceCell::new(),
                    manifests: Semaphore::new(MANIFESTS_MAX),
                    state: Mutex::default(),
                })
            };
            Arc::clone(books.entry(learner.to_owned()).or_insert_with(made))
        };
        ledger
            .read
            .get_or_try_init(|| async {
                let stored = read.await?;
                let mut state = ledger.state();
                state.stored_bytes = stored.values().sum();
                state.stored = stored;
                Ok(())
            })
            .await?;
        Ok(ledger)
    }

    pub(crate) fn forget(&self, learner: &str) {
        self.books
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(learner);
    }
}

impl State {
    fn taken(&self) -> u64 {
        self.stored_bytes + self.uploads.values().map(|upload| upload.bytes).sum::<u64>()
    }
}

impl Ledger {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn quota(&self) -> u64 {
        self.quota
    }

    /// Whether so many more bytes fit.
    pub(crate) fn has_room(&self, bytes: u64) -> bool {
        let state = self.state();
        self.fits(&state, bytes)
    }

    fn fits(&self, state: &State, bytes: u64) -> bool {
        state.taken().saturating_add(bytes) <= self.quota
            && state.written.saturating_add(bytes) <= self.quota.saturating_mul(WRITTEN_QUOTAS)
    }

    /// An upload begins. What it replaces, because nobody goes on with it, is for the caller to cancel.
    pub(crate) fn begin(&self, upload: &str, location: &str) -> Result<Vec<String>, Full> {
        let mut state = self.state();
        let left: Vec<String> = state
            .uploads
            .iter()
            .filter(|(_, upload)| upload.touched.elapsed() >= GIVEN_UP)
            .map(|(id, _)| id.clone())
            .collect();
        let given_up = left
            .iter()
            .filter_map(|id| state.uploads.remove(id))
            .map(|upload| upload.location)
            .collect();
        if state.uploads.len() >= UPLOADS_MAX {
            return Err(Full);
        }
        state.uploads.insert(
            upload.to_owned(),
            Upload {
                bytes: 0,
                touched: Instant::now(),
                location: location.to_owned(),
            },
        );
        Ok(given_up)
    }

    /// Bytes of an upload arrive.
    pub(crate) fn charge(&self, upload: &str, bytes: u64) -> Result<(), Full> {
        let mut state = self.state();
        // One that the book does not know began before the server did, or nowhere.
        let is_one_too_many = state.uploads.len() >= UPLOADS_MAX && !state.uploads.contains_key(upload);
        if is_one_too_many || !self.fits(&state, bytes) {
            return Err(Full);
        }
        state.written += bytes;
        let upload = state.uploads.entry(upload.to_owned()).or_insert_with(|| Upload {
            bytes: 0,
            touched: Instant::now(),
            location: String::new(),
        });
        upload.bytes += bytes;
        upload.touched = Instant::now();
        Ok(())
    }

    /// The registry wants to hear of an upload elsewhere.
    pub(crate) fn moved(&self, upload: &str, location: &str) {
        if let Some(upload) = self.state().uploads.get_mut(upload) {
            location.clone_into(&mut upload.location);
            upload.touched = Instant::now();
        }
    }

    /// An upload became a blob.
    pub(crate) fn complete(&self, upload: &str, digest: &str) {
        let mut state = self.state();
        if let Some(upload) = state.uploads.remove(upload) {
            let bytes = upload.bytes.max(BLOCK);
            if !state.stored.contains_key(digest) {
                state.stored.insert(digest.to_owned(), bytes);
                state.stored_bytes += bytes;
            }
        }
    }

    /// An upload came to nothing.
    pub(crate) fn end(&self, upload: &str) -> Option<String> {
        self.state().uploads.remove(upload).map(|upload| upload.location)
    }

    /// A repository is pushed to.
    pub(crate) fn repository(&self, name: &str) -> Result<(), Full> {
        let repositories = &mut self.state().repositories;
        if !repositories.contains(name) {
            if repositories.len() >= REPOSITORIES_MAX {
                return Err(Full);
            }
            repositories.insert(name.to_owned());
        }
        Ok(())
    }

    /// A name was given to something that is there already: it takes a file, and there is an end to those too.
    pub(crate) fn name(&self) -> Result<(), Full> {
        let mut state = self.state();
        if !self.fits(&state, BLOCK) {
            return Err(Full);
        }
        state.written += BLOCK;
        Ok(())
    }

    /// A place for one more manifest to be held; waits until there is one.
    pub(crate) async fn manifest(&self) -> Option<SemaphorePermit<'_>> {
        self.manifests.acquire().await.ok()
    }

    /// Something was stored in one piece.
    pub(crate) fn store(&self, digest: &str, bytes: u64) {
        let mut state = self.state();
        let bytes = bytes.max(BLOCK);
        let before = state.stored.insert(digest.to_owned(), bytes).unwrap_or(0);
        state.stored_bytes = state.stored_bytes + bytes - before;
        // Also what is there already: another tag is another file.
        state.written += bytes;
    }

    /// A manifest was taken away: of what it named, only what others name too is left.
    pub(crate) fn remove(&self, named: &HashSet<String>, left: &HashSet<String>) {
        let mut state = self.state();
        state
            .stored
            .retain(|digest, _| !named.contains(digest) || left.contains(digest));
        state.stored_bytes = state.stored.values().sum();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    async fn ledger(quota: u64) -> Arc<Ledger> {
        let ledgers = Ledgers::new(quota);
        ledgers
            .of("l1", async {
                Ok::<_, ()>(HashMap::from([("old".to_owned(), 10 * MIB)]))
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn distinct_blobs_count_once() {
        let ledger = ledger(100 * MIB).await;
        for upload in ["u1", "u2"] {
            ledger.begin(upload, "/x").unwrap();
            ledger.charge(upload, 40 * MIB).unwrap();
            ledger.complete(upload, "blob");
        }
        assert!(ledger.has_room(50 * MIB));
        assert!(!ledger.has_room(51 * MIB));
    }

    #[tokio::test]
    async fn what_is_under_way_counts_and_comes_back() {
        let ledger = ledger(100 * MIB).await;
        ledger.begin("u1", "/x").unwrap();
        ledger.begin("u2", "/y").unwrap();
        ledger.charge("u1", 60 * MIB).unwrap();
        assert_eq!(ledger.charge("u2", 31 * MIB), Err(Full));
        assert_eq!(ledger.end("u1").as_deref(), Some("/x"));
        assert_eq!(ledger.charge("u2", 31 * MIB), Ok(()));
    }

    #[tokio::test]
    async fn pushing_and_taking_away_in_turns_has_an_end() {
        let ledger = ledger(100 * MIB).await;
        let named = HashSet::from(["blob".to_owned()]);
        let mut times = 0;
        while ledger.charge("u", 80 * MIB).is_ok() {
            ledger.complete("u", "blob");
            ledger.remove(&named, &HashSet::new());
            times += 1;
        }
        assert_eq!(times, 5);
    }

    #[tokio::test]
    async fn names_for_what_is_there_have_an_end_too() {
        let ledger = ledger(11 * MIB).await;
        let names = (0..100_000u64).take_while(|_| ledger.name().is_ok()).count() as u64;
        assert_eq!(names, WRITTEN_QUOTAS * 11 * MIB / BLOCK);
    }

    #[tokio::test(start_paused = true)]
    async fn uploads_that_nobody_goes_on_with_are_given_up() {
        let ledger = ledger(100 * MIB).await;
        for number in 0..UPLOADS_MAX {
            ledger.begin(&number.to_string(), "/x").unwrap();
        }
        ledger.charge("0", 90 * MIB).unwrap();
        assert_eq!(ledger.begin("new", "/y"), Err(Full));
        tokio::time::advance(GIVEN_UP).await;
        assert_eq!(ledger.begin("new", "/y").unwrap().len(), UPLOADS_MAX);
        assert!(ledger.has_room(90 * MIB));
    }

    #[tokio::test]
    async fn uploads_that_never_began_have_an_end() {
        let ledger = ledger(100 * MIB).await;
        let charged = (0..10_000).take_while(|number| ledger.charge(&number.to_string(), 1).is_ok());
        assert_eq!(charged.count(), UPLOADS_MAX);
        // Those that are known go on.
        assert_eq!(ledger.charge("0", 1), Ok(()));
        ledger.end("1");
        assert_eq!(ledger.charge("new", 1), Ok(()));
    }

    #[tokio::test]
    async fn repositories_have_an_end() {
        let ledger = ledger(MIB).await;
        let pushed = (0..10_000).take_while(|number| ledger.repository(&number.to_string()).is_ok());
        assert_eq!(pushed.count(), REPOSITORIES_MAX);
        assert_eq!(ledger.repository("0"), Ok(()));
    }

    #[tokio::test]
    async fn only_so_many_manifests_are_held() {
        let ledger = ledger(MIB).await;
        let mut held = Vec::new();
        for _ in 0..MANIFESTS_MAX {
            held.push(ledger.manifest().await);
        }
        assert!(ledger.manifest().now_or_never().is_none());
        held.pop();
        assert!(ledger.manifest().now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_book_is_read_once_and_forgotten_with_its_learner() {
        let ledgers = Ledgers::new(100);
        let read = |bytes: u64| async move { Ok::<_, ()>(HashMap::from([("a".to_owned(), bytes)])) };
        assert!(ledgers.of("l1", async { Err(()) }).await.is_err());
        assert!(!ledgers.of("l1", read(100)).await.unwrap().has_room(1));
        assert!(!ledgers.of("l1", read(0)).await.unwrap().has_room(1));
        ledgers.forget("l1");
        assert!(ledgers.of("l1", read(0)).await.unwrap().has_room(100));
    }
}
