//! A submission's files and commands, into a sandbox, part by part; after each part the look at what it led to.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use drydock_grader::{Exercise, Memories, Memory, Watch};
use drydock_lesson::ExerciseSpec;
use drydock_protocol::api::SandboxState;
use drydock_sandbox::{AgentError, Error, Owner, Sandbox, Sandboxes};
use drydock_submission::Submission;
use tokio::time::{Instant, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::examine;
use super::script::{self, Part};
use super::typing::{self, Stopped, Typed};
use super::{Found, Halt, Task};
use crate::classroom::Classroom;
use crate::live::lesson::prepare;
use crate::store::{LearnerId, now};

/// How long an exercise may take to say what it has witnessed.
const WITNESS_DEADLINE: Duration = Duration::from_secs(10);
/// After how long a command that was copied from a terminal is left behind.
const STUCK: Duration = Duration::from_secs(60);

/// Where a submission is replayed, and for what.
pub(super) struct Place<'a> {
    pub(super) sandboxes: &'a Sandboxes,
    pub(super) classroom: &'a Classroom,
    pub(super) learner: &'a LearnerId,
    pub(super) owner: &'a Owner,
    pub(super) task: &'a Task<'a>,
}

impl Place<'_> {
    /// Why there is no machine any more.
    fn gone(&self, error: &Error) -> Halt {
        match (error, self.sandboxes.view(self.owner).map(|view| view.state)) {
            (Error::HostEngine { .. } | Error::NothingToExamine | Error::ShuttingDown, _) => {
                Halt::Lost(format!("it could not be graded: {error}"))
            }
            (Error::DiskFull { .. }, _) => Halt::Failed(
                "its commands filled the engine's disk, so that no engine starts on it any more".to_owned(),
            ),
            (Error::NoSandbox, Some(SandboxState::Failed { reason })) => {
                Halt::Failed(format!("its machine broke while the commands ran. {reason}"))
            }
            _ => Halt::Failed(format!("what its commands left cannot be looked at: {error}")),
        }
    }
}

/// Replays and looks.
pub(super) async fn run(
    place: &Place<'_>,
    sandbox: Arc<Sandbox>,
    submission: &Submission,
    found: &mut Found,
) -> Result<(), Halt> {
    put(place, &sandbox, submission).await?;
    let known: Vec<&str> = place
        .task
        .lesson
        .exercises
        .iter()
        .map(|exercise| exercise.id.as_str())
        .collect();
    let typed = !submission.typed.is_empty();
    let parts = if typed {
        vec![Part {
            exercise: None,
            commands: submission.typed.clone(),
        }]
    } else {
        let commands = match &submission.commands {
            Some(text) => script::cut(sandbox.agent(), text).await?,
            None => Vec::new(),
        };
        script::divide(commands, &known)?
    };
    let mut replay = Replay {
        place,
        sandbox,
        memories: begun(place),
        ran: Vec::new(),
        time: place.task.time,
        last_state: typed.then_some(submission),
    };
    let last = parts.len() - 1;
    for (number, part) in parts.into_iter().enumerate() {
        if replay.part(part, number == last, found).await? {
            break;
        }
    }
    Ok(())
}

/// Files: the lesson's, then the submission's.
async fn put(place: &Place<'_>, sandbox: &Sandbox, submission: &Submission) -> Result<(), Halt> {
    prepare(place.task.lesson, place.task.key, sandbox)
        .await
        .map_err(|error| {
            Halt::Lost(format!(
                "the lesson's files could not be put into the sandbox: {error}"
            ))
        })?;
    put_files(sandbox, submission).await
}

async fn put_files(sandbox: &Sandbox, submission: &Submission) -> Result<(), Halt> {
    let agent = sandbox.agent();
    for file in &submission.files {
        let bytes = Bytes::from(file.bytes.clone());
        let written = if file.executable {
            agent.write_executable(&file.path, bytes).await
        } else {
            agent.write(&file.path, bytes).await
        };
        written.map_err(|error| match error {
            AgentError::Unreachable { .. } | AgentError::TimedOut { .. } => {
                Halt::Lost(format!("its files could not be put into the sandbox: {error}"))
            }
            error => Halt::Refused(format!("`{}` cannot be put into the sandbox: {error}", file.path)),
        })?;
    }
    Ok(())
}

/// What is remembered from the beginning: when it was.
fn begun(place: &Place<'_>) -> Memories {
    let begun = || {
        let mut memory = Memory::default();
        memory.started_at = Some(now());
        memory
    };
    place
        .task
        .exercises()
        .map(|exercise| (exercise.id.clone(), begun()))
        .collect()
}

struct Replay<'a> {
    place: &'a Place<'a>,
    sandbox: Arc<Sandbox>,
    memories: Memories,
    /// Commands that came back, as they were typed, with what their shell says that they ended with.
    ran: Vec<(String, i32)>,
    /// What is left of the time for commands. Looks take none of it.
    time: Duration,
    /// Commands were copied from a terminal: what does not come back is left behind, as its learner did, and at the end files stand
    /// as they did.
    last_state: Option<&'a Submission>,
}

