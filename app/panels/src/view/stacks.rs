//! The picture: columns of boxes, and labels above them. Places are changed and not drawn anew, so that what moves is seen to move.

use std::collections::HashMap;

use drydock_protocol::workbench::ContainerView;
use leptos::prelude::*;

use super::images::{Chosen, Shown, Standing};
use crate::labels::{Label, Says, labels};
use crate::news::count;
use crate::picture::LayerBox;
use crate::{size, state};

/// A column and the gap after it, in pixels.
const COLUMN: u32 = 176;
const GAP: u32 = 10;
/// A label with the gap below it.
const LABEL: u32 = 30;
/// Between a stack and its first label.
const ABOVE: u32 = 8;

#[component]
pub(crate) fn Stacks(shown: Shown, containers: Signal<Vec<ContainerView>>) -> impl IntoView {
    let placed = Memo::new(move |_| {
        shown.picture.with(|picture| {
            shown
                .images
                .with(|images| containers.with(|containers| labels(images, containers, picture)))
        })
    });
    let by_key = Memo::new(move |_| {
        let labels = placed.get().into_iter();
        labels
            .map(|label| (label.key.clone(), label))
            .collect::<HashMap<_, _>>()
    });
    let height = move || {
        shown.picture.with(|picture| {
            let tops = placed.with(|labels| {
                let top = |label: &Label| picture.columns[label.column].top + times(label.row + 1, LABEL);
                labels.iter().map(top).max().unwrap_or(0)
            });
            px(tops.max(picture.height) + ABOVE + GAP)
        })
    };
    let width = move || {
        shown
            .picture
            .with(|picture| px(times(picture.columns.len(), COLUMN)))
    };
    view! {
        <div class="stacks" tabindex="0" role="group" aria-label="Images as stacks of layers">
            <div class="stacks__ground" style:height=height style:width=width>
                <For
                    each=move || shown.picture.with(|picture| picture.boxes.iter().map(|layer| layer.key).collect::<Vec<_>>())
                    key=|key| *key
                    let(key)
                >
                    <Layer shown key />
                </For>
                <For
                    each=move || placed.with(|labels| labels.iter().map(|label| label.key.clone()).collect::<Vec<_>>())
                    key=Clone::clone
                    let(key)
                >
                    <Hung shown key by_key />
                </For>
            </div>
        </div>
        <p class="stacks__legend">
            "A box is a layer; the larger, the higher, by the logarithm. One that spans columns is in several images and is stored once. Labels are names."
        </p>
    }
}

#[component]
fn Layer(shown: Shown, key: u64) -> impl IntoView {
    // For the moment between its going and its box's.
    let layer = Memo::new(move |last: Option<&Option<LayerBox>>| {
        let found = shown.picture.with(|picture| picture.layer(key).cloned());
        found.or_else(|| last.cloned().flatten())
    });
    let of = move |what: fn(&LayerBox) -> String| {
        move || layer.with(|layer| layer.as_ref().map(what)).unwrap_or_default()
    };
    let is = move |what: fn(&LayerBox) -> bool| move || layer.with(|layer| layer.as_ref().is_some_and(what));
    let standing = move || layer.with(|layer| layer.as_ref().and_then(|layer| shown.standing(layer)));
    let is_chosen = move || shown.chosen.get() == Some(Chosen::Layer(key));
    view! {
        <button
            class="layer"
            class:layer--shared=is(|layer| layer.span > 1)
            class:layer--base=is(|layer| layer.is_base_end)
            class:layer--both=move || standing() == Some(Standing::Both)
            class:layer--first=move || standing() == Some(Standing::First)
            class:layer--second=move || standing() == Some(Standing::Second)
            class:layer--neither=move || standing() == Some(Standing::Neither)
            style:left=of(|layer| px(times(layer.from, COLUMN)))
            style:width=of(|layer| px(times(layer.span, COLUMN).saturating_sub(GAP)))
            style:bottom=of(|layer| px(layer.bottom))
            style:height=of(|layer| px(layer.height - 2))
            aria-pressed=move || is_chosen().to_string()
            title=of(|layer| layer.instruction.clone())
            data-below=move || layer.with(|layer| layer.as_ref().map(|layer| shown.picture.with(|picture| picture.digests(layer))))
            data-images=of(|layer| layer.span.to_string())
            on:click=move |_| shown.chosen.set((!is_chosen()).then_some(Chosen::Layer(key)))
        >
            <span class="layer__instruction">{of(|layer| layer.instruction.clone())}</span>
            <span class="layer__size">{of(|layer| size::docker(layer.size))}</span>
            <span class="unseen">{of(|layer| format!(", in {}", count(layer.span, "image")))}</span>
        </button>
    }
}

