//! The lesson's contents: where the reader is, and what is done.

use std::cell::Cell;

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::lesson_progress::passed;
use crate::browser;
use crate::components::icon::Glyph;
use crate::live::Store;

/// A section counts as the current one once its heading is within so many pixels of the window's top: the
/// header, the contents' own bar, and a little.
const READING_LINE_PX: f64 = 160.0;

pub(super) fn wake(island: &Element) -> Option<()> {
    let nav = browser::find(island, ".contents")?;
    let toggle = browser::find(&nav, ".contents__toggle")?;
    let links = browser::find_all(&nav, ".contents__link");
    for link in &links {
        tick(link);
        browser::on(link, "click", {
            let (nav, toggle) = (nav.clone(), toggle.clone());
            move |_| open(&nav, &toggle, false)
        });
    }
    browser::on(&toggle.clone(), "click", {
        let (nav, toggle) = (nav.clone(), toggle.clone());
        move |_| open(&nav, &toggle, !nav.has_attribute("data-open"))
    });
    browser::on(&nav.clone(), "keydown", move |event| {
        let escape = event
            .dyn_ref::<KeyboardEvent>()
            .is_some_and(|event| event.key() == "Escape");
        if escape && nav.has_attribute("data-open") {
            open(&nav, &toggle, false);
            browser::focus(&toggle);
        }
    });
    follow(browser::find(island, ".contents__now")?, links)
}

fn open(nav: &Element, toggle: &Element, open: bool) {
    browser::attribute(nav, "data-open", open.then_some(""));
    browser::attribute(toggle, "aria-expanded", Some(if open { "true" } else { "false" }));
}

/// Marks the section that is being read.
fn follow(now: Element, links: Vec<Element>) -> Option<()> {
    let shown = Cell::new(usize::MAX);
    let look = move || {
        let reading = links.iter().rposition(|link| {
            let heading = link
                .get_attribute("href")
                .and_then(|href| browser::by_id(href.strip_prefix('#')?));
            heading.is_some_and(|heading| heading.get_bounding_client_rect().top() < READING_LINE_PX)
        });
        let reading = reading.unwrap_or(0);
        if shown.replace(reading) == reading {
            return;
        }
        for (index, link) in links.iter().enumerate() {
            browser::attribute(link, "aria-current", (index == reading).then_some("location"));
        }
        let words = links
            .get(reading)
            .and_then(|link| browser::find(link, "span:last-of-type")?.first_child());
        browser::text(
            &now,
            &words.and_then(|words| words.text_content()).unwrap_or_default(),
        );
    };
    look();
    // One look a scroll event: a dozen rectangles.
    let window = browser::window()?;
    browser::on(&window, "scroll", move |_| look());
    Some(())
}

/// Keeps a section's tick, if it has exercises.
fn tick(link: &Element) -> Option<()> {
    let store = Store::of_page();
    let exercises = link.get_attribute("data-exercises")?;
    let tick = browser::find(link, ".contents__tick")?;
    let told = browser::find(link, ".unseen")?;
    store.progress.watch(move || {
        let (done, all) = passed(store, &exercises);
        let (glyph, words) = match done {
            0 => (Glyph::Ring, String::new()),
            some if some < all => (Glyph::Half, format!(", {some} of {all} exercises passed")),
            _ => (Glyph::Tick, ", done".into()),
        };
        browser::glyph(&tick, glyph);
        browser::attribute(&tick, "data-done", (done == all).then_some("true"));
        browser::text(&told, &words);
    });
    Some(())
}
