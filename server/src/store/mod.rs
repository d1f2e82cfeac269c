//! Persistence: learners and their progress, in SQLite.
//!
//! The only module that speaks SQL. Its statements use what SQLite and PostgreSQL share (`$1` parameters,
//! `ON CONFLICT`), so that the database can be changed without changing them.

mod draws;
mod gradings;
mod learners;
mod migrations;
mod progress;
mod results;
mod sessions;

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use migrations::Migrations;

pub use gradings::{Grading, HandedIn, Taken};
pub use learners::{LearnerId, RecoveryHash};
pub use progress::{ExerciseKey, Row};
pub use results::{Chain, Sealed, Sealing};
pub use sessions::Sessions;

/// What the store fails with.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened.
    #[error(
        "the database {path} cannot be opened: {source}. Check that the folder can be written and is not full"
    )]
    Open {
        /// Where it should be.
        path: String,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// Its tables cannot be brought up to date.
    #[error("the database cannot be brought up to date: {0}. Was it written by a newer Drydock?")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database failed: {0}")]
    Statement(#[from] sqlx::Error),
}

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

impl Store {
    /// Opens the database at `path`, making it and its tables where they are missing.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // Readers never wait for the writer, and a process killed in the middle leaves a database that is whole.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options)
            .await
            .map_err(|source| StoreError::Open {
                path: path.display().to_string(),
                source,
            })?;
        Migrator::new(Migrations)
            .await?
            .set_ignore_missing(true)
            .run(&pool)
            .await?;
        Ok(Self { pool })
    }

    /// The sessions in it.
    pub fn sessions(&self) -> Sessions {
        Sessions {
            pool: self.pool.clone(),
        }
    }

    /// Whether it answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }
}

