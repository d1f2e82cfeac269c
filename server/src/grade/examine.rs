//! The look at what commands led to, in a machine in which none of them runs.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bollard::query_parameters::{ListContainersOptionsBuilder, ListVolumesOptionsBuilder};
use drydock_grader::facts::ScriptFact;
use drydock_grader::{Agent, Exercise, FactError, Looked, Memories, Piece, Pushes};
use drydock_lesson::ExerciseSpec;
use drydock_lesson::expect::Matcher;
use drydock_protocol::agent::{AgentEvent, JournalEntry, JournalPage, Journalled};
use drydock_protocol::verdict::Verdict;
use drydock_sandbox::{AgentClient, AgentError, Sandbox};
use futures::stream::BoxStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::harmless::{home_path, is_plain, objection};
use super::{Found, Halt};

/// How long an engine may take over one question or deed.
const ENGINE_DEADLINE: Duration = Duration::from_secs(20);
/// Containers that are started again, at most.
const CONTAINERS_MAX: usize = 50;
/// How long a container that was just started may take to do what is asked of it, where the author does not say.
const STARTED_WITHIN: Duration = Duration::from_secs(5);
/// The longest that an author's `within` is waited for.
const WITHIN_MAX: Duration = Duration::from_secs(60);
/// How long it is tried again where something could not be read.
const UNREADABLE_WITHIN: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A container that ran, as the engine said that may not be one.
#[derive(Debug)]
pub(super) struct WasRunning {
    id: String,
    created: i64,
    paused: bool,
}

/// The containers that run, oldest first. It is no more than a list of what to start again: what is not there is not started.
pub(super) async fn running(sandbox: &Sandbox) -> Vec<WasRunning> {
    let options = ListContainersOptionsBuilder::new().build();
    let listed = timeout(ENGINE_DEADLINE, sandbox.engine().list_containers(Some(options))).await;
    let Ok(Ok(listed)) = listed else { return Vec::new() };
    let mut running: Vec<WasRunning> = listed
        .into_iter()
        .filter_map(|container| {
            Some(WasRunning {
                id: container.id.filter(|id| is_id(id))?,
                created: container.created.unwrap_or_default(),
                paused: container.state.is_some_and(|state| state.to_string() == "paused"),
            })
        })
        .collect();
    running.sort_by_key(|container| container.created);
    running.truncate(CONTAINERS_MAX);
    running
}

/// Whether it may stand in a request's path.
fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is known at a look.
pub(super) struct Look<'a> {
    pub(super) sandbox: &'a Arc<Sandbox>,
    pub(super) memories: &'a Memories,
    pub(super) ran: &'a [(String, i32)],
    pub(super) pushes: Option<Arc<dyn Pushes>>,
}

impl Look<'_> {
    /// Starts again what ran, and evaluates these exercises.
    pub(super) async fn at(
        self,
        exercises: &[&ExerciseSpec],
        running: Vec<WasRunning>,
        found: &mut Found,
    ) -> Result<(), Halt> {
        let started = self.start_again(running, found).await;
        // A script may well run what the submission brought along, so it comes when all else has been looked at.
        let asks_script = |exercise: &&ExerciseSpec| {
            let mut expectations = exercise.expect.iter();
            expectations.any(|expectation| matches!(expectation.matcher, Matcher::Script(_)))
        };
        let (with_script, without): (Vec<&ExerciseSpec>, Vec<&ExerciseSpec>) =
            exercises.iter().copied().partition(asks_script);
        let examined = Arc::new(Examined::new(self.sandbox.clone(), self.ran));
        let (watch, mut updates) = drydock_grader::watch(
            examined,
            exercises.iter().map(|spec| on_request(spec)).collect(),
            self.memories.clone(),
            self.pushes,
        );
        let drain = async move { while updates.recv().await.is_some() {} };
        let _drain = AbortOnDropHandle::new(tokio::spawn(drain));
        for exercise in without.into_iter().chain(with_script) {
            let begun = Instant::now();
            let patience = patience(exercise, started);
            loop {
                let checked = watch.check(&exercise.id).await;
                let verdict = checked
                    .map_err(|_| Halt::Failed("its machine ended while it was looked at".to_owned()))?
                    .verdict;
                let time = if is_readable(&verdict) {
                    patience
                } else {
                    patience.max(UNREADABLE_WITHIN)
                };
                if verdict.passed || begun.elapsed() >= time {
                    found.keep(verdict.into());
                    break;
                }
                sleep(LOOK_AGAIN).await;
            }
        }
        Ok(())
    }

    /// Starts containers that ran, as far as they are there and harmless. Whether any was started.
    async fn start_again(&self, running: Vec<WasRunning>, found: &mut Found) -> bool {
        if running.is_empty() {
            return false;
        }
        let plain = self.plain_volumes().await;
        // All are looked at before the first one runs.
        let mut harmless = Vec::new();
        for container in running {
            let inspected = self.sandbox.engine().inspect_container(&container.id, None);
            let Ok(Ok(inspected)) = timeout(ENGINE_DEADLINE, inspected).await else {
                continue;
            };
            let name = inspected.name.clone().unwrap_or_default();
            let mut why = objection(&inspected, &plain);
            for source in inspected
                .mounts
                .iter()
                .flatten()
                .filter_map(|mount| mount.source.as_deref())
            {
                if why.is_none()
                    && let Some(path) = home_path(source)
                    && self.leads_out(path).await
                {
                    why = Some(format!("is given `{source}`, which leads elsewhere"));
                }
            }
            match why {
                None => harmless.push(container),
                Some(why) => found.remark(format!(
                    "the container `{}` was not started again to be looked at, because it {why}",
                    name.trim_start_matches('/')
                )),
            }
        }
        let mut started = false;
        for container in harmless {
            let engine = self.sandbox.engine();
            let starting = timeout(ENGINE_DEADLINE, engine.start_container(&container.id, None)).await;
            // One that does not start is found as it is: stopped.
            started |= matches!(starting, Ok(Ok(())));
            if container.paused {
                let _ = timeout(ENGINE_DEADLINE, engine.pause_container(&container.id)).await;
            }
        }
        started
    }

    async fn plain_volumes(&self) -> HashSet<String> {
        let options = ListVolumesOptionsBuilder::new().build();
        let listed = timeout(ENGINE_DEADLINE, self.sandbox.engine().list_volumes(Some(options))).await;
        let Ok(Ok(listed)) = listed else {
            return HashSet::new();
        };
        let volumes = listed.volumes.unwrap_or_default().into_iter();
        volumes.filter(is_plain).map(|volume| volume.name).collect()
    }

    /// Whether a path of the home folder leads out of it by a link.
    async fn leads_out(&self, path: &str) -> bool {
        match self.sandbox.agent().look(path).await {
            // What is not there the engine makes, as a folder.
            Ok(_) | Err(AgentError::NotFound { .. } | AgentError::TooLarge { .. }) => false,
            Err(_) => true,
        }
    }
}

