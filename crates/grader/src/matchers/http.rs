//! `http`: what answers on a port of the sandbox.

use drydock_lesson::expect::{Bounds, HttpExpect, HttpTarget};

use super::{Failure, Finding, rules};
use crate::facts::{Facts, HttpFact};
use drydock_lesson::expect::TextRules;

pub(super) async fn check(expect: &HttpExpect, facts: &impl Facts) -> Finding {
    let HttpTarget { port, path } = &expect.target;
    let fact = facts.http(&expect.target).await?;
    let (message, actual) = match &*fact {
        HttpFact::Answer { status, text } => {
            let failure = wrong_status(expect, *status).or_else(|| without(expect, *status, text));
            return Ok(failure.map(|failure| {
                failure
                    .actual_fact("port", port.to_string())
                    .actual_fact("path", path.clone())
                    .actual_fact("status", status.to_string())
            }));
        }
        HttpFact::Refused => (
            format!(
                "Nobody answers on port `{port}` of your sandbox. A container's port is published when it is made, `docker run -p {port}:PORT …`; `docker ps` shows what is."
            ),
            "nobody answers",
        ),
        HttpFact::Silent => (
            format!(
                "Something takes requests on port `{port}` of your sandbox, but gives no answer in time. Its logs may say what it waits for."
            ),
            "no answer in time",
        ),
        HttpFact::Nonsense => (
            format!(
                "What listens on port `{port}` of your sandbox gives no answer in HTTP. Does the port in the container that is published belong to its web server, and does that listen on all addresses?"
            ),
            "no answer in HTTP",
        ),
    };
    Ok(Some(
        Failure::new("missing", message).compare(format!("an answer on port {port}"), actual),
    ))
}

fn wrong_status(expect: &HttpExpect, found: u16) -> Option<Failure> {
    let wanted = expect.status.filter(|wanted| !wanted.fits(u64::from(found)))?;
    let HttpTarget { port, path } = &expect.target;
    let wanted = match (wanted.min, wanted.max) {
        (Some(min), Some(max)) if min == max => min.to_string(),
        _ => Bounds::to_string(&wanted),
    };
    let why = match found {
        404 => " There is nothing at that path.",
        502..=504 => " What stands before the program does not reach it.",
        500.. => " The program failed: its logs may say why.",
        _ => "",
    };
    let message =
        format!("`{path}` on port `{port}` answers with status {found}; it is to be {wanted}.{why}");
    Some(Failure::new("status", message).compare(wanted, found.to_string()))
}

fn without(expect: &HttpExpect, status: u16, text: &str) -> Option<Failure> {
    let HttpTarget { port, path } = &expect.target;
    let wanted = TextRules {
        has: expect.has.clone()?,
        has_not: Vec::new(),
    };
    let place = format!("the answer of `{path}` on port `{port}` (status {status})");
    let look = format!("`curl localhost:{port}{path}` shows it.");
    rules::check("has", &place, &look, &wanted, [text])
}
