//! The values that lessons' variables have for learners.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::{LearnerId, Store, StoreError};

impl Store {
    /// The values that were drawn for a learner in a lesson, by name.
    pub async fn draw(
        &self,
        learner: &LearnerId,
        course: &str,
        lesson: &str,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let rows =
            sqlx::query("SELECT name, value FROM draws WHERE learner = $1 AND course = $2 AND lesson = $3")
                .bind(learner)
                .bind(course)
                .bind(lesson)
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|found| Ok((found.try_get("name")?, found.try_get("value")?)))
            .collect::<Result<_, sqlx::Error>>()
            .map_err(StoreError::from)
    }

    /// Keeps a value that was drawn, and says which one counts: of two that are drawn at once, the first. One that stands there
    /// and is `outdated` gives way.
    pub async fn keep_draw(
        &self,
        learner: &LearnerId,
        (course, lesson): (&str, &str),
        name: &str,
        value: &str,
        outdated: Option<&str>,
    ) -> Result<String, StoreError> {
        let found = sqlx::query(
            "INSERT INTO draws (learner, course, lesson, name, value) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (learner, course, lesson, name) DO UPDATE SET
                 value = CASE WHEN draws.value = $6 THEN excluded.value ELSE draws.value END
             RETURNING value",
        )
        .bind(learner)
        .bind(course)
        .bind(lesson)
        .bind(name)
        .bind(value)
        .bind(outdated)
        .fetch_one(&self.pool)
        .await?;
        Ok(found.try_get("value")?)
    }
}
