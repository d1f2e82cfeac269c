//! Does in the author's own sandbox what `lesson test` would do in a fresh one, for the author to watch.

use std::sync::Arc;

use anyhow::Context;
use axum::body::Bytes;
use drydock_grader::{Exercise, Memories, Pushes, Watch};
use drydock_lesson::{ExerciseSpec, Lesson, Pitfall};
use drydock_protocol::api::ExecRequest;
use drydock_protocol::verdict::Verdict;
use drydock_sandbox::Sandbox;
use serde::Serialize;

use crate::prove::asking;
use crate::prove::trial::{failed_at, until_failed, until_passed};
use crate::prove::typing::{self, Stuck};

/// The terminal that a page opens first.
const TERMINAL: &str = "t1";
/// As long as `setup` gets with learners.
const SETUP_TIMEOUT_S: u32 = 60;

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// Whether it is as it should be: the solution passes, the pitfall fails where it says, the setup succeeds.
    good: bool,
    /// In a sentence.
    said: String,
    /// What each condition found, if they were looked at: what is graded once is not looked at while its page is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
}

impl Outcome {
    fn new(good: bool, said: impl Into<String>) -> Self {
        Self {
            good,
            said: said.into(),
            verdict: None,
        }
    }
}

/// Types the solution or a pitfall into the page's own terminal, and looks at what came of it: as in a trial, without what the
/// author has won before.
pub(super) async fn typed(
    sandbox: &Arc<Sandbox>,
    exercise: &ExerciseSpec,
    pitfall: Option<&Pitfall>,
    pushes: Option<Arc<dyn Pushes>>,
) -> anyhow::Result<Outcome> {
    let exercises = vec![Exercise::from(exercise)];
    let (watch, mut updates) = drydock_grader::watch(
        Arc::clone(sandbox),
        exercises,
        Memories::default(),
        pushes.clone(),
    );
    let drain = async move { while updates.recv().await.is_some() {} };
    let _drain = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(drain));
    let text = pitfall.map_or(&exercise.solution, |pitfall| &pitfall.run);
    if let Err(Stuck { command, .. }) = typing::type_as_seen(sandbox, TERMINAL, text).await? {
        let said = format!("`{command}` does not come back to the prompt.");
        return Ok(Outcome::new(false, said));
    }
    let first = pitfall.and_then(|pitfall| pitfall.answer.as_deref());
    let unanswered = asking::answer(sandbox, &watch, pushes.as_deref(), exercise, first).await?;
    // A mistake may well be that what is asked about is not there.
    if let Some(fault) = unanswered.filter(|_| pitfall.is_none()) {
        return Ok(Outcome::new(false, format!("{fault}.")));
    }
    let outcome = match pitfall {
        None => solution(&watch, &exercise.id).await?,
        Some(Pitfall { fails, .. }) => mistake(&watch, &exercise.id, fails).await?,
    };
    Ok(Outcome {
        verdict: Some(watch.check(&exercise.id).await?.verdict),
        ..outcome
    })
}

async fn solution(watch: &Watch, exercise: &str) -> anyhow::Result<Outcome> {
    Ok(match until_passed(watch, exercise).await? {
        Ok(()) => Outcome::new(true, "The solution passes."),
        Err(verdict) => {
            let at = failed_at(&verdict).unwrap_or_default();
            Outcome::new(false, format!("The solution does not pass: it fails at `{at}`."))
        }
    })
}

async fn mistake(watch: &Watch, exercise: &str, fails: &str) -> anyhow::Result<Outcome> {
    Ok(match until_failed(watch, exercise, fails).await? {
        Ok(()) => Outcome::new(true, format!("It fails at `{fails}`, as it should.")),
        Err(verdict) => match failed_at(&verdict) {
            Some(at) => Outcome::new(
                false,
                format!("It fails at `{at}`, and says that it fails at `{fails}`."),
            ),
            None => Outcome::new(
                false,
                "It passes with the mistake in it. In a fresh sandbox it may not: reset the sandbox, and try again.",
            ),
        },
    })
}

/// Writes the lesson's files anew, and runs the exercise's `setup`.
pub(super) async fn setup(
    lesson: &Lesson,
    exercise: &ExerciseSpec,
    sandbox: &Sandbox,
) -> anyhow::Result<Outcome> {
    let agent = sandbox.agent();
    for file in lesson.workspace.iter() {
        let bytes = Bytes::from(file.bytes.clone());
        if file.executable {
            agent.write_executable(&file.path, bytes).await
        } else {
            agent.write(&file.path, bytes).await
        }
        .with_context(|| format!("`{}` cannot be written", file.path))?;
    }
    let Some(setup) = &exercise.setup else {
        return Ok(Outcome::new(
            true,
            "The lesson's files are as at the beginning. There is no setup.",
        ));
    };
    let request = ExecRequest {
        command: setup.clone(),
        timeout_s: SETUP_TIMEOUT_S,
    };
    let result = agent.exec(&request).await?;
    let said = format!(
        "Files are as at the beginning; the setup ended with status {}. {}",
        result.exit_code,
        result.stderr.trim()
    );
    Ok(Outcome::new(result.exit_code == 0, said.trim()))
}
