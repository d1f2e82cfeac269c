//! `image`: images by their references.

mod fields;

use drydock_lesson::expect::{Bounds, Else, ImageExpect, Reference, Size, nearest};
use drydock_protocol::UnixSeconds;
use futures::FutureExt;
use futures::future::try_join_all;

use super::{CANDIDATES_MAX, Failure, Finding, furthest};
use crate::facts::{Facts, ImageFact};
use crate::text::{moment, several, short_id};

/// How many candidates are looked into at once.
const AT_ONCE: usize = 8;

/// An image under one of the names that are meant.
#[derive(Clone, Copy)]
struct Candidate<'f> {
    reference: &'f Reference,
    image: &'f ImageFact,
}

pub(super) async fn check(
    expect: &ImageExpect,
    messages: &Else,
    facts: &impl Facts,
    started_at: UnixSeconds,
) -> Finding {
    let images = facts.images().await?;
    let candidates = candidates(expect, &images);
    let names = candidates.len();
    if names == 0 {
        return Ok(match expect.count {
            Some(wanted) if wanted.fits(0) => None,
            _ => Some(missing(expect, &images)),
        });
    }

    // Where nothing but the number of names is asked for, nothing need be looked into.
    let asked = expect.asked();
    let only_counted = asked.iter().all(|field| *field == "count");
    let looked_at = if only_counted {
        &[]
    } else {
        &candidates[..names.min(CANDIDATES_MAX)]
    };
    let images: &[ImageFact] = &images;
    let mut results: Vec<(Candidate<'_>, Option<Failure>)> = Vec::new();
    for some in looked_at.chunks(AT_ONCE) {
        let checks = some
            .iter()
            .map(|one| fields::first_failure(expect, *one, images, facts, started_at).boxed());
        results.extend(some.iter().copied().zip(try_join_all(checks).await?));
    }

    let fitting = if only_counted {
        names
    } else {
        results.iter().filter(|(_, failure)| failure.is_none()).count()
    };
    let fitting = fitting as u64;
    let wanted = expect.count.unwrap_or(Bounds {
        min: Some(1),
        max: None,
    });
    if wanted.fits(fitting) {
        return Ok(None);
    }
    let failures = results
        .into_iter()
        .filter_map(|(candidate, failure)| Some((candidate, failure?)))
        .map(|(candidate, failure)| describe(failure, candidate, names))
        .collect();
    let failure = match furthest(failures, &asked) {
        // Too few are right: what is wrong with another one says more than their number.
        Some(failure) if wanted.min.is_some_and(|min| fitting < min) => failure,
        _ => wrong_count(expect, wanted, fitting, &candidates),
    };
    fields::details(failure, messages, images, facts).await.map(Some)
}

/// The images that are meant, newest first. What an image is compared with does not count as one of those that are
/// compared: `*:v1.0` that is the same as `app:v1.0` is another name for it.
fn candidates<'f>(expect: &ImageExpect, images: &'f [ImageFact]) -> Vec<Candidate<'f>> {
    let is_pattern = expect.reference.exact().is_none();
    let compared = [&expect.same_as, &expect.based_on, &expect.smaller_than];
    let is_other =
        |reference: &Reference| is_pattern && compared.iter().any(|other| other.as_ref() == Some(reference));
    images
        .iter()
        .flat_map(|image| {
            image
                .references
                .iter()
                .map(move |reference| Candidate { reference, image })
        })
        .filter(|candidate| expect.reference.matches(candidate.reference) && !is_other(candidate.reference))
        .collect()
}

/// What can be said of a candidate without looking into it.
fn describe(failure: Failure, candidate: Candidate<'_>, count: usize) -> Failure {
    failure
        .actual_fact("reference", candidate.reference.to_string())
        .actual_fact("id", short_id(&candidate.image.id))
        .actual_fact("size", Size(candidate.image.size).to_string())
        .actual_fact("created", moment(candidate.image.created))
        .actual_fact("count", count.to_string())
}

fn wrong_count(
    expect: &ImageExpect,
    wanted: Bounds<u64>,
    found: u64,
    candidates: &[Candidate<'_>],
) -> Failure {
    let names = several(candidates.iter().map(|candidate| candidate.reference.to_string()));
    let pattern = &expect.reference;
    let message = match wanted.max {
        Some(0) => format!("Still here, and to be gone: {names}. `docker images` lists what is left."),
        _ => format!(
            "{found} of your images match `{pattern}`; there are to be {wanted}. These names match: {names}."
        ),
    };
    Failure::new("count", message)
        .compare(wanted.to_string(), found.to_string())
        .actual_fact("count", found.to_string())
}

/// Nothing has that name: what is there that comes near?
fn missing(expect: &ImageExpect, images: &[ImageFact]) -> Failure {
    let pattern = &expect.reference;
    let references = || images.iter().flat_map(|image| &image.references);
    let message = match (pattern.exact(), pattern.tag()) {
        (Some(wanted), tag) => {
            let siblings: Vec<String> = references()
                .filter(|other| other.tag().is_some() && pattern.matches_repository(other))
                .map(ToString::to_string)
                .collect();
            let latest = tag.is_some_and(|tag| tag.as_str() == "latest");
            let name = wanted.to_string();
            if !siblings.is_empty() && latest {
                format!(
                    "There is no `{name}` yet, only {}. A name without a tag means the tag `latest`.",
                    several(siblings)
                )
            } else if !siblings.is_empty() {
                format!(
                    "There is no `{name}` yet, only {}. The tag stands after the colon.",
                    several(siblings)
                )
            } else {
                let names: Vec<String> = references().map(ToString::to_string).collect();
                match nearest(&name, names.iter().map(String::as_str)) {
                    Some(near) => {
                        format!("There is no `{name}` yet, but there is `{near}`: is one of them a slip?")
                    }
                    None => {
                        format!("There is no image `{name}` yet. `docker images` lists those that you have.")
                    }
                }
            }
        }
        (None, Some(tag)) if pattern.repository().as_str() == "*" => format!(
            "No image is tagged `{}` yet. `docker images` lists the tags that you have.",
            tag.as_str()
        ),
        (None, _) => {
            format!("No image is called like `{pattern}` yet. `docker images` lists those that you have.")
        }
    };
    Failure::new("missing", message).expecting(pattern.to_string())
}
