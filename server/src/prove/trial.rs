//! One trial, in a sandbox that is ready: what a learner would do, and what has to come of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bollard::Docker;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListImagesOptionsBuilder, ListNetworksOptionsBuilder,
    ListVolumesOptionsBuilder,
};
use drydock_grader::{Exercise, Memories, Pushes, Watch};
use drydock_lesson::{ExerciseSpec, Pitfall};
use drydock_protocol::verdict::{Outcome, Verdict};
use drydock_sandbox::Sandbox;
use tokio::time::{Instant, sleep};

use super::Case;
use super::asking;
use super::typing::{self, Stuck};
use crate::live::lesson::prepare;

/// How long a pass may take to show after the last command: events are on their way, and an author's `within` counts from them.
const PASS_DEADLINE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// How long an engine may go on changing after a pass, as with a container that it is about to restart. What looking changes, it
/// changes each time.
const SETTLE_DEADLINE: Duration = Duration::from_secs(10);
/// The first tab of a page.
const LEARNERS_TERMINAL: &str = "t1";

/// What is wrong with an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was done, and it passes.
    PassesUntouched,
    /// A command of its own does not come back to the prompt.
    Stuck {
        /// The command.
        command: String,
        /// What stood on the screen.
        screen: String,
    },
    /// The solution does not solve it.
    SolutionFails(Box<Verdict>),
    /// The solution solves it, and looking once more it does not.
    DoesNotLast(Box<Verdict>),
    /// A question of its own cannot be answered rightly.
    NotAnswered {
        /// Why.
        why: String,
    },
    /// An answer that is said to be wrong is right.
    WrongIsRight {
        /// The answer.
        answer: String,
    },
    /// Looking changed something in the engine.
    CheckChanges {
        /// What was there before and is not any more, and the other way round.
        difference: String,
    },
    /// A pitfall passes.
    PitfallPasses,
    /// A pitfall fails, at something else than it says.
    PitfallFailsElsewhere {
        /// The field at which it fails.
        at: String,
        /// The verdict.
        verdict: Box<Verdict>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassesUntouched => f.write_str("it passes in a sandbox where nothing was done"),
            Self::Stuck { command, screen } => {
                write!(
                    f,
                    "`{command}` does not come back to the prompt; on the screen:\n{screen}"
                )
            }
            Self::SolutionFails(verdict) => write!(f, "the solution does not pass{}", unmet(verdict)),
            Self::DoesNotLast(verdict) => {
                write!(
                    f,
                    "the solution passes, and looked at again it does not{}",
                    unmet(verdict)
                )
            }
            Self::NotAnswered { why } => {
                write!(f, "its question cannot be answered after the solution: {why}")
            }
            Self::WrongIsRight { answer } => {
                write!(
                    f,
                    "`{answer}` is said to be a wrong answer, and in this sandbox it is right"
                )
            }
            Self::CheckChanges { difference } => {
                write!(f, "looking at it changed the engine:\n{difference}")
            }
            Self::PitfallPasses => f.write_str("it passes with the mistake in it"),
            Self::PitfallFailsElsewhere { at, verdict } => {
                write!(f, "it fails at `{at}` and not where it says{}", unmet(verdict))
            }
        }
    }
}

/// The first outcome that does not hold, on lines of its own.
fn unmet(verdict: &Verdict) -> String {
    let Some(outcome) = verdict.first_unmet() else {
        return String::new();
    };
    let Outcome {
        label,
        message,
        expected,
        actual,
        ..
    } = outcome;
    let part = |name: &str, text: &Option<String>| {
        text.as_ref()
            .map_or_else(String::new, |text| format!("\n  {name}: {text}"))
    };
    format!(
        "\n  not met: {label}{}{}{}",
        part("expected", expected),
        part("found", actual),
        part("message", message)
    )
}

