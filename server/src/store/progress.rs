//! How far each learner is, exercise by exercise. The best result counts, and nothing takes it away again.

use drydock_protocol::verdict::Verdict;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::{LearnerId, Store, StoreError, now};
use crate::state::LessonKey;

/// Which exercise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExerciseKey {
    /// The course's slug.
    pub course: String,
    /// The lesson's slug.
    pub lesson: String,
    /// The exercise's id in the lesson.
    pub exercise: String,
}

impl ExerciseKey {
    /// The lesson that it is in.
    pub fn lesson(&self) -> LessonKey {
        LessonKey {
            course: self.course.clone(),
            lesson: self.lesson.clone(),
        }
    }
}

/// What is kept of a learner and an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whether it was ever passed.
    pub passed: bool,
    /// The most points that any verdict gave.
    pub points: u32,
    /// What it was worth then.
    pub points_max: u32,
    /// How many hints were shown.
    pub hints: u32,
    /// What they cost together.
    pub hint_cost: u32,
    /// How many verdicts on request found it unmet.
    pub fails: u32,
    /// When the learner first met it.
    pub first_at: i64,
    /// How often its solution was shown.
    pub solutions: u32,
    /// The points that it had brought when its solution was shown before it was passed: it brings no more.
    pub points_cap: Option<u32>,
    /// What the grader remembers of it: JSON of its own.
    pub memory: String,
}

impl Row {
    /// Points that were won before the solution was shown, less what hints cost.
    pub fn net_points(&self) -> u32 {
        let won = self.points_cap.map_or(self.points, |cap| self.points.min(cap));
        won.saturating_sub(self.hint_cost)
    }

    /// Whether the solution was shown before the exercise was passed.
    pub fn is_given_up(&self) -> bool {
        self.points_cap.is_some()
    }
}

fn row(from: &SqliteRow) -> Result<Row, sqlx::Error> {
    let number = |name: &str| -> Result<u32, sqlx::Error> {
        Ok(u32::try_from(from.try_get::<i64, _>(name)?).unwrap_or(0))
    };
    Ok(Row {
        passed: from.try_get("passed")?,
        points: number("points")?,
        points_max: number("points_max")?,
        hints: number("hints")?,
        hint_cost: number("hint_cost")?,
        fails: number("fails")?,
        first_at: from.try_get("first_at")?,
        solutions: number("solutions")?,
        points_cap: from
            .try_get::<Option<i64>, _>("points_cap")?
            .map(|cap| u32::try_from(cap).unwrap_or(0)),
        memory: from.try_get("memory")?,
    })
}

const RETURNING: &str =
    " RETURNING passed, points, points_max, hints, hint_cost, fails, first_at, solutions, points_cap, memory";

impl Store {
    /// Keeps a verdict if it is better than what there is.
    ///
    /// `memory` is what the grader wants to be told when the exercise is watched again: JSON of its own.
    pub async fn record_verdict(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
        verdict: &Verdict,
        memory: &str,
    ) -> Result<Row, StoreError> {
        let sql = format!(
            "INSERT INTO progress (learner, course, lesson, exercise, passed, points, points_max, first_at, updated_at, memory)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
             ON CONFLICT (learner, course, lesson, exercise) DO UPDATE SET
                 passed = progress.passed OR excluded.passed,
                 points = CASE WHEN excluded.points > progress.points THEN excluded.points ELSE progress.points END,
                 points_max = excluded.points_max,
                 updated_at = excluded.updated_at,
                 memory = excluded.memory{RETURNING}"
        );
        let found = sqlx::query(&sql)
            .bind(learner)
            .bind(&key.course)
            .bind(&key.lesson)
            .bind(&key.exercise)
            .bind(verdict.passed)
            .bind(i64::from(verdict.points))
            .bind(i64::from(verdict.points_max))
            .bind(now())
            .bind(memory)
            .fetch_one(&self.pool)
            .await?;
        Ok(row(&found)?)
    }