#[component]
fn Hung(shown: Shown, key: String, by_key: Memo<HashMap<String, Label>>) -> impl IntoView {
    let label = Memo::new(move |last: Option<&Option<Label>>| {
        let found = by_key.with(|labels| labels.get(&key).cloned());
        found.or_else(|| last.cloned().flatten())
    });
    let left = move || {
        let column = label.with(|label| label.as_ref().map_or(0, |label| label.column));
        px(times(column, COLUMN))
    };
    let bottom = move || {
        label.with(|label| {
            let Some(label) = label else { return px(0) };
            let top = shown
                .picture
                .with(|picture| picture.columns.get(label.column).map_or(0, |column| column.top));
            px(top + ABOVE + times(label.row, LABEL))
        })
    };
    let image = move || {
        label
            .with(|label| label.as_ref().map(|label| label.image.clone()))
            .unwrap_or_default()
    };
    let is_chosen = move || {
        let image = image();
        shown
            .chosen
            .with(|chosen| *chosen == Some(Chosen::Image(image.clone())))
            || shown.other.get() == Some(image)
    };
    let choose = move |_| {
        let image = Chosen::Image(image());
        let same = shown
            .chosen
            .with_untracked(|chosen| *chosen == Some(image.clone()));
        shown.other.set(None);
        shown.chosen.set((!same).then_some(image));
    };
    let text = move || {
        label.with(|label| match label.as_ref().map(|label| label.what.clone()) {
            None => ().into_any(),
            Some(Says::Tag(repository, tag)) => view! {
                <span class="label__repository">{repository}</span><span class="label__tag">{tag}</span>
            }
            .into_any(),
            Some(Says::NoName) => "no name (dangling)".into_any(),
            Some(Says::MoreTags(more)) => format!("and {}", count(more, "more name")).into_any(),
            Some(Says::MoreContainers(more)) => format!("and {}", count(more, "more container")).into_any(),
            Some(Says::Container(name, state)) => {
                let class = format!("dot dot--{}", state::class(&state));
                view! {
                    <span class=class></span>
                    <span class="label__repository">{name}</span>
                    <span class="label__state">{state}</span>
                }
                .into_any()
            }
        })
    };
    let is_container = move || {
        label.with(|label| {
            let what = label.as_ref().map(|label| &label.what);
            matches!(what, Some(Says::Container(..) | Says::MoreContainers(_)))
        })
    };
    let is_nameless =
        move || label.with(|label| label.as_ref().is_some_and(|label| label.what == Says::NoName));
    view! {
        <button
            class="label"
            class:label--container=is_container
            class:label--nameless=is_nameless
            style:left=left
            style:bottom=bottom
            style:max-width=px(COLUMN - GAP)
            aria-pressed=move || is_chosen().to_string()
            title=move || label.with(|label| label.as_ref().map(full).unwrap_or_default())
            on:click=choose
        >
            {text}
        </button>
    }
}

/// The whole of what a label may have to cut off.
fn full(label: &Label) -> String {
    match &label.what {
        Says::Tag(repository, tag) => format!("{repository}{tag}"),
        Says::NoName => "An image that no name points at".to_owned(),
        Says::Container(name, state) => format!("Container {name}, {state}"),
        Says::MoreTags(_) => "All names are below".to_owned(),
        Says::MoreContainers(_) => "All containers are in their own panel".to_owned(),
    }
}

/// So many of so many pixels.
fn times(number: usize, pixels: u32) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).saturating_mul(pixels)
}

fn px(pixels: u32) -> String {
    format!("{pixels}px")
}
