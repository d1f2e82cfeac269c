//! Results that are sealed: a chain in which each holds the hash of the one before.
//!
//! The database itself refuses to change or remove one. Whoever gets past that (they have the file) changes a hash, and everything
//! after it: the chain does not hold any more. That its end was cut off shows only to somebody who has noted a later hash.

use drydock_protocol::UnixSeconds;
use sha2::{Digest, Sha256};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{ExerciseKey, LearnerId, Store, StoreError};

/// What the first one holds in place of a hash.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How many are looked at in one go.
const PAGE: i64 = 500;

/// What is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// What it came of; one grading has one result.
    pub grading: String,
    /// Whose it is.
    pub learner: LearnerId,
    /// Which exercise.
    pub key: ExerciseKey,
    /// The version of the lesson.
    pub lesson_hash: String,
    /// What it stands on.
    pub evidence: String,
    /// SHA-256 over what was handed in.
    pub archive_hash: String,
    /// Points.
    pub points: u32,
    /// What the exercise is worth.
    pub points_max: u32,
    /// Whether all of it was found.
    pub passed: bool,
    /// When it was handed in.
    pub handed_in_at: UnixSeconds,
    /// When it was graded.
    pub graded_at: UnixSeconds,
}

/// A sealed result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// From 1, without gaps.
    pub number: i64,
    /// What is sealed.
    pub sealing: Sealing,
    /// The hash of the one before.
    pub previous: String,
    /// The hash of this one.
    pub hash: String,
}

/// What came of looking over the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// It holds.
    Whole {
        /// How many results there are.
        count: i64,
        /// The hash of the last one: note it elsewhere, to see later that nothing was cut off.
        head: String,
    },
    /// It does not.
    Broken {
        /// Where.
        number: i64,
        /// What is wrong there.
        why: &'static str,
    },
}

impl Sealing {
    /// Over everything, each part with its length, so that no two run together into the same bytes.
    fn hash(&self, number: i64, previous: &str) -> String {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        add(b"drydock result 1");
        add(previous.as_bytes());
        for text in [
            &self.grading,
            self.learner.as_str(),
            &self.key.course,
            &self.key.lesson,
            &self.key.exercise,
            &self.lesson_hash,
            &self.evidence,
            &self.archive_hash,
        ] {
            add(text.as_bytes());
        }
        for figure in [
            number,
            i64::from(self.points),
            i64::from(self.points_max),
            i64::from(self.passed),
            self.handed_in_at,
            self.graded_at,
        ] {
            add(&figure.to_le_bytes());
        }
        format!("{:x}", hash.finalize())
    }
}

fn sealed(row: &SqliteRow) -> Result<Sealed, sqlx::Error> {
    let points = |name: &str| -> Result<u32, sqlx::Error> {
        // One that is none was not written by us: the hash says so.
        Ok(u32::try_from(row.try_get::<i64, _>(name)?).unwrap_or(u32::MAX))
    };
    Ok(Sealed {
        number: row.try_get("number")?,
        sealing: Sealing {
            grading: row.try_get("grading")?,
            learner: row.try_get("learner")?,
            key: ExerciseKey {
                course: row.try_get("course")?,
                lesson: row.try_get("lesson")?,
                exercise: row.try_get("exercise")?,
            },
            lesson_hash: row.try_get("lesson_hash")?,
            evidence: row.try_get("evidence")?,
            archive_hash: row.try_get("archive_hash")?,
            points: points("points")?,
            points_max: points("points_max")?,
            passed: row.try_get("passed")?,
            handed_in_at: row.try_get("handed_in_at")?,
            graded_at: row.try_get("graded_at")?,
        },
        previous: row.try_get("previous")?,
        hash: row.try_get("hash")?,
    })
}

