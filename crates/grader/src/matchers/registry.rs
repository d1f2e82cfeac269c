//! `registry`: images that the learner has pushed to the classroom's registry.

use drydock_lesson::expect::{PushedPattern, Reference, RegistryExpect};
use futures::FutureExt;
use futures::future::try_join_all;

use super::{CANDIDATES_MAX, Failure, Finding, furthest};
use crate::facts::{Facts, ImageFact, Pushed};
use crate::text::{several, short_id, shown};

/// How many names the registry is asked for at once.
const AT_ONCE: usize = 8;

pub(super) async fn check(expect: &RegistryExpect, facts: &impl Facts) -> Finding {
    let images = facts.images().await?;
    let names = names(&expect.reference, &images);
    let mut pushed: Vec<(&Reference, Pushed)> = Vec::new();
    for some in names.chunks(AT_ONCE) {
        let asked = some
            .iter()
            .map(|name| async { facts.pushed(&name.to_string()).await }.boxed());
        for (name, found) in some.iter().zip(try_join_all(asked).await?) {
            pushed.extend(found.map(|found| (name, found)));
        }
    }
    if pushed.is_empty() {
        if names.is_empty() {
            // Nothing was asked for, so it is not known yet whether there is anybody to ask.
            facts.registry().await?;
        }
        return Ok(Some(missing(&expect.reference, &images)));
    }
    let Some(wanted) = &expect.same_as else {
        return Ok(None);
    };
    let other = images.iter().find(|image| image.references.contains(wanted));
    let mut failures = Vec::new();
    for (name, found) in &pushed {
        match same_as(name, found, wanted, other) {
            Some(failure) => failures.push(failure),
            None => return Ok(None),
        }
    }
    Ok(furthest(failures, &["same_as"]))
}

/// The references that are asked for. A registry is not searched: where a pattern is meant, it is asked for the names that
/// the learner's engine has, for what was pushed had one of them.
fn names(pattern: &PushedPattern, images: &[ImageFact]) -> Vec<Reference> {
    if let Some(exact) = pattern.exact() {
        return vec![exact];
    }
    let mut names: Vec<Reference> = Vec::new();
    for name in images.iter().flat_map(|image| &image.references) {
        if names.len() == CANDIDATES_MAX {
            break;
        }
        if name.tag().is_some() && pattern.matches(name) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// What is there is not what it is to be.
fn same_as(
    name: &Reference,
    found: &Pushed,
    wanted: &Reference,
    other: Option<&ImageFact>,
) -> Option<Failure> {
    let id = short_id(&found.image_id);
    let failure = match other {
        Some(other) if other.id == found.image_id => return None,
        Some(other) => {
            let other = short_id(&other.id);
            let message = format!(
                "What you pushed as `{name}` is image `{id}`, but `{wanted}` is `{other}`. Tag the right image with that name and push it again."
            );
            Failure::new("same_as", message)
                .compare(other.clone(), id.clone())
                .expected_fact("id", other)
        }
        None => {
            let message = format!(
                "What you pushed as `{name}` cannot be compared with `{wanted}`, because that is not among your images: pull it first."
            );
            Failure::new("same_as", message).compare(wanted.to_string(), id.clone())
        }
    };
    Some(
        failure
            .expected_fact("reference", wanted.to_string())
            .actual_fact("reference", name.to_string())
            .actual_fact("id", id)
            .actual_fact("manifest", short_id(&found.manifest)),
    )
}

/// Nothing was pushed under that name: how far has the learner got?
fn missing(pattern: &PushedPattern, images: &[ImageFact]) -> Failure {
    let tagged = |fits: &dyn Fn(&Reference) -> bool| {
        let names = images.iter().flat_map(|image| &image.references);
        let fitting = names.filter(|name| name.tag().is_some() && fits(name));
        fitting.map(ToString::to_string).collect::<Vec<_>>()
    };
    let ready = tagged(&|name| pattern.matches(name));
    let near = tagged(&|name| pattern.matches_repository(name));
    let message = if let Some(name) = ready.first() {
        format!(
            "{} is among your images, but has not been pushed yet. `docker push {}` sends it.",
            several(&ready),
            shown(name)
        )
    } else if !near.is_empty() {
        format!(
            "Nothing has been pushed as `{pattern}` yet, and no image has that tag; there is {}.",
            several(&near)
        )
    } else {
        format!(
            "Nothing has been pushed as `{pattern}` yet. An image is tagged with its registry's name first (`docker tag SOURCE {host}/…`), and then pushed by that name.",
            host = pattern.host()
        )
    };
    Failure::new("missing", message).expecting(pattern.to_string())
}
