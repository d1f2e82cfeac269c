//! Facts about a learner's engine that answers are compared with.

use drydock_lesson::expect::{Decimal, Fact, FactField, Size, Thing, number};

use super::AnswerError;
use crate::error::FactError;
use crate::facts::Facts;
use crate::text::short_id;

/// So many hundredths may a size be off: it is shown with three digits, in one unit or another.
const SIZE_TOLERANCE_PERCENT: u64 = 1;
/// The shortest beginning of an ID that means it.
const ID_MIN: usize = 4;

/// A fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Number(i64),
    Size(u64),
    Id(String),
    /// Words; the first is how it is shown, the others are the same.
    Text(Vec<String>),
    /// Ports with their protocols.
    Ports(Vec<String>),
}

/// Whether what was typed is the fact.
pub(super) async fn fits(
    fact: &Fact,
    typed: &str,
    unit: Option<&str>,
    facts: &impl Facts,
) -> Result<bool, AnswerError> {
    // What makes no sense is told before anything is looked up.
    let typed_number = || number(typed, unit).ok_or(AnswerError::NoNumber);
    let typed_size = || sizes(typed, unit).ok_or(AnswerError::NoSize);
    match fact.field {
        FactField::Size => {
            typed_size()?;
        }
        FactField::Count | FactField::Layers | FactField::ExitCode => {
            typed_number()?;
        }
        _ => {}
    }
    Ok(match value(fact, facts).await? {
        Value::Number(actual) => Some(typed_number()?) == decimal(actual),
        Value::Size(actual) => typed_size()?.into_iter().any(|typed| near(typed, actual)),
        Value::Id(id) => {
            let digits = |id: &str| id.trim().trim_start_matches("sha256:").to_ascii_lowercase();
            let typed = digits(typed);
            typed.len() >= ID_MIN && digits(&id).starts_with(&typed)
        }
        Value::Text(same) => same.iter().any(|one| words(one) == words(typed)),
        Value::Ports(ports) => {
            let mut typed: Vec<String> = typed
                .split([' ', ','])
                .filter(|port| !port.is_empty() && *port != "and")
                .map(|port| with_protocol(&port.to_ascii_lowercase()))
                .collect();
            typed.sort();
            typed.dedup();
            typed == ports
        }
    })
}

/// The fact as somebody would type it.
pub(super) async fn shown(fact: &Fact, facts: &impl Facts) -> Result<String, AnswerError> {
    Ok(match value(fact, facts).await? {
        Value::Number(number) => number.to_string(),
        Value::Size(bytes) => Size(bytes).to_string(),
        Value::Id(id) => short_id(&id),
        Value::Text(same) => same.into_iter().next().unwrap_or_default(),
        Value::Ports(ports) => ports.join(" "),
    })
}

async fn value(fact: &Fact, facts: &impl Facts) -> Result<Value, AnswerError> {
    let found = match &fact.thing {
        Thing::Image(_) => image(fact, facts).await?,
        Thing::Container(_) => container(fact, facts).await?,
        Thing::Network(name) => {
            let networks = facts.networks().await?;
            let mut fitting = networks.iter().filter(|network| name.matches(&network.name));
            match fact.field {
                FactField::Count => Some(count(fitting.count())),
                FactField::Driver => fitting.next().map(|network| text(&network.driver)),
                _ => fitting.next().map(|network| Value::Id(network.id.clone())),
            }
        }
        Thing::Volume(name) => {
            let volumes = facts.volumes().await?;
            let mut fitting = volumes.iter().filter(|volume| name.matches(&volume.name));
            match fact.field {
                FactField::Count => Some(count(fitting.count())),
                _ => fitting.next().map(|volume| text(&volume.driver)),
            }
        }
        Thing::Dangling => {
            let images = facts.images().await?;
            Some(count(images.iter().filter(|image| image.is_dangling()).count()))
        }
    };
    found.ok_or_else(|| AnswerError::NotThere {
        thing: fact.thing.to_string().trim_start_matches("the ").to_owned(),
    })
}