    /// What the grader remembers of a lesson's exercises, by their ids.
    pub async fn memories(
        &self,
        learner: &LearnerId,
        course: &str,
        lesson: &str,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT exercise, memory FROM progress WHERE learner = $1 AND course = $2 AND lesson = $3",
        )
        .bind(learner)
        .bind(course)
        .bind(lesson)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|found| Ok((found.try_get("exercise")?, found.try_get("memory")?)))
            .collect::<Result<_, sqlx::Error>>()
            .map_err(StoreError::from)
    }

    /// Notes that the learner has met an exercise, so that hints which come after a time can be counted from then.
    pub async fn meet(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
        points_max: u32,
    ) -> Result<Row, StoreError> {
        self.bump(learner, key, points_max, 0).await
    }

    /// Counts a check on request that found the exercise unmet.
    pub async fn count_fail(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
        points_max: u32,
    ) -> Result<Row, StoreError> {
        self.bump(learner, key, points_max, 1).await
    }

    async fn bump(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
        points_max: u32,
        fails: i64,
    ) -> Result<Row, StoreError> {
        let sql = format!(
            "INSERT INTO progress (learner, course, lesson, exercise, points_max, fails, first_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
             ON CONFLICT (learner, course, lesson, exercise) DO UPDATE SET fails = progress.fails + excluded.fails{RETURNING}"
        );
        let found = sqlx::query(&sql)
            .bind(learner)
            .bind(&key.course)
            .bind(&key.lesson)
            .bind(&key.exercise)
            .bind(i64::from(points_max))
            .bind(fails)
            .bind(now())
            .fetch_one(&self.pool)
            .await?;
        Ok(row(&found)?)
    }

    /// Notes that hint number `index` (from 0) was shown and what it cost. Showing the same one again costs nothing.
    pub async fn show_hint(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
        index: u32,
        cost: u32,
        points_max: u32,
    ) -> Result<Row, StoreError> {
        self.meet(learner, key, points_max).await?;
        let sql = format!(
            "UPDATE progress SET
                 hint_cost = hint_cost + CASE WHEN hints = $5 THEN $6 ELSE 0 END,
                 hints = CASE WHEN hints = $5 THEN hints + 1 ELSE hints END
             WHERE learner = $1 AND course = $2 AND lesson = $3 AND exercise = $4{RETURNING}"
        );
        let found = sqlx::query(&sql)
            .bind(learner)
            .bind(&key.course)
            .bind(&key.lesson)
            .bind(&key.exercise)
            .bind(i64::from(index))
            .bind(i64::from(cost))
            .fetch_one(&self.pool)
            .await?;
        Ok(row(&found)?)
    }

    /// Notes that the solution was shown. If the exercise was not passed by then, it brings no more points than it has brought.
    pub async fn show_solution(
        &self,
        learner: &LearnerId,
        key: &ExerciseKey,
        points_max: u32,
    ) -> Result<Row, StoreError> {
        let sql = format!(
            "INSERT INTO progress (learner, course, lesson, exercise, points_max, solutions, points_cap, first_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, 1, 0, $6, $6)
             ON CONFLICT (learner, course, lesson, exercise) DO UPDATE SET
                 solutions = progress.solutions + 1,
                 points_cap = CASE WHEN progress.passed OR progress.points_cap IS NOT NULL THEN progress.points_cap
                     ELSE progress.points END{RETURNING}"
        );
        let found = sqlx::query(&sql)
            .bind(learner)
            .bind(&key.course)
            .bind(&key.lesson)
            .bind(&key.exercise)
            .bind(i64::from(points_max))
            .bind(now())
            .fetch_one(&self.pool)
            .await?;
        Ok(row(&found)?)
    }

    /// Everything that is kept of a learner.
    pub async fn progress(&self, learner: &LearnerId) -> Result<Vec<(ExerciseKey, Row)>, StoreError> {
        let rows = sqlx::query(
            "SELECT course, lesson, exercise, passed, points, points_max, hints, hint_cost, fails, first_at, solutions, points_cap, memory
             FROM progress WHERE learner = $1 ORDER BY course, lesson, exercise",
        )
        .bind(learner)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|found| {
                let key = ExerciseKey {
                    course: found.try_get("course")?,
                    lesson: found.try_get("lesson")?,
                    exercise: found.try_get("exercise")?,
                };
                Ok((key, row(found)?))
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(StoreError::from)
    }
}
