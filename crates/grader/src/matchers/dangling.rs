//! `dangling`: images without a tag.

use drydock_lesson::expect::{Bounds, DanglingExpect};

use super::{Failure, Finding};
use crate::facts::Facts;
use crate::text::{counted, several, short_id};

pub(super) async fn check(expect: &DanglingExpect, facts: &impl Facts) -> Finding {
    let images = facts.images().await?;
    let ids: Vec<String> = images
        .iter()
        .filter(|image| image.is_dangling())
        .map(|image| short_id(&image.id))
        .collect();
    let count = ids.len() as u64;
    let (field, wanted) = match expect.count {
        Some(wanted) => ("count", wanted),
        None => (
            "missing",
            Bounds {
                min: Some(1),
                max: None,
            },
        ),
    };
    if wanted.fits(count) {
        return Ok(None);
    }
    let message = match (count, wanted.max) {
        (0, _) => "No image is without a tag. An image loses its tag when a new build or a pull takes it: `docker images \
                   --filter dangling=true` lists such images."
            .to_owned(),
        (count, Some(0)) => format!(
            "{} without a tag {} still here: {}. `docker images --filter dangling=true` lists them.",
            counted(count, "image"),
            if count == 1 { "is" } else { "are" },
            several(&ids)
        ),
        (count, _) => format!(
            "{} without a tag {} here; there are to be {wanted}. `docker images --filter dangling=true` lists them.",
            counted(count, "image"),
            if count == 1 { "is" } else { "are" }
        ),
    };
    let failure = Failure::new(field, message)
        .compare(wanted.to_string(), count.to_string())
        .actual_fact("count", count.to_string());
    Ok(Some(match ids.first() {
        Some(id) => failure.actual_fact("id", id.clone()),
        None => failure,
    }))
}
