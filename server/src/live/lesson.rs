//! A lesson that is on show, in a sandbox that is ready: made ready for the lesson, and watched.

use std::sync::{Arc, Weak};

use axum::body::Bytes;
use drydock_grader::{CheckError, Exercise, Memories, Memory, Update, Watch};
use drydock_lesson::{ExerciseSpec, Lesson};
use drydock_protocol::api::{ExecRequest, ExecResult, ExerciseProgress};
use drydock_protocol::live::{Event, Level, Notice};
use drydock_protocol::verdict::{Given, Verdict};
use drydock_sandbox::{AgentError, Needs, Sandbox, SandboxId};
use tokio::sync::OnceCell;
use tokio_util::task::AbortOnDropHandle;

use super::changes;
use super::draws::lesson_of;
use super::room::Room;
use crate::problem::{ApiError, Kind};
use crate::routes::progress::standing;
use crate::state::{App, LessonKey, owner};
use crate::store::{LearnerId, now};

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
pub(crate) async fn prepare(lesson: &Lesson, key: &LessonKey, sandbox: &Sandbox) -> Result<(), AgentError> {
    let agent = sandbox.agent();
    let marker = format!(".local/state/drydock/{}-{}", key.course, key.lesson);
    match agent.look(&marker).await {
        Err(AgentError::NotFound { .. }) => {}
        other => return other.map(|_| ()),
    }
    for file in lesson.workspace.iter() {
        if let Err(AgentError::NotFound { .. }) = agent.look(&file.path).await {
            let bytes = Bytes::from(file.bytes.clone());
            if file.executable {
                agent.write_executable(&file.path, bytes).await?;
            } else {
                agent.write(&file.path, bytes).await?;
            }
        }
    }
    for setup in lesson
        .exercises
        .iter()
        .filter_map(|exercise| exercise.setup.as_ref())
    {
        let result = set_up(setup, sandbox).await?;
        if result.exit_code != 0 {
            tracing::warn!(
                course = key.course,
                lesson = key.lesson,
                exit = result.exit_code,
                "lesson.setup_failed"
            );
        }
    }
    agent.write(&marker, Bytes::from(lesson.hash.to_string())).await
}

/// A lesson that is watched in a sandbox. Watching ends when this is dropped.
#[derive(Debug)]
pub struct LessonWatch {
    /// Which sandbox: one that comes after it is watched anew.
    pub sandbox: SandboxId,
    watch: Arc<OnceCell<Watch>>,
    _task: AbortOnDropHandle<()>,
}

impl LessonWatch {
    /// Makes the sandbox ready for the lesson, and then watches.
    pub fn start(
        app: App,
        room: Weak<Room>,
        learner: LearnerId,
        key: LessonKey,
        sandbox: Arc<Sandbox>,
    ) -> Self {
        let id = sandbox.id().clone();
        let watch = Arc::new(OnceCell::new());
        let task = tokio::spawn(run(app, room, learner, key, sandbox, Arc::clone(&watch)));
        Self {
            sandbox: id,
            watch,
            _task: AbortOnDropHandle::new(task),
        }
    }

    /// Where checks on request go, once the sandbox is ready for the lesson.
    pub fn requests(&self) -> Arc<OnceCell<Watch>> {
        Arc::clone(&self.watch)
    }
}

async fn run(
    app: App,
    room: Weak<Room>,
    learner: LearnerId,
    key: LessonKey,
    sandbox: Arc<Sandbox>,
    watch: Arc<OnceCell<Watch>>,
) {
    let lesson = match lesson_of(&app, Some(&learner), &key).await {
        Ok(lesson) => lesson,
        Err(error) => {
            tracing::error!(problem = ?error.to_problem(), "lesson.not_drawn");
            return;
        }
    };
    // The sandbox may have been started for another lesson, with other images.
    app.sandboxes.claim(&owner(&learner), &needs(lesson));
    if let Err(error) = prepare(lesson, &key, &sandbox).await {
        tracing::warn!(sandbox = %sandbox.id(), lesson = key.lesson, error = %error, "lesson.not_prepared");
        if let Some(room) = room.upgrade() {
            let text = "Not all files of this lesson could be put into your sandbox. If one is missing, reset the sandbox.";
            room.tell(Event::Notice(Notice {
                level: Level::Warn,
                text: text.into(),
            }));
        }
    }
    // What is only answered does not change by what happens in a sandbox.
    let watched = lesson
        .exercises
        .iter()
        .filter(|exercise| !exercise.is_answered_only());
    let exercises = watched.map(Exercise::from).collect();
    let (watching, mut updates) = drydock_grader::watch(
        sandbox,
        exercises,
        memories(&app, &learner, &key).await,
        app.classroom.pushes(&learner),
    );
    let changes = changes::tell(room.clone(), watching.changes());
    let _changes = AbortOnDropHandle::new(tokio::spawn(changes));
    if watch.set(watching).is_err() {
        return;
    }
    while let Some(update) = updates.recv().await {
        let latency = update.latency;
        let room = room.upgrade();
        if let Err(error) = keep(&app, &learner, &key, update, room.as_deref()).await {
            // The verdict was shown; what could not be kept is found again at the next change.
            tracing::error!(problem = ?error.to_problem(), "verdict.not_kept");
        }
        if let Some(latency) = latency {
            crate::measure::verdict_sent(latency);
        }
    }
}

