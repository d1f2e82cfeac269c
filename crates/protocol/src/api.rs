//! Requests and answers under `/api/v1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;
use crate::grade::SubmissionView;
use crate::page::Console;
use crate::verdict::Verdict;

/// An error: `application/problem+json`, RFC 9457.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// A stable name of this kind of problem: `/problems/no-sandbox` …
    #[serde(rename = "type")]
    pub kind: String,
    /// What went wrong, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened to what, and what to do about it.
    pub detail: String,
}

/// A place in the queue for a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Queue {
    /// 1 is next.
    pub place: u32,
    /// Seconds until a sandbox is likely to be free, from how long the present ones have left. Null when nothing can be said.
    pub estimate_s: Option<u32>,
}

/// A learner's sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SandboxView {
    /// Its id; empty while it is queued.
    pub id: String,
    /// Where it is in its life.
    #[serde(flatten)]
    pub state: SandboxState,
    /// What it may use.
    pub limits: Limits,
    /// What it uses, when that is known. The sandbox itself says so: for showing, not for deciding.
    pub usage: Option<Usage>,
    /// How often something in it was ended since it is ready, because all of it together wanted more memory than it may have.
    #[serde(default)]
    pub out_of_memory: u32,
    /// When it will be stopped, unless it is extended. Null before it is ready.
    pub expires_at: Option<UnixSeconds>,
    /// Whether `extend` would give it more time.
    pub can_extend: bool,
}

/// Where a sandbox is in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SandboxState {
    /// Every seat is taken.
    Queued {
        /// Where the learner stands.
        queue: Queue,
    },
    /// It is being made.
    Starting {
        /// What is being done: "Starting the engine", "Loading nginx:1.26" …
        step: String,
    },
    /// Its terminals can be opened.
    Ready,
    /// It is being removed.
    Stopping {
        /// Why, for the learner.
        reason: StopReason,
    },
    /// It is no more.
    Gone {
        /// Why, for the learner.
        reason: StopReason,
    },
    /// It could not be made, or it broke.
    Failed {
        /// What happened and what to do, for the learner.
        reason: String,
    },
}

impl SandboxState {
    /// Whether terminals, files and commands are there.
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }
}

/// Why a sandbox was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The learner asked for it.
    Asked,
    /// The learner asked for a fresh one.
    Reset,
    /// Its time was up.
    Expired,
    /// Nobody had used it for a while.
    Idle,
    /// It ended by itself: its first process was killed, from inside or by a limit.
    Died,
    /// The server is being stopped for good.
    Shutdown,
}

/// What a sandbox may use. Hard limits, enforced from outside it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Memory, swap included, in bytes.
    pub memory_bytes: u64,
    /// The engine's disk (images, containers, volumes), in bytes.
    pub disk_bytes: u64,
    /// The home folder, in bytes.
    pub home_bytes: u64,
    /// Processes and threads.
    pub pids: u32,
    /// Processor cores; fractions are allowed.
    pub cpus: f64,
}

/// What a sandbox uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// The engine's disk in bytes.
    pub disk_bytes: u64,
    /// The home folder in bytes.
    pub home_bytes: u64,
    /// Processes and threads.
    pub pids: u32,
}

/// `POST /api/v1/sandbox/exec`, the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecRequest {
    /// A line of bash, run as the learner in the workspace.
    pub command: String,
    /// Seconds after which it is killed: 1 to 600, 30 if absent.
    #[serde(default = "default_exec_timeout")]
    pub timeout_s: u32,
}

fn default_exec_timeout() -> u32 {
    30
}

/// `POST /api/v1/sandbox/exec`, the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExecResult {
    /// Exit status; 128 and the signal if it was killed; 124 if its time was up.
    pub exit_code: i32,
    /// At most 1 MiB; bytes that are not UTF-8 are replaced.
    pub stdout: String,
    /// At most 1 MiB; bytes that are not UTF-8 are replaced.
    pub stderr: String,
    /// Whether either was cut.
    pub truncated: bool,
}

/// A file or folder of the workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileEntry {
    /// Its name, without folders.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes; 0 for folders.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Last modification.
    pub modified: UnixSeconds,
}

/// What a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A socket, pipe or device.
    Other,
}

