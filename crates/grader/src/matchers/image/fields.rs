//! What is asked of one image, field by field.

use drydock_lesson::expect::{CommandLine, CreatedAfter, Else, ImageExpect, Reference, Side, Size};
use drydock_protocol::UnixSeconds;

use super::Candidate;
use crate::error::FactError;
use crate::facts::{Facts, ImageDetail, ImageFact};
use crate::matchers::{Failure, rules, settings};
use crate::text::{code, counted, moment, several, short_id, shown};

/// The first field that is not as it is to be.
pub(super) async fn first_failure(
    expect: &ImageExpect,
    candidate: Candidate<'_>,
    images: &[ImageFact],
    facts: &impl Facts,
    started_at: UnixSeconds,
) -> Result<Option<Failure>, FactError> {
    if let Some(failure) = expect
        .same_as
        .as_ref()
        .and_then(|other| same_as(candidate, other, images))
    {
        return Ok(Some(failure));
    }
    if let Some(other) = &expect.based_on
        && let Some(failure) = based_on(candidate, other, images, facts).await?
    {
        return Ok(Some(failure));
    }
    if needs_detail(expect) {
        let Some(detail) = facts.image(&candidate.image.id).await? else {
            return Ok(Some(Failure::new(
                "missing",
                format!("`{}` has just gone.", candidate.reference),
            )));
        };
        // Size stands between fields of the detail; the order is the authors'.
        let failure = layers(expect, candidate, &detail)
            .or_else(|| sizes(expect, candidate, images))
            .or_else(|| configuration(expect, candidate, &detail));
        if failure.is_some() {
            return Ok(failure);
        }
    } else if let Some(failure) = sizes(expect, candidate, images) {
        return Ok(Some(failure));
    }
    if let Some(rules) = &expect.history {
        let steps = facts.history(&candidate.image.id).await?.unwrap_or_default();
        let place = format!("the history of `{}`", candidate.reference);
        let look = format!("`docker history --no-trunc {}` shows it.", candidate.reference);
        let lines = steps.iter().map(String::as_str);
        if let Some(failure) = rules::check("history", &place, &look, rules, lines) {
            return Ok(Some(failure));
        }
    }
    Ok(expect
        .created_after
        .as_ref()
        .and_then(|after| created_after(candidate, after, images, started_at)))
}

fn needs_detail(expect: &ImageExpect) -> bool {
    expect.layers.is_some()
        || expect.cmd.is_some()
        || expect.entrypoint.is_some()
        || expect.user.is_some()
        || expect.workdir.is_some()
        || expect.env.is_some()
        || expect.labels.is_some()
        || expect.exposes.is_some()
}

fn find<'f>(reference: &Reference, images: &'f [ImageFact]) -> Option<&'f ImageFact> {
    images.iter().find(|image| image.references.contains(reference))
}

/// The image to compare with is not there.
fn nothing_to_compare(field: &'static str, candidate: Candidate<'_>, other: &Reference) -> Failure {
    let message = format!(
        "`{}` cannot be compared with `{other}`, because that is not among your images: pull it first.",
        candidate.reference
    );
    Failure::new(field, message)
        .compare(format!("{other}"), short_id(&candidate.image.id))
        .expected_fact("reference", other.to_string())
}

/// What can be said of the image that is compared with.
fn with_other(failure: Failure, reference: &Reference, other: &ImageFact) -> Failure {
    failure
        .expected_fact("reference", reference.to_string())
        .expected_fact("id", short_id(&other.id))
        .expected_fact("size", Size(other.size).to_string())
}

fn same_as(candidate: Candidate<'_>, reference: &Reference, images: &[ImageFact]) -> Option<Failure> {
    let Some(other) = find(reference, images) else {
        return Some(nothing_to_compare("same_as", candidate, reference));
    };
    let image = candidate.image;
    if other.id == image.id {
        return None;
    }
    let twins: Vec<String> = image
        .references
        .iter()
        .filter(|name| *name != candidate.reference)
        .map(ToString::to_string)
        .collect();
    let (found, wanted) = (short_id(&image.id), short_id(&other.id));
    let same = if twins.is_empty() {
        String::new()
    } else {
        format!(", the same as {}", several(twins))
    };
    let message = format!(
        "`{name}` is image `{found}`{same}, but `{reference}` is `{wanted}`. `docker images` shows the IDs.",
        name = candidate.reference
    );
    let failure = Failure::new("same_as", message).compare(format!("{wanted} ({reference})"), found);
    Some(with_other(failure, reference, other))
}