/// What the grader remembers of one exercise.
pub async fn memory(app: &App, learner: &LearnerId, key: &LessonKey, exercise: &str) -> Memory {
    memories(app, learner, key)
        .await
        .remove(exercise)
        .unwrap_or_default()
}

/// The verdict on an exercise that asks for answers alone, from what is stored. None for any other, which has to be looked at.
pub async fn recalled(
    app: &App,
    learner: Option<&LearnerId>,
    key: &LessonKey,
    exercise: &ExerciseSpec,
) -> Option<Verdict> {
    let mut memory = match learner {
        Some(learner) => memory(app, learner, key, &exercise.id).await,
        None => Memory::default(),
    };
    drydock_grader::recall(&Exercise::from(exercise), &mut memory, now())
}

/// A memory as it was stored. One that a newer Drydock wrote differently is as good as none.
pub fn remembered(stored: &str) -> Memory {
    serde_json::from_str(stored).unwrap_or_default()
}

async fn memories(app: &App, learner: &LearnerId, key: &LessonKey) -> Memories {
    match app.store.memories(learner, &key.course, &key.lesson).await {
        Ok(kept) => kept
            .into_iter()
            .map(|(exercise, memory)| (exercise, remembered(&memory)))
            .collect(),
        Err(error) => {
            tracing::error!(error = %error, "memories.not_read");
            Memories::default()
        }
    }
}

/// Which exercise somebody wants to know about.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Its lesson.
    pub lesson: &'a LessonKey,
    /// The exercise.
    pub exercise: &'a ExerciseSpec,
    /// Whether it is begun again: what held before does not count any more.
    pub restart: bool,
    /// An answer to a question of it: to which condition, and what.
    pub given: Option<(usize, Given)>,
}

/// Evaluates one exercise now: by the watch of an open page, which remembers what was seen before, or, where no page is
/// open, from what is stored.
pub async fn check(
    app: &App,
    learner: &LearnerId,
    asked: &Asked<'_>,
    watching: Option<Arc<OnceCell<Watch>>>,
    sandbox: &Arc<Sandbox>,
) -> Result<Update, ApiError> {
    let checked = if let Some(watch) = watching.as_ref().and_then(|cell| cell.get()) {
        ask(watch, asked).await
    } else {
        let memories = memories(app, learner, asked.lesson).await;
        let (watch, _updates) = drydock_grader::watch(
            Arc::clone(sandbox),
            vec![Exercise::from(asked.exercise)],
            memories,
            app.classroom.pushes(learner),
        );
        ask(&watch, asked).await
    };
    checked.map_err(|error| match error {
        CheckError::NoExercise(_) => ApiError::new(Kind::NotFound, error.to_string()),
        CheckError::Answer(error) => error.into(),
        _ => ApiError::new(Kind::NoSandbox, error.to_string()),
    })
}

async fn ask(watch: &Watch, asked: &Asked<'_>) -> Result<Update, CheckError> {
    let id = &asked.exercise.id;
    if let Some((expectation, given)) = &asked.given {
        watch.answer(id, *expectation, given.clone()).await
    } else if asked.restart {
        watch.restart(id).await
    } else {
        watch.check(id).await
    }
}

/// Runs an exercise's setup.
pub async fn set_up(setup: &str, sandbox: &Sandbox) -> Result<ExecResult, AgentError> {
    let request = ExecRequest {
        command: setup.to_owned(),
        timeout_s: SETUP_TIMEOUT_S,
    };
    sandbox.agent().exec(&request).await
}

/// Keeps a verdict, and tells the learner's pages.
pub async fn keep(
    app: &App,
    learner: &LearnerId,
    key: &LessonKey,
    update: Update,
    room: Option<&Room>,
) -> Result<(), ApiError> {
    let Update { verdict, memory, .. } = update;
    let place = key.exercise(&verdict.exercise);
    if let Some(room) = room {
        room.remember(place.clone(), verdict.clone());
    }
    // The memory is plain data: writing it as JSON cannot fail.
    let memory = serde_json::to_string(&memory).unwrap_or_default();
    let kept = app.store.record_verdict(learner, &place, &verdict, &memory).await;
    let lesson = lesson_of(app, Some(learner), key).await.ok();
    let exercise = lesson.and_then(|lesson| lesson.exercise(&verdict.exercise));
    if let Some(room) = room {
        // A database that does not answer is no reason to hide from learners what they have achieved.
        let progress = match &kept {
            Ok(row) => standing(app, learner, &place, row, exercise),
            Err(_) => ExerciseProgress {
                passed: verdict.passed,
                points: verdict.points,
                points_max: verdict.points_max,
                ..ExerciseProgress::default()
            },
        };
        room.tell(Event::Verdict { verdict, progress });
    }
    kept.map(drop).map_err(ApiError::from)
}
