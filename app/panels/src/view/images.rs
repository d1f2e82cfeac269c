//! The learner's images: as stacks of layers, or as a table with the same facts.

use std::collections::HashSet;

use drydock_protocol::api::ImageView;
use leptos::prelude::*;

use super::build::Build;
use super::details::Details;
use super::stacks::Stacks;
use super::table::Table;
use super::{Unknown, sentence};
use crate::feed::Feed;
use crate::news::count;
use crate::picture::{LayerBox, Picture};
use crate::size;

/// What the learner looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// An image, by its id.
    Image(String),
    /// A layer, by its box's key.
    Layer(u64),
}

/// What the parts of the panel share.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    /// All images.
    pub(super) images: Signal<Vec<ImageView>>,
    /// Where they are.
    pub(super) picture: Memo<Picture>,
    /// What the learner looks at.
    pub(super) chosen: RwSignal<Option<Chosen>>,
    /// The image that the one they look at is compared with.
    pub(super) other: RwSignal<Option<String>>,
}

/// How a layer stands to what is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Both images have it.
    Both,
    /// Only the chosen one has it.
    First,
    /// Only the other one has it.
    Second,
    /// Neither.
    Neither,
}

impl Shown {
    /// How a layer stands to what is compared; none where nothing is.
    pub(super) fn standing(self, layer: &LayerBox) -> Option<Standing> {
        let Some(Chosen::Image(first)) = self.chosen.get() else {
            return None;
        };
        let second = self.other.get()?;
        self.picture.with(|picture| {
            let having: HashSet<&str> = picture.having(layer).collect();
            Some(match (having.contains(&*first), having.contains(&*second)) {
                (true, true) => Standing::Both,
                (true, false) => Standing::First,
                (false, true) => Standing::Second,
                (false, false) => Standing::Neither,
            })
        })
    }

    /// What an image is called: its first tag, or its id.
    pub(super) fn name(self, id: &str) -> String {
        self.images.with(|images| {
            let image = images.iter().find(|image| image.id == id);
            let tag = image.and_then(|image| image.tags.first().cloned());
            tag.unwrap_or_else(|| super::short_id(id))
        })
    }
}

/// The panel.
#[component]
pub(crate) fn Images() -> impl IntoView {
    let feed = Feed::of_page();
    let value = feed.images.value.clone();
    let images = {
        let value = value.clone();
        Signal::derive(move || value.with(|value| value.here().cloned().unwrap_or_default()))
    };
    let shown = Shown {
        images,
        picture: Memo::new(move |_| images.with(|images| Picture::of(images))),
        chosen: RwSignal::new(None),
        other: RwSignal::new(None),
    };
    // What is gone cannot be looked at.
    Effect::new(move || {
        let is_gone = |chosen: &Chosen, picture: &Picture| match chosen {
            Chosen::Image(id) => picture.column(id).is_none(),
            Chosen::Layer(key) => picture.layer(*key).is_none(),
        };
        shown.picture.with(|picture| {
            if shown
                .chosen
                .with_untracked(|chosen| chosen.as_ref().is_some_and(|chosen| is_gone(chosen, picture)))
            {
                shown.chosen.set(None);
            }
            if shown
                .other
                .with_untracked(|other| other.as_ref().is_some_and(|id| picture.column(id).is_none()))
            {
                shown.other.set(None);
            }
        });
    });

    let as_table = RwSignal::new(false);
    let is_here = {
        let value = value.clone();
        Memo::new(move |_| value.with(|value| value.here().is_some()))
    };
    let is_empty = Memo::new(move |_| images.with(Vec::is_empty));
    let news = feed.news.clone();
    let containers = feed.containers.value.clone();
    let containers =
        Signal::derive(move || containers.with(|value| value.here().cloned().unwrap_or_default()));
    let switch = move |table: bool, words: &'static str| {
        view! {
            <button
                class="segment"
                aria-pressed=move || (as_table.get() == table).to_string()
                on:click=move |_| as_table.set(table)
            >
                {words}
            </button>
        }
    };
    view! {
        <div class="panel__head">
            <p class="panel__said" role="status">
                {move || match news.get() {
                    Some(said) => sentence(&said).into_any(),
                    None => shown.picture.with(sum).into_any(),
                }}
            </p>
            <div class="segments" role="group" aria-label="How images are shown">
                {switch(false, "Picture")}
                {switch(true, "Table")}
            </div>
        </div>
        <Build />
        <Unknown value />
        <Show when=move || is_here.get() && is_empty.get()>
            <div class="panel__empty">
                <p>"There is no image in your engine yet."</p>
                <p>{sentence("`docker pull` brings one, and `docker build` makes one. It appears here as it does.")}</p>
            </div>
        </Show>
        <Show when=move || is_here.get() && !is_empty.get()>
            <div class="panel__body panel__body--images">
                <Show when=move || as_table.get() fallback=move || view! { <Stacks shown containers /> }>
                    <Table shown />
                </Show>
                <Details shown />
            </div>
        </Show>
    }
}

/// What there is, in a sentence.
fn sum(picture: &Picture) -> String {
    let bytes = picture.boxes.iter().map(|layer| layer.size).sum();
    format!(
        "{}, {} between them: {}. What several have is there once.",
        count(picture.columns.len(), "image"),
        count(picture.boxes.len(), "layer"),
        size::docker(bytes)
    )
}
