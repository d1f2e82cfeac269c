//! `script`: a look of the author's own, run in the sandbox as the learner.

use drydock_lesson::expect::ScriptExpect;

use super::{Failure, Finding, plain};
use crate::facts::Facts;
use crate::text::{code, sentence};

/// What a line begins with that is for the learner.
const SAY: &str = "say:";
/// The status of a script whose time was up.
const TIME_UP: i32 = 124;

pub(super) async fn check(expect: &ScriptExpect, facts: &impl Facts) -> Finding {
    let fact = facts.script(&expect.script).await?;
    let wanted = expect.wanted();
    if wanted.fits(i64::from(fact.exit)) {
        return Ok(None);
    }
    let said = fact
        .output
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix(SAY));
    let said = said.map(sentence).filter(|said| !said.is_empty());
    let message = match (&said, fact.exit) {
        (Some(said), _) => said.clone(),
        (None, TIME_UP) => format!(
            "The lesson's check {} took too long. Something that it waits for does not answer.",
            code(expect.first_line())
        ),
        (None, exit) => format!(
            "The lesson's check {} ended with status {exit}; it is to end with {}.",
            code(expect.first_line()),
            plain(wanted)
        ),
    };
    let failure = Failure::new("exit", message);
    // Whoever is told what is wrong in words gains nothing from "expected 0, found 1".
    let failure = if said.is_some() && expect.exit.is_none() {
        failure
    } else {
        failure.compare(plain(wanted), fact.exit.to_string())
    };
    Ok(Some(
        failure
            .actual_fact("exit", fact.exit.to_string())
            .actual_fact("said", said.unwrap_or_default()),
    ))
}
