//! Does in the author's own sandbox what `lesson test` would do in a fresh one, for the author to watch.

use anyhow::Context;
use axum::body::Bytes;
use drydock_lesson::{ExerciseSpec, Lesson};
use drydock_protocol::api::ExecRequest;
use drydock_protocol::verdict::Verdict;
use drydock_sandbox::Sandbox;
use serde::Serialize;

use crate::prove::typing::{self, Stuck};

/// The terminal that a page opens first.
const TERMINAL: &str = "t1";
/// As long as `setup` gets with learners.
const SETUP_TIMEOUT_S: u32 = 60;

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    /// Whether it is as it should be: the solution passes, the pitfall fails where it says, the setup succeeds.
    good: bool,
    /// In a sentence.
    said: String,
    /// Where a pitfall has to fail; None: it has to pass.
    #[serde(skip)]
    fails: Option<String>,
    /// Whether there is nothing to judge any more.
    #[serde(skip)]
    settled: bool,
}

impl Outcome {
    fn settled(good: bool, said: impl Into<String>) -> Self {
        Self {
            good,
            said: said.into(),
            settled: true,
            ..Self::default()
        }
    }

    /// Compares what was found with what it was to be.
    pub(super) fn judge(&mut self, verdict: &Verdict) {
        if self.settled {
            return;
        }
        let at = verdict
            .first_unmet()
            .map(|outcome| outcome.field.clone().unwrap_or_default());
        (self.good, self.said) = match (&self.fails, at) {
            (None, None) => (true, "The solution passes.".to_owned()),
            (None, Some(at)) => (false, format!("The solution does not pass yet: it fails at `{at}`.")),
            (Some(_), None) => (false, "It passes with the mistake in it. In a fresh sandbox it may not: reset the sandbox, and try again.".to_owned()),
            (Some(fails), Some(at)) if *fails == at => (true, format!("It fails at `{at}`, as it should.")),
            (Some(fails), Some(at)) => (false, format!("It fails at `{at}`, and says that it fails at `{fails}`.")),
        };
    }
}

/// Types commands into the page's own terminal, one after the other.
pub(super) async fn typed(sandbox: &Sandbox, text: &str, fails: Option<&str>) -> anyhow::Result<Outcome> {
    if let Err(Stuck { command, .. }) = typing::type_as_seen(sandbox, TERMINAL, text).await? {
        return Ok(Outcome::settled(
            false,
            format!("`{command}` does not come back to the prompt."),
        ));
    }
    Ok(Outcome {
        fails: fails.map(str::to_owned),
        ..Outcome::default()
    })
}

/// Writes the lesson's files anew, and runs the exercise's `setup`.
pub(super) async fn setup(
    lesson: &Lesson,
    exercise: &ExerciseSpec,
    sandbox: &Sandbox,
) -> anyhow::Result<Outcome> {
    let agent = sandbox.agent();
    for file in &lesson.workspace {
        let bytes = Bytes::from(file.bytes.clone());
        if file.executable {
            agent.write_executable(&file.path, bytes).await
        } else {
            agent.write(&file.path, bytes).await
        }
        .with_context(|| format!("`{}` cannot be written", file.path))?;
    }
    let Some(setup) = &exercise.setup else {
        return Ok(Outcome::settled(
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
    Ok(Outcome::settled(result.exit_code == 0, said.trim()))
}