/// `GET /api/v1/sandbox/files?path=` of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// Folders first, then by name; at most 2,000.
    pub entries: Vec<FileEntry>,
    /// Whether there are more than that.
    pub truncated: bool,
}

/// One of the learner's images, with what the pictures need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImageView {
    /// `sha256:…`
    pub id: String,
    /// Tags; empty for a dangling image.
    pub tags: Vec<String>,
    /// When it was made.
    pub created: UnixSeconds,
    /// Bytes, of all its layers.
    pub size: u64,
    /// Bytes of those layers that other images have too, as `docker system df -v` counts them.
    pub shared_size: u64,
    /// How many containers were made from it.
    pub containers: u32,
    /// Oldest first, as `docker history` has them upside down.
    pub history: Vec<LayerView>,
}

/// One line of an image's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LayerView {
    /// The layer's content digest (`sha256:…`, from RootFS); null for an instruction that only changed metadata.
    pub diff_id: Option<String>,
    /// The instruction that made it.
    pub created_by: String,
    /// Bytes that it added.
    pub size: u64,
}

/// `GET /api/v1/progress`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// By `course/lesson`, then by exercise id. What was never tried is absent.
    pub lessons: BTreeMap<String, BTreeMap<String, ExerciseProgress>>,
}

/// How far a learner is with one exercise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExerciseProgress {
    /// Whether it was ever passed.
    pub passed: bool,
    /// The most points that any verdict gave until the solution was shown, less what hints cost.
    pub points: u32,
    /// What it is worth.
    pub points_max: u32,
    /// The hints shown so far, in order: plain text with `code` in backticks.
    pub hints: Vec<String>,
    /// Whether its solution was shown before it was passed: what was not won by then is not won any more.
    pub given_up: bool,
    /// What was found last; null when it was not evaluated since the server last saw the learner's sandbox.
    pub verdict: Option<Verdict>,
    /// What the learner has handed in, where the exercise is graded once; absent before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submission: Option<Box<SubmissionView>>,
}

/// `POST …/exercises/{id}/answer`: the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AnswerRequest {
    /// Which of the exercise's conditions is answered, from 0. A quiz has one.
    #[serde(default)]
    pub expectation: u32,
    /// The numbers of the choices, from 0, where there is something to choose.
    #[serde(default)]
    pub choices: Vec<u32>,
    /// What was typed, where something is to be typed: at most 500 characters.
    #[serde(default)]
    pub text: String,
}

/// `POST …/exercises/{id}/hint`: the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hint {
    /// The hint: plain text with `code` in backticks.
    pub text: String,
    /// Points that it cost.
    pub cost: u32,
    /// The learner's standing with it.
    pub progress: ExerciseProgress,
}

/// `POST …/exercises/{id}/solution`: the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Solution {
    /// Its commands, as a `console` block has them.
    pub console: Console,
    /// The learner's standing with the exercise.
    pub progress: ExerciseProgress,
}

/// `POST …/exercises/{id}/reset`: what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Restarted {
    /// What its setup ended with; 0 is success.
    pub exit_code: i32,
    /// The end of what the setup printed.
    pub output: String,
    /// What was found after it. What held before is forgotten; points are kept.
    pub verdict: Verdict,
}

/// `POST` and `GET …/exercises/{id}/skip`: the exercises before one are done for the learner, in a fresh sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replay {
    /// The course's slug.
    pub course: String,
    /// The lesson's slug.
    pub lesson: String,
    /// The exercise that is skipped to.
    pub to: String,
    /// How many exercises come before it.
    pub total: u32,
    /// How many of them are done.
    pub done: u32,
    /// What is being done now, or how it ended.
    pub step: ReplayStep,
}

/// Where a replay is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum ReplayStep {
    /// The fresh sandbox is being made.
    Sandbox,
    /// The solution of an exercise is being typed.
    Exercise {
        /// Which.
        id: String,
    },
    /// All is done.
    Finished,
    /// It went no further.
    Failed {
        /// What happened and what to do, for the learner.
        reason: String,
    },
}

impl ReplayStep {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Finished | Self::Failed { .. })
    }
}

/// `GET` and `POST /api/v1/recovery`: the code that brings a learner's progress back on another device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCode {
    /// Letters and digits in groups; case and dashes do not matter when it is typed.
    pub code: String,
}