async fn based_on(
    candidate: Candidate<'_>,
    reference: &Reference,
    images: &[ImageFact],
    facts: &impl Facts,
) -> Result<Option<Failure>, FactError> {
    let Some(other) = find(reference, images) else {
        return Ok(Some(nothing_to_compare("based_on", candidate, reference)));
    };
    let name = candidate.reference;
    if other.id == candidate.image.id {
        let message = format!(
            "`{name}` is `{reference}` itself under another name; it is to be an image of its own, built upon it."
        );
        let failure =
            Failure::new("based_on", message).compare(format!("built on {reference}"), "the same image");
        return Ok(Some(with_other(failure, reference, other)));
    }
    let (own, base) = futures::join!(facts.image(&candidate.image.id), facts.image(&other.id));
    let (own, base) = (own?.unwrap_or_default(), base?.unwrap_or_default());
    if !base.layers.is_empty() && own.layers.starts_with(&base.layers) {
        return Ok(None);
    }
    let shared = own
        .layers
        .iter()
        .zip(&base.layers)
        .take_while(|(a, b)| a == b)
        .count();
    let message = format!(
        "`{name}` is not built on `{reference}`: of that image's {} it begins with {shared}. The last `FROM` of its \
         Dockerfile says what it is built on.",
        counted(base.layers.len() as u64, "layer")
    );
    let failure = Failure::new("based_on", message)
        .compare(
            format!(
                "begins with the {} of {reference}",
                counted(base.layers.len() as u64, "layer")
            ),
            format!("begins with {shared} of them"),
        )
        .expected_fact("layers", base.layers.len().to_string());
    Ok(Some(with_other(failure, reference, other)))
}

fn layers(expect: &ImageExpect, candidate: Candidate<'_>, detail: &ImageDetail) -> Option<Failure> {
    let found = detail.layers.len() as u64;
    let wanted = expect.layers.filter(|wanted| !wanted.fits(found))?;
    let name = candidate.reference;
    let message = format!(
        "`{name}` has {}; it is to have {wanted}. `docker history {name}` shows which step made which.",
        counted(found, "layer")
    );
    Some(Failure::new("layers", message).compare(wanted.to_string(), found.to_string()))
}

fn sizes(expect: &ImageExpect, candidate: Candidate<'_>, images: &[ImageFact]) -> Option<Failure> {
    let name = candidate.reference;
    let found = Size(candidate.image.size);
    if let Some(wanted) = expect.size.filter(|wanted| !wanted.fits(found)) {
        let message = format!(
            "`{name}` takes {found}; it is to take {wanted}. `docker history {name}` shows what each step added."
        );
        return Some(Failure::new("size", message).compare(wanted.to_string(), found.to_string()));
    }
    let reference = expect.smaller_than.as_ref()?;
    let Some(other) = find(reference, images) else {
        return Some(nothing_to_compare("smaller_than", candidate, reference));
    };
    if candidate.image.size < other.size {
        return None;
    }
    let bound = Size(other.size);
    let message =
        format!("`{name}` takes {found}; it is to be smaller than `{reference}`, which takes {bound}.");
    let failure = Failure::new("smaller_than", message)
        .compare(format!("less than {bound} ({reference})"), found.to_string());
    Some(with_other(failure, reference, other))
}

fn configuration(expect: &ImageExpect, candidate: Candidate<'_>, detail: &ImageDetail) -> Option<Failure> {
    let name = candidate.reference;
    let owner = format!("`{name}`");
    let look = format!("`docker inspect {name}` shows it.");
    command("cmd", "CMD", expect.cmd.as_ref(), &detail.cmd, name)
        .or_else(|| {
            command(
                "entrypoint",
                "ENTRYPOINT",
                expect.entrypoint.as_ref(),
                &detail.entrypoint,
                name,
            )
        })
        .or_else(|| user(expect, name, detail))
        .or_else(|| workdir(expect, name, detail))
        .or_else(|| {
            let wanted = expect.env.as_ref()?;
            settings::check("env", "variable", &owner, &look, wanted, &detail.env)
        })
        .or_else(|| {
            let wanted = expect.labels.as_ref()?;
            settings::check("labels", "label", &owner, &look, wanted, &detail.labels)
        })
        .or_else(|| exposes(expect, name, detail))
}

fn command(
    field: &'static str,
    instruction: &str,
    wanted: Option<&CommandLine>,
    found: &[String],
    name: &Reference,
) -> Option<Failure> {
    let wanted = wanted.filter(|wanted| !wanted.matches(found))?;
    let found = found.join(" ");
    let form = match wanted {
        CommandLine::Args(_) => ", in the form of a list",
        CommandLine::Line(_) => "",
    };
    let message = format!(
        "The `{instruction}` of `{name}` is {}; it is to be {}{form}. `docker inspect {name}` shows it under Config.",
        code(&found),
        code(&wanted.to_string())
    );
    Some(Failure::new(field, message).compare(wanted.to_string(), shown(&found)))
}

