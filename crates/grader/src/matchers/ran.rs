//! `ran`: commands that the learner ran in a terminal.

use drydock_lesson::expect::{Bounds, RanExpect};

use super::{Failure, Finding};
use crate::facts::Facts;
use crate::text::{code, shown};

pub(super) async fn check(expect: &RanExpect, facts: &impl Facts) -> Finding {
    let commands = facts.commands().await?;
    let mut fitting = commands.iter().rev().filter(|ran| expect.command.is_match(&ran.command));
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
    let wanted = if exit == Bounds::exactly(0) { "success, which is 0".to_owned() } else { exit.to_string() };
    let message = format!(
        "{} ended with status {}; it is to end with {wanted}. What it printed says why.",
        code(&latest.command),
        latest.exit
    );
    Ok(Some(
        Failure::new("exit", message)
            .compare(exit.to_string(), latest.exit.to_string())
            .actual_fact("command", shown(&latest.command))
            .actual_fact("exit", latest.exit.to_string()),
    ))
}
