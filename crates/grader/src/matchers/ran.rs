//! `ran`: commands that the learner ran in a terminal.

use drydock_lesson::expect::RanExpect;

use super::{Failure, Finding, plain};
use crate::facts::Facts;
use crate::text::{code, shown};

pub(super) async fn check(expect: &RanExpect, facts: &impl Facts) -> Finding {
    let commands = facts.commands().await?;
    let mut fitting = commands
        .iter()
        .rev()
        .filter(|ran| expect.command.is_match(&ran.command));
    let Some(latest) = fitting.next() else {
        let plain = expect.command.plain();
        let message = format!("No command that matches `{plain}` has been run in a terminal yet.");
        return Ok(Some(Failure::new("missing", message).expecting(plain)));
    };
    let Some(exit) = expect.exit else { return Ok(None) };
    let fits = |status: i32| exit.fits(i64::from(status));
    if fits(latest.exit) || fitting.any(|ran| fits(ran.exit)) {
        return Ok(None);
    }
    let message = format!(
        "{} ended with status {}; it is to end with {}. What it printed says why.",
        code(&latest.command),
        latest.exit,
        plain(exit)
    );
    Ok(Some(
        Failure::new("exit", message)
            .compare(plain(exit), latest.exit.to_string())
            .actual_fact("command", shown(&latest.command))
            .actual_fact("exit", latest.exit.to_string()),
    ))
}