impl Replay<'_> {
    /// One part of the commands, and the look at what they led to. Whether it is over.
    async fn part(&mut self, part: Part, is_last: bool, found: &mut Found) -> Result<bool, Halt> {
        let untouched = self.ran.is_empty() && part.commands.is_empty();
        let witness = Witness::of(self);
        let begun = Instant::now();
        let stopped = self.type_part(part.commands, begun + self.time, found).await;
        self.time = self.time.saturating_sub(begun.elapsed());
        let is_over = is_last || stopped;
        let wanted: Vec<&ExerciseSpec> = self
            .place
            .task
            .exercises()
            .filter(|exercise| is_over || part.exercise.as_ref() == Some(&exercise.id))
            .filter(|exercise| !found.is_passed(&exercise.id))
            .collect();
        if let Some(witness) = witness {
            witness.tell(&mut self.memories).await;
        }
        if wanted.is_empty() {
            return Ok(is_over);
        }
        let mut running = Vec::new();
        // Where no command of theirs ran, there is nothing to be freed from.
        if !untouched {
            running = examine::running(&self.sandbox).await;
            self.sandbox = self
                .place
                .sandboxes
                .examine(self.place.owner)
                .await
                .map_err(|error| self.place.gone(&error))?;
        }
        if let Some(submission) = self.last_state {
            put_files(&self.sandbox, submission).await?;
        }
        let look = examine::Look {
            sandbox: &self.sandbox,
            memories: &self.memories,
            ran: &self.ran,
            pushes: self.place.classroom.pushes(self.place.learner),
        };
        look.at(&wanted, running, found).await?;
        Ok(is_over)
    }

    /// Types commands. Whether that came to an end before they did.
    async fn type_part(&mut self, mut commands: Vec<String>, until: Instant, found: &mut Found) -> bool {
        let each = match self.last_state {
            Some(_) => STUCK,
            None => self.place.task.time,
        };
        while !commands.is_empty() {
            // An exclamation mark is one, as in a script.
            let typing = std::iter::once("set +H".to_owned()).chain(commands.iter().cloned());
            let typed = typing::type_commands(&self.sandbox, typing.collect(), each, until).await;
            let Typed { ran, stopped } = match typed {
                Ok(typed) => typed,
                Err(error) => {
                    found.remark(format!(
                        "its machine stopped answering while the commands ran: {error:#}"
                    ));
                    return true;
                }
            };
            let done = ran.len().saturating_sub(1);
            self.ran.extend(ran.into_iter().skip(1));
            let Some(stopped) = stopped else { return false };
            if self.last_state.is_some() && Instant::now() < until {
                let Ok(()) = self.leave_behind(&stopped, found).await else {
                    return true;
                };
                commands.drain(..(done + 1).min(commands.len()));
                continue;
            }
            found.remark(match stopped {
                Stopped::Stuck { command } => format!(
                    "its commands did not end within {} s; `{}` was running, and what came after it did not run",
                    self.place.task.time.as_secs(),
                    short(&command)
                ),
                Stopped::Ended { command } => format!(
                    "the shell ended with `{}`; what came after it did not run",
                    short(&command)
                ),
            });
            return true;
        }
        false
    }

    /// Goes on in a new shell after a command that does not come back: an editor, say, or a shell in a container.
    async fn leave_behind(&self, stopped: &Stopped, found: &mut Found) -> Result<(), AgentError> {
        if let Stopped::Stuck { command } = stopped {
            found.remark(format!(
                "`{}` waits for somebody to type, and was left behind after {} s",
                short(command),
                STUCK.as_secs()
            ));
            self.sandbox.agent().end_terminal(typing::TERMINAL).await?;
        }
        Ok(())
    }
}

/// A command's first line, and not much of it.
fn short(command: &str) -> String {
    command
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(80)
        .collect()
}

/// Sees what comes and goes while commands run, for exercises that ask for what is gone. It hears of it from the engine at work,
/// which is the only one that can tell.
struct Witness {
    watch: Watch,
    exercises: Vec<String>,
    _drain: AbortOnDropHandle<()>,
}

impl Witness {
    /// None: no exercise asks for it.
    fn of(replay: &Replay<'_>) -> Option<Self> {
        let asks = |exercise: &&ExerciseSpec| exercise.expect.iter().any(|expectation| expectation.absent);
        let specs: Vec<&ExerciseSpec> = replay.place.task.exercises().filter(asks).collect();
        if specs.is_empty() {
            return None;
        }
        let (watch, mut updates) = drydock_grader::watch(
            replay.sandbox.clone(),
            specs.iter().map(|spec| Exercise::from(*spec)).collect(),
            replay.memories.clone(),
            replay.place.classroom.pushes(replay.place.learner),
        );
        let drain = async move { while updates.recv().await.is_some() {} };
        Some(Self {
            watch,
            exercises: specs.iter().map(|spec| spec.id.clone()).collect(),
            _drain: AbortOnDropHandle::new(tokio::spawn(drain)),
        })
    }

    async fn tell(self, memories: &mut Memories) {
        for exercise in self.exercises {
            if let Ok(Ok(update)) = timeout(WITNESS_DEADLINE, self.watch.check(&exercise)).await {
                memories.insert(exercise, update.memory.for_another_look());
            }
        }
    }
}
