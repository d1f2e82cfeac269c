//! Sessions, for `tower-sessions`: which learner a browser is.

use async_trait::async_trait;
use sqlx::SqlitePool;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{ExpiredDeletion, SessionStore};

use super::now;

/// The sessions in the database.
#[derive(Clone, Debug)]
pub struct Sessions {
    pub(super) pool: SqlitePool,
}

fn failed(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

impl Sessions {
    /// Writes a session down, if nothing in the clause for an id that is taken speaks against it. Whether it was written.
    async fn write(&self, record: &Record, if_taken: &str) -> Result<bool> {
        let sql = format!(
            "INSERT INTO sessions (id, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) {if_taken}"
        );
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let written = sqlx::query(&sql)
            .bind(record.id.to_string())
            .bind(data)
            .bind(record.expiry_date.unix_timestamp())
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(written.rows_affected() > 0)
    }
}

#[async_trait]
impl SessionStore for Sessions {
    /// A session that is new gets another id where its own is taken: nobody's session is written over.
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self.write(record, "DO NOTHING").await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let clause = "DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at";
        self.write(record, clause).await.map(drop)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found: Option<(String, i64)> =
            sqlx::query_as("SELECT data, expires_at FROM sessions WHERE id = $1 AND expires_at > $2")
                .bind(id.to_string())
                .bind(now())
                .fetch_optional(&self.pool)
                .await
                .map_err(failed)?;
        let Some((data, expires_at)) = found else {
            return Ok(None);
        };
        let decode = |error: String| Error::Decode(error);
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_str(&data).map_err(|error| decode(error.to_string()))?,
            expiry_date: OffsetDateTime::from_unix_timestamp(expires_at)
                .map_err(|error| decode(error.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE id = $1")
            .bind(id.to_string())
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for Sessions {
    async fn delete_expired(&self) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(now())
            .execute(&self.pool)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::super::Store;
    use super::*;

    fn record(who: &str, expires_at: i64) -> Record {
        Record {
            id: Id(7),
            data: HashMap::from([("learner".to_owned(), json!(who))]),
            expiry_date: OffsetDateTime::from_unix_timestamp(expires_at).unwrap(),
        }
    }

    async fn sessions() -> (tempfile::TempDir, Sessions) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("drydock.db")).await.unwrap();
        (folder, store.sessions())
    }

    #[tokio::test]
    async fn a_session_is_as_it_was_saved_until_it_is_deleted() {
        let (_folder, sessions) = sessions().await;
        let mut first = record("ada", now() + 60);
        sessions.create(&mut first).await.unwrap();
        assert_eq!(sessions.load(&first.id).await.unwrap(), Some(first.clone()));

        first.data.insert("learner".to_owned(), json!("grace"));
        sessions.save(&first).await.unwrap();
        assert_eq!(sessions.load(&first.id).await.unwrap(), Some(first.clone()));

        sessions.delete(&first.id).await.unwrap();
        assert_eq!(sessions.load(&first.id).await.unwrap(), None);
    }

    #[tokio::test]
    async fn an_id_that_is_taken_is_not_given_twice() {
        let (_folder, sessions) = sessions().await;
        let mut first = record("ada", now() + 60);
        let mut second = record("grace", now() + 60);
        sessions.create(&mut first).await.unwrap();
        sessions.create(&mut second).await.unwrap();
        assert_ne!(first.id, second.id);
        assert_eq!(sessions.load(&first.id).await.unwrap(), Some(first));
    }

    #[tokio::test]
    async fn what_has_expired_is_nobodys_and_goes() {
        let (_folder, sessions) = sessions().await;
        let mut old = record("ada", now() - 1);
        sessions.create(&mut old).await.unwrap();
        assert_eq!(sessions.load(&old.id).await.unwrap(), None);
        sessions.delete_expired().await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sessions")
            .fetch_one(&sessions.pool)
            .await
            .unwrap();
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn who_was_known_to_an_older_database_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("drydock.db")).await.unwrap();
        let (sessions, learner) = (store.sessions(), store.create_learner().await.unwrap());
        // As the library wrote it: an array of id, data and time, where the data is a map of one.
        let mut was = vec![0x93, 0xc4, 0x10];
        was.extend(7_i128.to_be_bytes());
        was.extend([0x81, 0xa7]);
        was.extend(b"learner");
        was.extend([0xd9, 0x20]);
        was.extend(learner.as_str().as_bytes());
        was.extend([0x99, 0xcd, 0x07, 0xea]);
        let older = "DROP TABLE sessions; CREATE TABLE tower_sessions \
                     (id TEXT PRIMARY KEY NOT NULL, data BLOB NOT NULL, expiry_date INTEGER NOT NULL)";
        sqlx::raw_sql(older).execute(&sessions.pool).await.unwrap();
        for id in [Id(7), Id(8)] {
            // Of the second, nothing is to be made out.
            let data = if id == Id(7) {
                was.clone()
            } else {
                b"learner".to_vec()
            };
            sqlx::query("INSERT INTO tower_sessions VALUES ($1, $2, '2126-11-27T20:12:46.387596396+00:00')")
                .bind(id.to_string())
                .bind(data)
                .execute(&sessions.pool)
                .await
                .unwrap();
        }

        let step = include_str!("../../migrations/0006_sessions.sql");
        sqlx::raw_sql(step).execute(&sessions.pool).await.unwrap();
        let now_is = sessions.load(&Id(7)).await.unwrap().unwrap();
        assert_eq!(now_is.data["learner"], json!(learner));
        assert_eq!(now_is.expiry_date.year(), 2126);
        assert_eq!(sessions.load(&Id(8)).await.unwrap(), None);
    }
}