/// Seconds since 1970.
pub fn now() -> drydock_protocol::UnixSeconds {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use drydock_protocol::verdict::Verdict;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("drydock.db")).await.unwrap();
        (folder, store)
    }

    fn verdict(points: u32, passed: bool) -> Verdict {
        Verdict {
            exercise: "tag".into(),
            passed,
            points,
            points_max: 3,
            outcomes: Vec::new(),
            at: 0,
        }
    }

    fn key(exercise: &str) -> ExerciseKey {
        ExerciseKey {
            course: "docker".into(),
            lesson: "images".into(),
            exercise: exercise.into(),
        }
    }

    #[tokio::test]
    async fn the_best_result_is_kept() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        store
            .record_verdict(&learner, &key("tag"), &verdict(3, true), "{}")
            .await
            .unwrap();
        let row = store
            .record_verdict(&learner, &key("tag"), &verdict(1, false), "{}")
            .await
            .unwrap();
        assert!(row.passed);
        assert_eq!((row.points, row.points_max), (3, 3));
    }

    #[tokio::test]
    async fn hints_cost_points_but_never_more_than_there_are() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        store.show_hint(&learner, &key("tag"), 0, 1, 3).await.unwrap();
        let row = store
            .record_verdict(&learner, &key("tag"), &verdict(3, true), "{}")
            .await
            .unwrap();
        assert_eq!((row.hints, row.net_points()), (1, 2));
        let row = store.show_hint(&learner, &key("tag"), 1, 9, 3).await.unwrap();
        assert_eq!(row.net_points(), 0);
    }

    #[tokio::test]
    async fn a_hint_asked_for_twice_at_once_is_charged_once() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        store.show_hint(&learner, &key("tag"), 0, 1, 3).await.unwrap();
        let row = store.show_hint(&learner, &key("tag"), 0, 1, 3).await.unwrap();
        assert_eq!((row.hints, row.hint_cost), (1, 1));
    }

    #[tokio::test]
    async fn what_is_won_before_a_solution_was_shown_is_kept_and_nothing_after() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        let judged = async |exercise: &str, points, passed| {
            let verdict = verdict(points, passed);
            store
                .record_verdict(&learner, &key(exercise), &verdict, "{}")
                .await
                .unwrap()
        };
        judged("tag", 1, false).await;
        let row = store.show_solution(&learner, &key("tag"), 3).await.unwrap();
        assert!(row.is_given_up() && !row.passed);
        let row = judged("tag", 3, true).await;
        assert_eq!((row.passed, row.points, row.net_points()), (true, 3, 1));
        let row = store.show_solution(&learner, &key("tag"), 3).await.unwrap();
        assert_eq!(
            (row.solutions, row.points_cap),
            (2, Some(1)),
            "the first time counts"
        );

        judged("list", 3, true).await;
        let row = store.show_solution(&learner, &key("list"), 3).await.unwrap();
        assert!(!row.is_given_up() && row.net_points() == 3, "passed before");

        let row = store.show_solution(&learner, &key("new"), 3).await.unwrap();
        assert_eq!((row.points_max, row.points_cap), (3, Some(0)));
        assert_eq!(judged("new", 3, true).await.net_points(), 0);
    }

    #[tokio::test]
    async fn a_recovery_code_finds_its_learner_until_a_new_one_is_made() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        let (first, second) = (RecoveryHash::of("AAAA-1"), RecoveryHash::of("BBBB-2"));
        store.set_recovery(&learner, &first).await.unwrap();
        assert_eq!(
            store.learner_by_recovery(&first).await.unwrap(),
            Some(learner.clone())
        );
        store.set_recovery(&learner, &second).await.unwrap();
        assert_eq!(store.learner_by_recovery(&first).await.unwrap(), None);
        assert_eq!(store.learner_by_recovery(&second).await.unwrap(), Some(learner));
    }

    #[tokio::test]
    async fn progress_of_one_learner_is_not_anothers() {
        let (_folder, store) = store().await;
        let (one, other) = (
            store.create_learner().await.unwrap(),
            store.create_learner().await.unwrap(),
        );
        store
            .record_verdict(&one, &key("tag"), &verdict(3, true), "{}")
            .await
            .unwrap();
        assert!(store.progress(&other).await.unwrap().is_empty());
        assert_eq!(store.progress(&one).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_learner_who_is_removed_leaves_nothing() {
        let (_folder, store) = store().await;
        let (one, other) = (
            store.create_learner().await.unwrap(),
            store.create_learner().await.unwrap(),
        );
        for learner in [&one, &other] {
            store
                .record_verdict(learner, &key("tag"), &verdict(3, true), "{}")
                .await
                .unwrap();
        }
        assert!(store.remove_learner(&one).await.unwrap());
        assert!(!store.remove_learner(&one).await.unwrap());
        assert!(!store.saw_learner(&one).await.unwrap());
        assert!(store.progress(&one).await.unwrap().is_empty());
        assert!(store.saw_learner(&other).await.unwrap());
        assert_eq!(store.progress(&other).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn who_comes_back_has_been_seen() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        sqlx::query("UPDATE learners SET seen_at = 0")
            .execute(&store.pool)
            .await
            .unwrap();
        let long_ago = now() - 1000;
        assert_eq!(
            store.unseen_since(long_ago, 10).await.unwrap(),
            std::slice::from_ref(&learner)
        );
        assert!(store.saw_learner(&learner).await.unwrap());
        assert!(store.unseen_since(long_ago, 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_value_is_drawn_once_and_gives_way_only_when_it_is_outdated() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        let keep = async |value: &str, outdated: Option<&str>| {
            let place = ("docker", "images");
            store
                .keep_draw(&learner, place, "TAG", value, outdated)
                .await
                .unwrap()
        };
        assert_eq!(keep("v1", None).await, "v1");
        assert_eq!(keep("v2", None).await, "v1", "of two at once, the first counts");
        assert_eq!(keep("v3", Some("v0")).await, "v1");
        assert_eq!(
            keep("v3", Some("v1")).await,
            "v3",
            "what the author took away is drawn again"
        );
        let kept = store.draw(&learner, "docker", "images").await.unwrap();
        assert_eq!(
            kept.into_iter().collect::<Vec<_>>(),
            [("TAG".to_owned(), "v3".to_owned())]
        );
        assert!(
            store
                .draw(&learner, "docker", "volumes")
                .await
                .unwrap()
                .is_empty()
        );
        store.remove_learner(&learner).await.unwrap();
        assert!(store.draw(&learner, "docker", "images").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn progress_survives_a_reopening() {
        let (folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        store
            .record_verdict(&learner, &key("tag"), &verdict(2, false), "{}")
            .await
            .unwrap();
        drop(store);
        let again = Store::open(&folder.path().join("drydock.db")).await.unwrap();
        let rows = again.progress(&learner).await.unwrap();
        assert_eq!(rows[0].1.points, 2);
    }

    fn handed_in<'a>(learner: Option<&'a LearnerId>, key: &'a ExerciseKey, request: &'a str) -> HandedIn<'a> {
        HandedIn {
            learner,
            student: "alice",
            key,
            request,
            archive: b"bytes",
        }
    }

    #[tokio::test]
    async fn what_is_handed_in_waits_its_turn_and_is_taken_once() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        let (tag, pull) = (key("tag"), key("pull"));
        let Taken::New(first) = store
            .hand_in(&handed_in(Some(&learner), &tag, "r1"), 10)
            .await
            .unwrap()
        else {
            panic!("it is new")
        };
        // Whatever the request is called: an exercise is sealed once.
        for request in ["r1", "r2"] {
            let again = store
                .hand_in(&handed_in(Some(&learner), &tag, request), 10)
                .await
                .unwrap();
            assert_eq!(again, Taken::Known(first.clone()), "{request}");
        }
        let all = key("");
        for request in ["s1", "s2"] {
            let other = store.hand_in(&handed_in(None, &all, request), 10).await.unwrap();
            assert!(matches!(other, Taken::New(_)), "{request}");
        }
        assert!(matches!(
            store.hand_in(&handed_in(None, &all, "s1"), 10).await.unwrap(),
            Taken::Known(_)
        ));
        assert_eq!(
            store
                .hand_in(&handed_in(Some(&learner), &pull, "r3"), 3)
                .await
                .unwrap(),
            Taken::Full
        );
        let (next, archive) = store.next_grading().await.unwrap().unwrap();
        assert_eq!(
            (next.id.as_str(), archive.as_slice()),
            (first.id.as_str(), b"bytes".as_slice())
        );
        assert_eq!(next.state, drydock_protocol::grade::GradingState::Replaying);
        assert!(
            store.grading(&first.id).await.unwrap().is_none(),
            "a learner's own is no other system's"
        );
    }

    #[tokio::test]
    async fn what_a_server_did_not_finish_waits_again_and_what_failed_can_be_tried_again() {
        let (_folder, store) = store().await;
        let all = key("");
        store.hand_in(&handed_in(None, &all, "s1"), 10).await.unwrap();
        let (taken, _) = store.next_grading().await.unwrap().unwrap();
        assert!(store.next_grading().await.unwrap().is_none());
        store.requeue_gradings().await.unwrap();
        let (again, _) = store.next_grading().await.unwrap().unwrap();
        assert_eq!(again.id, taken.id);
        store.not_graded(&taken.id, "the engine is away").await.unwrap();
        let failed = store.grading(&taken.id).await.unwrap().unwrap();
        assert_eq!(failed.reason.as_deref(), Some("the engine is away"));
        assert!(store.grade_again(&taken.id).await.unwrap());
        assert!(!store.grade_again(&taken.id).await.unwrap(), "it waits already");
        let (_, archive) = store.next_grading().await.unwrap().unwrap();
        assert_eq!(archive, b"bytes");
    }
}