/// What is wrong, if anything.
pub(super) async fn run(
    sandbox: Arc<Sandbox>,
    pushes: Option<Arc<dyn Pushes>>,
    case: &Case<'_>,
    exercise: &ExerciseSpec,
    pitfall: Option<&Pitfall>,
) -> anyhow::Result<Option<Fault>> {
    prepare(case.lesson, &case.key, &sandbox)
        .await
        .context("the lesson's files could not be put into the sandbox")?;
    // Watched from the beginning, as with a learner: what comes and goes in between has been seen.
    let exercises = vec![Exercise::from(exercise)];
    let (watch, mut updates) =
        drydock_grader::watch(sandbox.clone(), exercises, Memories::default(), pushes.clone());
    let drain = async move { while updates.recv().await.is_some() {} };
    let _drain = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(drain));
    let trier = Trier {
        sandbox: &sandbox,
        watch: &watch,
        pushes,
        exercise,
    };
    match pitfall {
        None => trier.solution().await,
        Some(pitfall) => trier.pitfall(pitfall).await,
    }
}

struct Trier<'a> {
    sandbox: &'a Sandbox,
    watch: &'a Watch,
    pushes: Option<Arc<dyn Pushes>>,
    exercise: &'a ExerciseSpec,
}

impl Trier<'_> {
    async fn solution(&self) -> anyhow::Result<Option<Fault>> {
        if self.look().await?.passed {
            return Ok(Some(Fault::PassesUntouched));
        }
        if let Err(stuck) = typing::type_all(self.sandbox, &self.exercise.solution).await? {
            return Ok(Some(stuck.into()));
        }
        if let Some(fault) = self.answer(None).await? {
            return Ok(Some(fault));
        }
        if let Err(verdict) = until_passed(self.watch, &self.exercise.id).await? {
            return Ok(Some(Fault::SolutionFails(verdict)));
        }
        let end = Instant::now() + SETTLE_DEADLINE;
        loop {
            let before = inventory(self.sandbox.engine()).await?;
            let verdict = self.look().await?;
            if !verdict.passed {
                return Ok(Some(Fault::DoesNotLast(Box::new(verdict))));
            }
            let after = inventory(self.sandbox.engine()).await?;
            if before == after {
                return Ok(None);
            }
            if Instant::now() > end {
                return Ok(Some(Fault::CheckChanges {
                    difference: difference(&before, &after),
                }));
            }
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn pitfall(&self, pitfall: &Pitfall) -> anyhow::Result<Option<Fault>> {
        if let Err(stuck) = typing::type_all(self.sandbox, &pitfall.run).await? {
            return Ok(Some(stuck.into()));
        }
        // What is asked about may well be missing: that is then what fails.
        self.answer(pitfall.answer.as_deref()).await?;
        Ok(
            match until_failed(self.watch, &self.exercise.id, &pitfall.fails).await? {
                Ok(()) => None,
                Err(verdict) => Some(match failed_at(&verdict) {
                    None => Fault::PitfallPasses,
                    Some(at) => Fault::PitfallFailsElsewhere { at, verdict },
                }),
            },
        )
    }

    /// Answers the exercise's questions: the first one with `first`, if there is one, and all else as is right.
    async fn answer(&self, first: Option<&str>) -> anyhow::Result<Option<Fault>> {
        asking::answer(
            self.sandbox,
            self.watch,
            self.pushes.as_deref(),
            self.exercise,
            first,
        )
        .await
    }

    async fn look(&self) -> anyhow::Result<Verdict> {
        Ok(self.watch.check(&self.exercise.id).await?.verdict)
    }
}

impl From<Stuck> for Fault {
    fn from(Stuck { command, screen }: Stuck) -> Self {
        Self::Stuck { command, screen }
    }
}

/// Types a solution into the terminal that a learner looks at, and looks until it passes. What is wrong with it, if anything.
pub(crate) async fn solve<L>(
    sandbox: &Sandbox,
    solution: &str,
    look: impl Fn() -> L,
) -> anyhow::Result<Option<Fault>>
where
    L: Future<Output = anyhow::Result<Verdict>>,
{
    if let Err(stuck) = typing::type_as_seen(sandbox, LEARNERS_TERMINAL, solution).await? {
        return Ok(Some(stuck.into()));
    }
    let passed = look_until_passed(look).await?;
    Ok(passed.err().map(Fault::SolutionFails))
}

/// Looks until an exercise is passed; the last verdict, if it is not in time.
pub(crate) async fn until_passed(watch: &Watch, exercise: &str) -> anyhow::Result<Result<(), Box<Verdict>>> {
    look_until_passed(|| async { Ok(watch.check(exercise).await?.verdict) }).await
}

async fn look_until_passed<L>(look: impl Fn() -> L) -> anyhow::Result<Result<(), Box<Verdict>>>
where
    L: Future<Output = anyhow::Result<Verdict>>,
{
    let end = Instant::now() + PASS_DEADLINE;
    loop {
        let verdict = look().await?;
        if verdict.passed {
            return Ok(Ok(()));
        }
        if Instant::now() > end {
            return Ok(Err(Box::new(verdict)));
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Looks until an exercise fails at that field; the last verdict, if it does not. What commands led to has to arrive before what
/// comes of it counts; the right failure needs no wait.
pub(crate) async fn until_failed(
    watch: &Watch,
    exercise: &str,
    fails: &str,
) -> anyhow::Result<Result<(), Box<Verdict>>> {
    let end = Instant::now() + PASS_DEADLINE / 4;
    loop {
        let verdict = watch.check(exercise).await?.verdict;
        if failed_at(&verdict).as_deref() == Some(fails) {
            return Ok(Ok(()));
        }
        if Instant::now() > end {
            return Ok(Err(Box::new(verdict)));
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// The field at which an exercise fails. None: it passes.
pub(crate) fn failed_at(verdict: &Verdict) -> Option<String> {
    let outcome = verdict.first_unmet()?;
    Some(outcome.field.clone().unwrap_or_default())
}

/// What is in an engine: one line a thing, in order. What changes by itself, such as how long a container has been up, is
/// not in it.
async fn inventory(engine: &Docker) -> anyhow::Result<Vec<String>> {
    let mut things = Vec::new();
    let all = ListImagesOptionsBuilder::new().all(true).build();
    for image in engine.list_images(Some(all)).await? {
        let mut tags = image.repo_tags;
        tags.sort();
        things.push(format!("image {} {}", image.id, tags.join(" ")));
    }
    let all = ListContainersOptionsBuilder::new().all(true).build();
    for container in engine.list_containers(Some(all)).await? {
        things.push(format!(
            "container {} {:?} {}",
            container.id.unwrap_or_default(),
            container.names.unwrap_or_default(),
            container.state.map(|state| state.to_string()).unwrap_or_default()
        ));
    }
    let volumes = engine
        .list_volumes(Some(ListVolumesOptionsBuilder::new().build()))
        .await?;
    things.extend(
        volumes
            .volumes
            .unwrap_or_default()
            .into_iter()
            .map(|volume| format!("volume {}", volume.name)),
    );
    let networks = engine
        .list_networks(Some(ListNetworksOptionsBuilder::new().build()))
        .await?;
    things.extend(
        networks
            .into_iter()
            .map(|network| format!("network {}", network.name.unwrap_or_default())),
    );
    things.sort();
    Ok(things)
}

fn difference(before: &[String], after: &[String]) -> String {
    let gone = before
        .iter()
        .filter(|thing| !after.contains(thing))
        .map(|thing| format!("- {thing}"));
    let new = after
        .iter()
        .filter(|thing| !before.contains(thing))
        .map(|thing| format!("+ {thing}"));
    gone.chain(new).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_from_both_sides() {
        let things = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            difference(&things(&["image a", "image b"]), &things(&["image b", "image c"])),
            "- image a\n+ image c"
        );
    }
}