/// An exercise that is evaluated when it is asked about, and at no other time.
fn on_request(spec: &ExerciseSpec) -> Exercise {
    Exercise {
        check: drydock_protocol::page::Check::Click,
        ..Exercise::from(spec)
    }
}

/// How long an exercise may take to hold: nothing changes any more, but for containers that were just started.
fn patience(exercise: &ExerciseSpec, started: bool) -> Duration {
    if !started {
        return Duration::ZERO;
    }
    let of_each = exercise.expect.iter().map(|expectation| {
        let by_itself = match expectation.matcher {
            Matcher::Container(_) | Matcher::Http(_) | Matcher::Compose(_) => STARTED_WITHIN,
            _ => Duration::ZERO,
        };
        expectation.within.unwrap_or(by_itself).min(WITHIN_MAX)
    });
    of_each.max().unwrap_or_default()
}

/// Whether all facts could be had: what could not be read says so without naming a field.
fn is_readable(verdict: &Verdict) -> bool {
    let mut unmet = verdict.outcomes.iter().filter(|outcome| !outcome.state.counts());
    unmet.all(|outcome| outcome.field.is_some())
}

/// A machine that is looked at, with the commands that were typed into the one before it.
struct Examined {
    sandbox: Arc<Sandbox>,
    agent: Recorded,
}

/// An agent whose journal is what was typed.
struct Recorded {
    agent: AgentClient,
    entries: Vec<JournalEntry>,
}

impl Examined {
    fn new(sandbox: Arc<Sandbox>, ran: &[(String, i32)]) -> Self {
        let entries = (1..).zip(ran).map(|(seq, (command, exit))| JournalEntry {
            seq,
            at: 0,
            what: Journalled::Ran {
                terminal: String::new(),
                command: command.clone(),
                exit: *exit,
            },
        });
        Self {
            agent: Recorded {
                agent: sandbox.agent().clone(),
                entries: entries.collect(),
            },
            sandbox,
        }
    }
}

impl drydock_grader::Sandbox for Examined {
    type Agent = Recorded;

    fn engine(&self) -> &bollard::Docker {
        self.sandbox.engine()
    }

    fn address(&self) -> std::net::IpAddr {
        self.sandbox.address()
    }

    fn agent(&self) -> &Recorded {
        &self.agent
    }
}

impl Agent for Recorded {
    async fn look(&self, path: &str) -> Result<Looked, FactError> {
        Agent::look(&self.agent, path).await
    }

    async fn piece(&self, path: &str, from: u64, length: u64) -> Result<Piece, FactError> {
        Agent::piece(&self.agent, path, from, length).await
    }

    async fn script(&self, script: &str) -> Result<ScriptFact, FactError> {
        Agent::script(&self.agent, script).await
    }

    async fn journal(&self, since: u64) -> Result<JournalPage, FactError> {
        let entries = self.entries.iter().filter(|entry| entry.seq > since);
        Ok(JournalPage {
            entries: entries.cloned().collect(),
        })
    }

    async fn events(
        &self,
        since: u64,
    ) -> Result<BoxStream<'static, Result<AgentEvent, FactError>>, FactError> {
        Agent::events(&self.agent, since).await
    }
}
