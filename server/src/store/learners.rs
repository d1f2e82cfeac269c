//! Learners: who they are (a random id) and the code that brings their progress back on another device.

use std::fmt;

use drydock_protocol::UnixSeconds;
use rand::Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Sqlite, Type};

use super::{Store, StoreError, now};

/// How exactly it is kept when somebody was here.
const DAY_S: i64 = 24 * 60 * 60;

/// Digits and letters that are not mistaken for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A learner's id: 128 random bits, so that nobody can guess another's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LearnerId(String);

impl LearnerId {
    fn random() -> Self {
        Self(format!("{:032x}", rand::rng().random::<u128>()))
    }

    /// One who is not kept: for trials, which have no use for the database.
    pub fn passing() -> Self {
        Self::random()
    }

    /// As text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LearnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// What sqlx's macro would write, which has its drivers compiled a second time, for the compiler.
impl Type<Sqlite> for LearnerId {
    fn type_info() -> <Sqlite as Database>::TypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl<'q> Encode<'q, Sqlite> for LearnerId {
    fn encode_by_ref(
        &self,
        buffer: &mut <Sqlite as Database>::ArgumentBuffer<'q>,
    ) -> Result<IsNull, BoxDynError> {
        <String as Encode<'q, Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for LearnerId {
    fn decode(value: <Sqlite as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <String as Decode<'r, Sqlite>>::decode(value).map(Self)
    }
}

/// What is kept of a recovery code. A code has 100 random bits, so that a plain digest cannot be turned back by trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveryHash(String);

impl RecoveryHash {
    /// The hash of a code as a person types it: case, spaces and dashes do not matter, and letters that look
    /// like digits are taken for them.
    pub fn of(code: &str) -> Self {
        let plain: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        Self(format!("{:x}", Sha256::digest(plain.as_bytes())))
    }
}

/// A new recovery code: four groups of five.
pub(super) fn new_recovery_code() -> String {
    let mut rng = rand::rng();
    let groups: Vec<String> = (0..4)
        .map(|_| {
            (0..5)
                .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
                .collect()
        })
        .collect();
    groups.join("-")
}

impl Store {
    /// A new learner.
    pub async fn create_learner(&self) -> Result<LearnerId, StoreError> {
        let id = LearnerId::random();
        sqlx::query("INSERT INTO learners (id, created_at, seen_at) VALUES ($1, $2, $2)")
            .bind(&id)
            .bind(now())
            .execute(&self.pool)
            .await?;
        Ok(id)
    }

    /// Makes a new recovery code for a learner; the one before is of no use from now on.
    pub async fn new_recovery(&self, learner: &LearnerId) -> Result<String, StoreError> {
        let code = new_recovery_code();
        self.set_recovery(learner, &RecoveryHash::of(&code)).await?;
        Ok(code)
    }

    pub(super) async fn set_recovery(
        &self,
        learner: &LearnerId,
        hash: &RecoveryHash,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE learners SET recovery_hash = $1 WHERE id = $2")
            .bind(&hash.0)
            .bind(learner)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whose code this is.
    pub async fn learner_by_recovery(&self, hash: &RecoveryHash) -> Result<Option<LearnerId>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT id FROM learners WHERE recovery_hash = $1")
                .bind(&hash.0)
                .fetch_optional(&self.pool)
                .await?,
        )
    }

    /// Whether there is such a learner (still); if so, they were here today.
    pub async fn saw_learner(&self, learner: &LearnerId) -> Result<bool, StoreError> {
        let seen: Option<UnixSeconds> = sqlx::query_scalar("SELECT seen_at FROM learners WHERE id = $1")
            .bind(learner)
            .fetch_optional(&self.pool)
            .await?;
        let Some(seen) = seen else { return Ok(false) };
        // Each request meets its learner, and few of them need to write.
        if now() - seen > DAY_S {
            sqlx::query("UPDATE learners SET seen_at = $1 WHERE id = $2")
                .bind(now())
                .bind(learner)
                .execute(&self.pool)
                .await?;
        }
        Ok(true)
    }

    /// Whether there is a learner of this id. Meets nobody.
    pub async fn knows(&self, id: &str) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM learners WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.is_some())
    }

    /// Learners who have not been here since then, the longest away first, at most so many.
    pub async fn unseen_since(&self, then: UnixSeconds, most: u32) -> Result<Vec<LearnerId>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT id FROM learners WHERE seen_at < $1 ORDER BY seen_at LIMIT $2")
                .bind(then)
                .bind(most)
                .fetch_all(&self.pool)
                .await?,
        )
    }

    /// Removes a learner, and their progress with them. Whether there was one.
    pub async fn remove_learner(&self, learner: &LearnerId) -> Result<bool, StoreError> {
        let removed = sqlx::query("DELETE FROM learners WHERE id = $1")
            .bind(learner)
            .execute(&self.pool)
            .await?;
        Ok(removed.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_typed_carelessly() {
        assert_eq!(RecoveryHash::of("0ABC1-DEFGH"), RecoveryHash::of(" oabci defgh "));
        assert_ne!(RecoveryHash::of("0ABC1-DEFGH"), RecoveryHash::of("0ABC1-DEFGJ"));
    }

    #[test]
    fn codes_are_four_groups_and_differ() {
        let (one, other) = (new_recovery_code(), new_recovery_code());
        assert_eq!(one.len(), 23);
        assert_ne!(one, other);
    }
}
