//! The ring in the header: how many of the lesson's exercises are passed.

use web_sys::Element;

use crate::live::Store;
use crate::{browser, text};

pub(super) fn wake(island: &Element) -> Option<()> {
    let store = Store::of_page();
    let progress = browser::find(island, ".lesson-progress")?;
    let number = browser::find(&progress, "span")?;
    let ring = browser::find(&progress, ".ring")?;
    let done_ring = browser::find(&ring, ".ring__done")?;
    let exercises = progress.get_attribute("data-exercises")?;
    store.progress.watch(move || {
        let (done, total) = passed(store, &exercises);
        browser::text(&number, &format!("{done}/{total}"));
        browser::attribute(&done_ring, "stroke-dasharray", Some(&text::ring(done, total)));
        browser::class(&ring, "ring--whole", done >= total);
        browser::name(&progress, &format!("{done} of {total} exercises passed"));
    });
    Some(())
}

/// How many of these exercises (ids, with spaces between) are passed, and how many there are.
pub(super) fn passed(store: &Store, exercises: &str) -> (u32, u32) {
    store.progress.with(|progress| {
        exercises.split(' ').fold((0, 0), |(done, total), id| {
            let passed = progress.get(id).is_some_and(|known| known.passed);
            (done + u32::from(passed), total + 1)
        })
    })
}
