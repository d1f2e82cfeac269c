//! What a submission comes to when it is graded without a browser.

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;
use crate::verdict::{Outcome, Verdict};

/// What a score stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The learner's own machine was asked, which is theirs to change: enough for practice.
    Live,
    /// What was handed in was replayed in a fresh sandbox, and what that led to was looked at by an engine that nobody but Drydock
    /// had in its hands.
    Replayed,
}

/// How far grading got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GradeState {
    /// It was replayed and looked at. That its commands took too long is told beside the points.
    Graded,
    /// It cannot be taken: no archive, nothing in it, paths that lead out, commands that are no bash.
    Refused,
    /// It was replayed, and left a machine that cannot be looked at. What was found before that counts.
    Failed,
    /// It could not be graded, for a reason that lies with the grader's machine: grade it again.
    Lost,
}

/// What a submission came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grade {
    /// `course/lesson`.
    pub assignment: String,
    /// Whose it is.
    pub student_id: String,
    /// How far grading got.
    pub state: GradeState,
    /// What went wrong or is worth knowing. Plain text; parts of it may come from the submission.
    pub remarks: Vec<String>,
    /// Points.
    pub score: u32,
    /// What the lesson's exercises are worth together.
    pub max_score: u32,
    /// When it was handed in.
    pub timestamp: UnixSeconds,
    /// When it was graded.
    pub graded_at: UnixSeconds,
    /// What the score stands on.
    pub evidence: Evidence,
    /// The version of the lesson: a SHA-256 over its text and its workspace.
    pub lesson_hash: String,
    /// Each exercise, in the order of the lesson.
    pub exercises: Vec<GradedExercise>,
}

/// What an exercise of a submission came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GradedExercise {
    /// Its id in the lesson.
    pub id: String,
    /// Whether all that it asks for was found.
    pub passed: bool,
    /// Points.
    pub points: u32,
    /// What it is worth.
    pub points_max: u32,
    /// What was found of each thing that it asks for. Empty where it was not looked at.
    pub outcomes: Vec<Outcome>,
}

/// How far something is that was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GradingState {
    /// It waits its turn.
    Queued,
    /// It is being replayed and looked at.
    Replaying,
    /// It is graded.
    Graded,
    /// It could not be graded, for a reason that lies with the server.
    Failed,
}

/// Something that another system has handed in: `POST` and `GET /api/v1/grade`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GradingView {
    /// Its id, and the last part of its address.
    pub id: String,
    /// How far it is.
    pub state: GradingState,
    /// Why it could not be graded, and what to do.
    pub reason: Option<String>,
    /// When it was handed in.
    pub handed_in_at: UnixSeconds,
    /// What it came to, once it is graded.
    pub grade: Option<Grade>,
}

/// What a learner has handed in for an exercise that is graded once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubmissionView {
    /// How far it is.
    pub state: GradingState,
    /// Why it could not be graded, and what to do.
    pub reason: Option<String>,
    /// When it was handed in.
    pub handed_in_at: UnixSeconds,
    /// What was found, once it is graded.
    pub verdict: Option<Verdict>,
    /// The sealed result, once it is graded.
    pub result: Option<SealedResult>,
}

/// A result that is never changed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SealedResult {
    /// Its place in the record of all results, from 1.
    pub number: i64,
    /// Points.
    pub points: u32,
    /// What the exercise is worth.
    pub points_max: u32,
    /// Whether all that it asks for was found.
    pub passed: bool,
    /// What it stands on.
    pub evidence: Evidence,
    /// The version of the lesson.
    pub lesson_hash: String,
    /// When it was graded.
    pub graded_at: UnixSeconds,
    /// SHA-256 over this result and the hash of the one before.
    pub hash: String,
    /// What is worth knowing about how it was graded. Plain text.
    pub remarks: Vec<String>,
}

impl GradedExercise {
    /// One that was not looked at.
    pub fn unseen(id: &str, points_max: u32) -> Self {
        Self {
            id: id.to_owned(),
            passed: false,
            points: 0,
            points_max,
            outcomes: Vec::new(),
        }
    }

    /// What is to be said about it in a line: the first thing that does not hold.
    pub fn message(&self) -> Option<&str> {
        let unmet = self.outcomes.iter().find(|outcome| !outcome.state.counts())?;
        Some(unmet.message.as_deref().unwrap_or(&unmet.label))
    }
}

impl From<Verdict> for GradedExercise {
    fn from(verdict: Verdict) -> Self {
        Self {
            id: verdict.exercise,
            passed: verdict.passed,
            points: verdict.points,
            points_max: verdict.points_max,
            outcomes: verdict.outcomes,
        }
    }
}
