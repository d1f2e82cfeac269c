//! What waits to be graded, in the order in which it was handed in, and what came of it.

use drydock_protocol::UnixSeconds;
use drydock_protocol::grade::{Grade, GradingState};
use rand::Rng;
use sha2::{Digest, Sha256};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{ExerciseKey, LearnerId, Store, StoreError, now};

/// Something to be graded.
#[derive(Clone, Debug)]
pub struct HandedIn<'a> {
    /// The learner who seals an exercise; None: another system's.
    pub learner: Option<&'a LearnerId>,
    /// Whose it is, for whoever reads the grade.
    pub student: &'a str,
    /// Which exercise; an empty one: all of the lesson's.
    pub key: &'a ExerciseKey,
    /// What whoever hands it in calls this request.
    pub request: &'a str,
    /// What is handed in.
    pub archive: &'a [u8],
}

/// One that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Grading {
    /// Its id: random, so that nobody can guess another's.
    pub id: String,
    /// See [`HandedIn::learner`].
    pub learner: Option<LearnerId>,
    /// See [`HandedIn::student`].
    pub student: String,
    /// See [`HandedIn::key`].
    pub key: ExerciseKey,
    /// See [`HandedIn::request`].
    pub request: String,
    /// How far it is.
    pub state: GradingState,
    /// Why it could not be graded.
    pub reason: Option<String>,
    /// SHA-256 over what was handed in.
    pub archive_hash: String,
    /// What it came to.
    pub grade: Option<Grade>,
    /// When it was handed in.
    pub handed_in_at: UnixSeconds,
}

/// What became of handing something in.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It waits now.
    New(Grading),
    /// It had been handed in before, by the same request or another.
    Known(Grading),
    /// So much waits already that it was not taken.
    Full,
}

const COLUMNS: &str = "id, learner, student, course, lesson, exercise, request, state, reason, archive_hash, grade, handed_in_at";

fn state_name(state: GradingState) -> &'static str {
    match state {
        GradingState::Queued => "queued",
        GradingState::Replaying => "replaying",
        GradingState::Graded => "graded",
        GradingState::Failed => "failed",
    }
}

fn grading(row: &SqliteRow) -> Result<Grading, sqlx::Error> {
    let state: String = row.try_get("state")?;
    let grade: Option<String> = row.try_get("grade")?;
    Ok(Grading {
        id: row.try_get("id")?,
        learner: row.try_get("learner")?,
        student: row.try_get("student")?,
        key: ExerciseKey {
            course: row.try_get("course")?,
            lesson: row.try_get("lesson")?,
            exercise: row.try_get("exercise")?,
        },
        request: row.try_get("request")?,
        state: match state.as_str() {
            "queued" => GradingState::Queued,
            "replaying" => GradingState::Replaying,
            "graded" => GradingState::Graded,
            _ => GradingState::Failed,
        },
        reason: row.try_get("reason")?,
        archive_hash: row.try_get("archive_hash")?,
        // One that a newer Drydock wrote differently is as good as none.
        grade: grade.and_then(|text| serde_json::from_str(&text).ok()),
        handed_in_at: row.try_get("handed_in_at")?,
    })
}

