//! The lesson's contents: where the reader is, and what is done.

use drydock_protocol::page::Heading;
use leptos::prelude::*;

use super::island;
use crate::components::icon::{Glyph, Icon};

/// The list of sections. A button opens it, unless the page is wide enough to show it always.
#[component]
pub(crate) fn Contents(headings: Vec<Heading>) -> impl IntoView {
    let first = headings.first().map(|heading| heading.text.clone());
    let items = headings
        .iter()
        .enumerate()
        .map(|(index, heading)| {
            let exercises = exercises_under(&headings, index).join(" ");
            let graded = !exercises.is_empty();
            let class = if heading.level > 2 { "contents__item contents__item--sub" } else { "contents__item" };
            view! {
                <li class=class>
                    <a class="contents__link" href=format!("#{}", heading.id) data-exercises=graded.then_some(exercises)>
                        <span class="contents__tick">{graded.then(|| view! { <Icon glyph=Glyph::Ring /> })}</span>
                        <span>{heading.text.clone()}<span class="unseen"></span></span>
                    </a>
                </li>
            }
        })
        .collect_view();
    island(
        "contents",
        view! {
            <nav class="contents" aria-label="Contents">
                <button class="contents__toggle" aria-expanded="false" aria-controls="contents-list">
                    <Icon glyph=Glyph::List />
                    <span class="contents__name">"Contents"</span>
                    <span class="contents__now">{first}</span>
                    <Icon glyph=Glyph::Down />
                </button>
                <ol class="contents__list" id="contents-list">{items}</ol>
            </nav>
        },
    )
}

/// The exercises under a heading: a section's own and those of its subsections.
fn exercises_under(headings: &[Heading], index: usize) -> Vec<String> {
    let level = headings[index].level;
    let below = headings[index + 1..]
        .iter()
        .take_while(|heading| heading.level > level);
    std::iter::once(&headings[index])
        .chain(below)
        .flat_map(|heading| heading.exercises.clone())
        .collect()
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
        let headings = [
            heading(2, "a", &["1"]),
            heading(3, "b", &["2"]),
            heading(2, "c", &["3"]),
        ];
        assert_eq!(exercises_under(&headings, 0), ["1", "2"]);
        assert_eq!(exercises_under(&headings, 1), ["2"]);
        assert_eq!(exercises_under(&headings, 2), ["3"]);
    }
}
