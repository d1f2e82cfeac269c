//! A lesson that is on show, in a sandbox that is ready: made ready for the lesson, and watched.

use std::sync::{Arc, Weak};

use axum::body::Bytes;
use drydock_lesson::Lesson;
use drydock_protocol::api::ExecRequest;
use drydock_sandbox::{AgentError, Needs, Sandbox, SandboxId};

use crate::state::{App, LessonKey, owner};

/// Seconds that an exercise's `setup` may take.
const SETUP_TIMEOUT_S: u32 = 60;

/// What a lesson asks of a sandbox.
pub fn needs(lesson: &Lesson) -> Needs {
    Needs {
        images: lesson.sandbox.images.iter().map(ToString::to_string).collect(),
        memory_bytes: lesson.sandbox.memory_bytes,
        disk_bytes: lesson.sandbox.disk_bytes,
    }
}

/// Puts the lesson's files into the learner's home and runs its exercises' `setup`, once a sandbox. A file that is there
/// already is left alone: it may be the learner's work.
async fn prepare(lesson: &Lesson, key: &LessonKey, sandbox: &Sandbox) -> Result<(), AgentError> {
    let agent = sandbox.agent();
    let marker = format!(".local/state/drydock/{}-{}", key.course, key.lesson);
    match agent.look(&marker).await {
        Err(AgentError::NotFound { .. }) => {}
        other => return other.map(|_| ()),
    }
    for file in &lesson.workspace {
        if let Err(AgentError::NotFound { .. }) = agent.look(&file.path).await {
            agent.write(&file.path, Bytes::from(file.bytes.clone())).await?;
        }
    }
    for setup in lesson.exercises.iter().filter_map(|exercise| exercise.setup.as_ref()) {
        let request = ExecRequest { command: setup.clone(), timeout_s: SETUP_TIMEOUT_S };
        let result = agent.exec(&request).await?;
        if result.exit_code != 0 {
            tracing::warn!(course = key.course, lesson = key.lesson, exit = result.exit_code, "lesson.setup_failed");
        }
    }
    agent.write(&marker, Bytes::from(lesson.hash.to_string())).await
}
/// W.
#[derive(Debug)]
pub struct LessonWatch {
    /// s
    pub sandbox: SandboxId,
}
impl LessonWatch {
    pub fn start(app: App, room: Weak<super::room::Room>, key: LessonKey, sandbox: Arc<Sandbox>) -> Self { let _ = (app, room, key); Self { sandbox: sandbox.id().clone() } }
    pub fn requests(&self) {}
}
pub async fn check(w: Option<()>, e: &drydock_lesson::ExerciseSpec, s: &Sandbox) -> Result<drydock_protocol::verdict::Verdict, crate::problem::ApiError> { let _ = (w,e,s); Err(crate::problem::ApiError::no_sandbox()) }
pub async fn keep(app: &App, l: &crate::store::LearnerId, k: &LessonKey, v: &drydock_protocol::verdict::Verdict, r: Option<&super::room::Room>) -> Result<(), crate::problem::ApiError> { let _ = (app,l,k,v,r, owner(l)); Ok(()) }