impl Store {
    /// Takes something in, unless `most` are waiting already. What a learner seals is taken once an exercise.
    pub async fn hand_in(&self, new: &HandedIn<'_>, most: u32) -> Result<Taken, StoreError> {
        if let Some(known) = self.known_grading(new).await? {
            return Ok(Taken::Known(known));
        }
        if self.gradings_waiting().await? >= most {
            return Ok(Taken::Full);
        }
        let id = format!("{:032x}", rand::rng().random::<u128>());
        let sql = format!(
            "INSERT INTO gradings (id, learner, student, course, lesson, exercise, request, state, archive, archive_hash, handed_in_at, changed_at, place)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9, $10, $10,
                 (SELECT COALESCE(MAX(place), 0) + 1 FROM gradings))
             ON CONFLICT DO NOTHING RETURNING {COLUMNS}"
        );
        let inserted = sqlx::query(&sql)
            .bind(&id)
            .bind(new.learner)
            .bind(new.student)
            .bind(&new.key.course)
            .bind(&new.key.lesson)
            .bind(&new.key.exercise)
            .bind(new.request)
            .bind(new.archive)
            .bind(format!("{:x}", Sha256::digest(new.archive)))
            .bind(now())
            .fetch_optional(&self.pool)
            .await?;
        match inserted {
            Some(row) => Ok(Taken::New(grading(&row)?)),
            // Another request was a moment faster.
            None => match self.known_grading(new).await? {
                Some(known) => Ok(Taken::Known(known)),
                None => Ok(Taken::Full),
            },
        }
    }

    /// The one that is there already: a learner's by its exercise, another system's by what it calls the request.
    async fn known_grading(&self, new: &HandedIn<'_>) -> Result<Option<Grading>, StoreError> {
        let Some(learner) = new.learner else {
            let sql = format!("SELECT {COLUMNS} FROM gradings WHERE learner IS NULL AND request = $1");
            let found = sqlx::query(&sql)
                .bind(new.request)
                .fetch_optional(&self.pool)
                .await?;
            return Ok(found.as_ref().map(grading).transpose()?);
        };
        self.sealed_by(learner, new.key).await
    }

    /// What a learner has handed in for an exercise.
    pub async fn sealed_by(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
    ) -> Result<Option<Grading>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM gradings WHERE learner = $1 AND course = $2 AND lesson = $3 AND exercise = $4"
        );
        let found = sqlx::query(&sql)
            .bind(learner)
            .bind(&key.course)
            .bind(&key.lesson)
            .bind(&key.exercise)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.as_ref().map(grading).transpose()?)
    }

    /// Everything that a learner has handed in.
    pub async fn gradings_of(&self, learner: &LearnerId) -> Result<Vec<Grading>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM gradings WHERE learner = $1");
        let rows = sqlx::query(&sql).bind(learner).fetch_all(&self.pool).await?;
        Ok(rows.iter().map(grading).collect::<Result<_, _>>()?)
    }

    /// One that another system has handed in.
    pub async fn grading(&self, id: &str) -> Result<Option<Grading>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM gradings WHERE id = $1 AND learner IS NULL");
        let found = sqlx::query(&sql).bind(id).fetch_optional(&self.pool).await?;
        Ok(found.as_ref().map(grading).transpose()?)
    }

    /// How many wait or are being graded.
    pub async fn gradings_waiting(&self) -> Result<u32, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM gradings WHERE state IN ('queued', 'replaying')")
                .fetch_one(&self.pool)
                .await?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// The one that has waited longest, with what was handed in; it is being replayed from now on.
    pub async fn next_grading(&self) -> Result<Option<(Grading, Vec<u8>)>, StoreError> {
        let sql = format!(
            "UPDATE gradings SET state = 'replaying', changed_at = $1
             WHERE id = (SELECT id FROM gradings WHERE state = 'queued' ORDER BY place LIMIT 1) AND state = 'queued'
             RETURNING {COLUMNS}, archive"
        );
        let Some(row) = sqlx::query(&sql).bind(now()).fetch_optional(&self.pool).await? else {
            return Ok(None);
        };
        let archive: Option<Vec<u8>> = row.try_get("archive")?;
        Ok(Some((grading(&row)?, archive.unwrap_or_default())))
    }

    /// What was being replayed when a server ended waits again.
    pub async fn requeue_gradings(&self) -> Result<(), StoreError> {
        sqlx::query("UPDATE gradings SET state = 'queued', changed_at = $1 WHERE state = 'replaying'")
            .bind(now())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// One that could not be graded waits again. Whether it is one that could not.
    pub async fn grade_again(&self, id: &str) -> Result<bool, StoreError> {
        let changed = sqlx::query(
            "UPDATE gradings SET state = 'queued', reason = NULL, changed_at = $1
             WHERE id = $2 AND state = 'failed' AND archive IS NOT NULL",
        )
        .bind(now())
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Keeps what one came to. What was handed in is not needed any more.
    pub async fn graded(&self, id: &str, grade: &Grade) -> Result<(), StoreError> {
        // A grade is plain data: writing it as JSON cannot fail.
        let text = serde_json::to_string(grade).unwrap_or_default();
        sqlx::query(
            "UPDATE gradings SET state = 'graded', grade = $1, archive = NULL, reason = NULL, changed_at = $2 WHERE id = $3",
        )
        .bind(text)
        .bind(now())
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes why one could not be graded. What was handed in is kept, for another try.
    pub async fn not_graded(&self, id: &str, reason: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE gradings SET state = $1, reason = $2, changed_at = $3 WHERE id = $4")
            .bind(state_name(GradingState::Failed))
            .bind(reason)
            .bind(now())
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Removes what other systems have handed in and that is done since before then.
    pub async fn remove_gradings_before(&self, then: UnixSeconds) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM gradings WHERE learner IS NULL AND state IN ('graded', 'failed') AND changed_at < $1")
            .bind(then)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