fn user(expect: &ImageExpect, name: &Reference, detail: &ImageDetail) -> Option<Failure> {
    let wanted = expect
        .user
        .as_ref()
        .filter(|wanted| !wanted.matches(&detail.user))?;
    let found = if detail.user.is_empty() {
        "root"
    } else {
        &detail.user
    };
    let message = format!(
        "`{name}` runs as {}; it is to run as {wanted}. The last stage of its Dockerfile decides.",
        code(found)
    );
    Some(Failure::new("user", message).compare(wanted.to_string(), shown(found)))
}

fn workdir(expect: &ImageExpect, name: &Reference, detail: &ImageDetail) -> Option<Failure> {
    let trim = |path: &str| {
        if path.len() > 1 {
            path.trim_end_matches('/').to_owned()
        } else {
            "/".to_owned()
        }
    };
    let (wanted, found) = (trim(expect.workdir.as_ref()?), trim(&detail.workdir));
    if wanted == found {
        return None;
    }
    let message = format!(
        "`{name}` starts in {}; it is to start in `{wanted}`. `docker inspect {name}` shows it under WorkingDir.",
        code(&found)
    );
    Some(Failure::new("workdir", message).compare(wanted, shown(&found)))
}

fn exposes(expect: &ImageExpect, name: &Reference, detail: &ImageDetail) -> Option<Failure> {
    let declared = |port: &drydock_lesson::expect::PortWanted| {
        detail
            .exposes
            .contains(&format!("{}/{}", port.port, port.protocol))
    };
    let wanted = expect.exposes.as_ref()?.0.iter().find(|port| !declared(port))?;
    let found = several(&detail.exposes);
    let message = format!(
        "`{name}` does not declare port `{wanted}`; it declares {found}. `docker inspect {name}` shows them under ExposedPorts."
    );
    Some(Failure::new("exposes", message).compare(wanted.to_string(), found.replace('`', "")))
}

fn created_after(
    candidate: Candidate<'_>,
    after: &CreatedAfter,
    images: &[ImageFact],
    started_at: UnixSeconds,
) -> Option<Failure> {
    let created = candidate.image.created;
    let name = candidate.reference;
    let (since, what, other) = match after {
        CreatedAfter::Start => (started_at, "this exercise was begun".to_owned(), None),
        CreatedAfter::Time(time) => (*time, moment(*time), None),
        CreatedAfter::Image(reference) => match find(reference, images) {
            Some(other) => (
                other.created,
                format!("`{reference}` was made"),
                Some((reference, other)),
            ),
            None => return Some(nothing_to_compare("created_after", candidate, reference)),
        },
    };
    // The engine tells whole seconds: what is made in the very second in which an exercise begins is new.
    let fits = if matches!(after, CreatedAfter::Start) {
        created >= since
    } else {
        created > since
    };
    if fits {
        return None;
    }
    let message = format!(
        "`{name}` was made at {}, which is not after {what}. Build it again; where every step comes from the cache, the \
         image stays the old one.",
        moment(created)
    );
    let failure =
        Failure::new("created_after", message).compare(format!("after {}", moment(since)), moment(created));
    Some(match other {
        Some((reference, other)) => with_other(failure, reference, other),
        None => failure,
    })
}

/// Looks into the images once more where the author's message speaks of what is in them.
pub(super) async fn details(
    mut failure: Failure,
    messages: &Else,
    images: &[ImageFact],
    facts: &impl Facts,
) -> Result<Failure, FactError> {
    if !failure.speaks_of(messages, &["layers", "user", "workdir", "cmd", "entrypoint"]) {
        return Ok(failure);
    }
    for side in [Side::Actual, Side::Expected] {
        let named = failure
            .facts
            .iter()
            .find(|(of, name, _)| *of == side && *name == "reference");
        let image = named.and_then(|(_, _, name)| {
            images
                .iter()
                .find(|image| image.references.iter().any(|r| r.to_string() == *name))
        });
        let Some(image) = image else { continue };
        let Some(detail) = facts.image(&image.id).await? else {
            continue;
        };
        for (name, value) in [
            ("layers", detail.layers.len().to_string()),
            (
                "user",
                if detail.user.is_empty() {
                    "root".to_owned()
                } else {
                    shown(&detail.user)
                },
            ),
            (
                "workdir",
                if detail.workdir.is_empty() {
                    "/".to_owned()
                } else {
                    shown(&detail.workdir)
                },
            ),
            ("cmd", shown(&detail.cmd.join(" "))),
            ("entrypoint", shown(&detail.entrypoint.join(" "))),
        ] {
            failure.facts.push((side, name, value));
        }
    }
    Ok(failure)
}
