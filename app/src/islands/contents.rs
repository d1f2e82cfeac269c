//! The lesson's contents: where the reader is, and what is done.

use drydock_protocol::page::Heading;
use leptos::prelude::*;

use crate::browser;
use crate::components::icon::{Glyph, Icon};
use crate::live::Store;

/// A section counts as the current one once its heading is within so many pixels of the window's top: the
/// header, the contents' own bar, and a little.
const READING_LINE_PX: f64 = 160.0;

/// The list of sections. A button opens it, unless the page is wide enough to show it always.
#[island]
pub fn Contents(headings: Vec<Heading>) -> impl IntoView {
    let open = RwSignal::new(false);
    let current = RwSignal::new(0_usize);
    let ids: Vec<String> = headings.iter().map(|heading| heading.id.clone()).collect();
    let texts: Vec<String> = headings.iter().map(|heading| heading.text.clone()).collect();

    Effect::new(move |_| {
        let ids = ids.clone();
        let look = move || {
            let now = reading(&ids);
            if current.get_untracked() != now {
                current.set(now);
            }
        };
        look();
        // Passive by default on the window; one look a scroll event is a dozen rectangles.
        let _scroll = window_event_listener_untyped("scroll", move |_| look());
        let _escape = window_event_listener(leptos::ev::keydown, move |event| {
            if event.key() == "Escape" && open.get_untracked() {
                open.set(false);
            }
        });
    });

    let items = headings
        .iter()
        .enumerate()
        .map(|(index, heading)| {
            let exercises = exercises_under(&headings, index);
            let heading = heading.clone();
            view! { <Item index heading exercises current open /> }
        })
        .collect_view();
    let now = move || texts.get(current.get()).cloned();
    view! {
        <nav class="contents" aria-label="Contents" data-open=move || open.get().then_some("")>
            <button
                class="contents__toggle"
                aria-expanded=move || open.get().to_string()
                aria-controls="contents-list"
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Icon glyph=Glyph::List />
                <span class="contents__name">"Contents"</span>
                <span class="contents__now">{now}</span>
                <Icon glyph=Glyph::Down />
            </button>
            <ol class="contents__list" id="contents-list">{items}</ol>
        </nav>
    }
}

/// One section: a link, with a tick if it has exercises.
#[component]
fn Item(
    index: usize,
    heading: Heading,
    exercises: Vec<String>,
    current: RwSignal<usize>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let store = Store::of_page();
    let graded = !exercises.is_empty();
    let all = exercises.len();
    let passed = Memo::new(move |_| {
        store.progress.with(|progress| {
            exercises.iter().filter(|id| progress.get(*id).is_some_and(|known| known.passed)).count()
        })
    });
    let glyph = Signal::derive(move || match passed.get() {
        0 => Glyph::Ring,
        some if some < all => Glyph::Half,
        _ => Glyph::Tick,
    });
    let told = move || match passed.get() {
        0 => String::new(),
        some if some < all => format!(", {some} of {all} exercises passed"),
        _ => ", done".into(),
    };
    let here = move || current.get() == index;
    view! {
        <li class="contents__item" class:contents__item--sub={ heading.level > 2 }>
            <a
                class="contents__link"
                href=format!("#{}", heading.id)
                aria-current=move || here().then_some("location")
                on:click=move |_| open.set(false)
            >
                <span class="contents__tick" data-done=move || { graded && passed.get() == all }>
                    {graded.then(|| view! { <Icon glyph /> })}
                </span>
                <span>{heading.text}<span class="unseen">{told}</span></span>
            </a>
        </li>
    }
}

/// The exercises under a heading: a section's own and those of its subsections.
fn exercises_under(headings: &[Heading], index: usize) -> Vec<String> {
    let level = headings[index].level;
    let below = headings[index + 1..].iter().take_while(|heading| heading.level > level);
    std::iter::once(&headings[index]).chain(below).flat_map(|heading| heading.exercises.clone()).collect()
}

/// The last section whose heading has passed the reading line.
fn reading(ids: &[String]) -> usize {
    let passed = ids.iter().rposition(|id| {
        browser::by_id(id)
            .is_some_and(|heading| heading.get_bounding_client_rect().top() < READING_LINE_PX)
    });
    passed.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(level: u8, id: &str, exercises: &[&str]) -> Heading {
        Heading {
            level,
            id: id.into(),
            text: id.into(),
            exercises: exercises.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    #[test]
    fn a_section_has_its_subsections_exercises() {
        let headings = [heading(2, "a", &["1"]), heading(3, "b", &["2"]), heading(2, "c", &["3"])];
        assert_eq!(exercises_under(&headings, 0), ["1", "2"]);
        assert_eq!(exercises_under(&headings, 1), ["2"]);
        assert_eq!(exercises_under(&headings, 2), ["3"]);
    }
}