async fn image(fact: &Fact, facts: &impl Facts) -> Result<Option<Value>, FactError> {
    let Thing::Image(wanted) = &fact.thing else {
        return Ok(None);
    };
    let images = facts.images().await?;
    if fact.field == FactField::Count {
        let names = images.iter().flat_map(|image| &image.references);
        return Ok(Some(count(names.filter(|name| wanted.matches(name)).count())));
    }
    let Some(image) = images
        .iter()
        .find(|image| image.references.iter().any(|name| wanted.matches(name)))
    else {
        return Ok(None);
    };
    match fact.field {
        FactField::Size => return Ok(Some(Value::Size(image.size))),
        FactField::Id => return Ok(Some(Value::Id(image.id.clone()))),
        _ => {}
    }
    let Some(detail) = facts.image(&image.id).await? else {
        return Ok(None);
    };
    Ok(Some(match fact.field {
        FactField::Layers => count(detail.layers.len()),
        FactField::User if matches!(detail.user.as_str(), "" | "0" | "root") => {
            Value::Text(["root", "0", "none"].map(str::to_owned).into())
        }
        FactField::User => {
            // `app:app` is the user `app`.
            let name = detail.user.split(':').next().unwrap_or_default();
            Value::Text(vec![detail.user.clone(), name.to_owned()])
        }
        FactField::Workdir if detail.workdir.is_empty() => text("/"),
        FactField::Workdir => text(&detail.workdir),
        FactField::Cmd => command(&detail.cmd),
        FactField::Entrypoint => command(&detail.entrypoint),
        _ => Value::Ports(detail.exposes.iter().map(|port| with_protocol(port)).collect()),
    }))
}

async fn container(fact: &Fact, facts: &impl Facts) -> Result<Option<Value>, FactError> {
    let Thing::Container(name) = &fact.thing else {
        return Ok(None);
    };
    let containers = facts.containers().await?;
    let mut fitting = containers
        .iter()
        .filter(|container| name.matches(&container.name));
    if fact.field == FactField::Count {
        return Ok(Some(count(fitting.count())));
    }
    let Some(container) = fitting.next() else {
        return Ok(None);
    };
    match fact.field {
        FactField::Id => return Ok(Some(Value::Id(container.id.clone()))),
        FactField::State => return Ok(Some(text(container.state.as_str()))),
        FactField::Image => return Ok(Some(text(&container.image))),
        _ => {}
    }
    let Some(detail) = facts.container(&container.id).await? else {
        return Ok(None);
    };
    Ok(Some(match fact.field {
        FactField::ExitCode => Value::Number(detail.exit_code),
        _ => command(&detail.command),
    }))
}

fn count(number: usize) -> Value {
    Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

fn decimal(number: i64) -> Option<Decimal> {
    number.to_string().parse().ok()
}

fn text(text: &str) -> Value {
    Value::Text(vec![text.to_owned()])
}

/// A command as its words; none is "none".
fn command(all: &[String]) -> Value {
    if all.is_empty() {
        Value::Text(["none", "nothing", "null", "[]"].map(str::to_owned).into())
    } else {
        Value::Text(vec![all.join(" ")])
    }
}

/// A text of which only the words matter: the list of a command is as good as its line.
fn words(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            if matches!(c, '[' | ']' | '"' | '\'' | '`' | ',') {
                ' '
            } else {
                c
            }
        })
        .collect();
    plain
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn with_protocol(port: &str) -> String {
    if port.contains('/') {
        port.to_owned()
    } else {
        format!("{port}/tcp")
    }
}

/// What a size that was typed may mean, in bytes: without a unit, bytes or what `docker images` shows most.
fn sizes(typed: &str, unit: Option<&str>) -> Option<Vec<u64>> {
    let typed = typed.trim().replace(',', ".");
    let has_unit = typed.ends_with(|c: char| c.is_ascii_alphabetic());
    let parse = |text: &str| text.parse::<Size>().ok().map(|size| size.0);
    if has_unit {
        return parse(&typed).map(|size| vec![size]);
    }
    let with_unit = parse(&format!("{typed}{}", unit.unwrap_or("MB")))?;
    Some(parse(&typed).into_iter().chain([with_unit]).collect())
}

fn near(typed: u64, actual: u64) -> bool {
    typed.abs_diff(actual).saturating_mul(100) <= actual.saturating_mul(SIZE_TOLERANCE_PERCENT)
        || Size(typed).to_string() == Size(actual).to_string()
}