impl Store {
    /// Seals a result, once: the same grading again gives the result that there is.
    pub async fn seal(&self, sealing: &Sealing) -> Result<Sealed, StoreError> {
        // One at a time: each has to know the one before. What another process writes meanwhile takes the number, which is tried again.
        loop {
            if let Some(known) = self.sealed(&sealing.grading).await? {
                return Ok(known);
            }
            let last = sqlx::query("SELECT number, hash FROM results ORDER BY number DESC LIMIT 1")
                .fetch_optional(&self.pool)
                .await?;
            let (number, previous) = match last {
                Some(row) => (row.try_get::<i64, _>("number")? + 1, row.try_get("hash")?),
                None => (1, BEGINNING.to_owned()),
            };
            let hash = sealing.hash(number, &previous);
            let inserted = sqlx::query(
                "INSERT INTO results (number, grading, learner, course, lesson, exercise, lesson_hash, evidence, archive_hash,
                     points, points_max, passed, handed_in_at, graded_at, previous, hash)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING",
            )
            .bind(number)
            .bind(&sealing.grading)
            .bind(&sealing.learner)
            .bind(&sealing.key.course)
            .bind(&sealing.key.lesson)
            .bind(&sealing.key.exercise)
            .bind(&sealing.lesson_hash)
            .bind(&sealing.evidence)
            .bind(&sealing.archive_hash)
            .bind(i64::from(sealing.points))
            .bind(i64::from(sealing.points_max))
            .bind(sealing.passed)
            .bind(sealing.handed_in_at)
            .bind(sealing.graded_at)
            .bind(&previous)
            .bind(&hash)
            .execute(&self.pool)
            .await?;
            if inserted.rows_affected() > 0 {
                return Ok(Sealed {
                    number,
                    sealing: sealing.clone(),
                    previous,
                    hash,
                });
            }
        }
    }

    /// The result of a grading.
    pub async fn sealed(&self, grading: &str) -> Result<Option<Sealed>, StoreError> {
        let found = sqlx::query("SELECT * FROM results WHERE grading = $1")
            .bind(grading)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.as_ref().map(sealed).transpose()?)
    }

    /// Looks over the whole chain.
    pub async fn verify_results(&self) -> Result<Chain, StoreError> {
        let (mut count, mut head) = (0, BEGINNING.to_owned());
        loop {
            let rows = sqlx::query("SELECT * FROM results WHERE number > $1 ORDER BY number LIMIT $2")
                .bind(count)
                .bind(PAGE)
                .fetch_all(&self.pool)
                .await?;
            if rows.is_empty() {
                return Ok(Chain::Whole { count, head });
            }
            for row in &rows {
                let result = sealed(row)?;
                let number = count + 1;
                let broken = |why| Ok(Chain::Broken { number, why });
                if result.number != number {
                    return broken("it is missing");
                }
                if result.previous != head {
                    return broken("it does not follow the one before");
                }
                if result.sealing.hash(number, &head) != result.hash {
                    return broken("it was changed after it was sealed");
                }
                (count, head) = (number, result.hash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("drydock.db")).await.unwrap();
        (folder, store)
    }

    fn sealing(grading: &str, points: u32) -> Sealing {
        Sealing {
            grading: grading.into(),
            learner: LearnerId::passing(),
            key: ExerciseKey {
                course: "docker".into(),
                lesson: "images".into(),
                exercise: "tag".into(),
            },
            lesson_hash: "ab".into(),
            evidence: "replayed".into(),
            archive_hash: "cd".into(),
            points,
            points_max: 3,
            passed: points == 3,
            handed_in_at: 1,
            graded_at: 2,
        }
    }

    async fn three(store: &Store) {
        for (grading, points) in [("a", 3), ("b", 1), ("c", 0)] {
            store.seal(&sealing(grading, points)).await.unwrap();
        }
    }

    #[tokio::test]
    async fn results_follow_each_other() {
        let (_folder, store) = store().await;
        assert!(matches!(
            store.verify_results().await.unwrap(),
            Chain::Whole { count: 0, .. }
        ));
        three(&store).await;
        let last = store.sealed("c").await.unwrap().unwrap();
        assert_eq!(last.number, 3);
        assert_eq!(last.previous, store.sealed("b").await.unwrap().unwrap().hash);
        assert_eq!(
            store.verify_results().await.unwrap(),
            Chain::Whole {
                count: 3,
                head: last.hash
            }
        );
    }

    #[tokio::test]
    async fn the_same_is_sealed_once_and_many_at_a_time_in_a_row() {
        let (_folder, store) = store().await;
        let first = store.seal(&sealing("a", 3)).await.unwrap();
        assert_eq!(store.seal(&sealing("a", 0)).await.unwrap().hash, first.hash);
        let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
        let sealings: Vec<Sealing> = names.iter().map(|name| sealing(name, 1)).collect();
        let all = sealings.iter().map(|one| store.seal(one));
        for sealed in futures::future::join_all(all).await {
            sealed.unwrap();
        }
        assert!(matches!(
            store.verify_results().await.unwrap(),
            Chain::Whole { count: 21, .. }
        ));
    }

    #[tokio::test]
    async fn the_database_refuses_to_change_or_remove_one() {
        let (_folder, store) = store().await;
        three(&store).await;
        for (statement, why) in [
            ("UPDATE results SET points = 3 WHERE number = 2", "never changed"),
            ("DELETE FROM results WHERE number = 2", "never removed"),
        ] {
            let error = sqlx::query(statement).execute(&store.pool).await.unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    #[tokio::test]
    async fn whoever_gets_past_that_is_seen() {
        for (statement, number, why) in [
            ("UPDATE results SET points = 3 WHERE number = 2", 2, "was changed"),
            (
                "UPDATE results SET learner = 'x' WHERE number = 1",
                1,
                "was changed",
            ),
            (
                "UPDATE results SET previous = 'x' WHERE number = 3",
                3,
                "does not follow",
            ),
            ("DELETE FROM results WHERE number = 2", 2, "is missing"),
        ] {
            let (_folder, store) = store().await;
            three(&store).await;
            for trigger in ["results_are_not_changed", "results_are_not_removed"] {
                let drop = format!("DROP TRIGGER {trigger}");
                sqlx::query(&drop).execute(&store.pool).await.unwrap();
            }
            sqlx::query(statement).execute(&store.pool).await.unwrap();
            match store.verify_results().await.unwrap() {
                Chain::Broken {
                    number: at,
                    why: said,
                } => {
                    assert_eq!(at, number, "{statement}");
                    assert!(said.contains(why), "{statement}: {said}");
                }
                whole @ Chain::Whole { .. } => panic!("{statement}: {whole:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_learner_who_is_forgotten_leaves_no_gap() {
        let (_folder, store) = store().await;
        let learner = store.create_learner().await.unwrap();
        let own = Sealing {
            learner: learner.clone(),
            ..sealing("a", 3)
        };
        store.seal(&own).await.unwrap();
        store.seal(&sealing("b", 3)).await.unwrap();
        assert!(store.remove_learner(&learner).await.unwrap());
        assert!(matches!(
            store.verify_results().await.unwrap(),
            Chain::Whole { count: 2, .. }
        ));
    }
}
