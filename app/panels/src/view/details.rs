//! What is to be known of what the learner looks at: a layer, an image, or two images beside each other.

use drydock_protocol::api::ImageView;
use leptos::prelude::*;

use super::images::{Chosen, Shown};
use super::inside::Inside;
use super::{moment, sentence, short_id};
use crate::layer::instruction;
use crate::news::count;
use crate::picture::{Comparison, LayerBox};
use crate::size;

#[component]
pub(crate) fn Details(shown: Shown) -> impl IntoView {
    view! {
        <section class="details" aria-label="Details" aria-live="polite">
            {move || match shown.chosen.get() {
                None => view! {
                    <p class="details__hint">"Choose a layer or a name to see what it is made of."</p>
                }.into_any(),
                Some(Chosen::Layer(key)) => {
                    let layer = shown.picture.with(|picture| picture.layer(key).cloned());
                    layer.map(|layer| of_layer(shown, &layer)).into_any()
                }
                Some(Chosen::Image(id)) => {
                    let image = shown.images.with(|images| images.iter().find(|image| image.id == id).cloned());
                    image.map(|image| of_image(shown, &image)).into_any()
                }
            }}
        </section>
    }
}

fn of_layer(shown: Shown, layer: &LayerBox) -> impl IntoView + use<> {
    let having: Vec<String> = shown
        .picture
        .with(|picture| picture.having(layer).map(str::to_owned).collect());
    let names: Vec<String> = having.iter().map(|id| shown.name(id)).collect();
    // What a layer does is the same in all images that have it.
    let image = having.into_iter().next();
    let below = match layer.depth {
        0 => "nothing: it is the ground".to_owned(),
        below => count(below, "layer"),
    };
    view! {
        <h3 class="details__title"><code>{layer.instruction.clone()}</code></h3>
        <dl class="facts">
            <dt>"Adds"</dt><dd>{size::docker(layer.size)}</dd>
            <dt>"Stands on"</dt><dd>{below}</dd>
            <dt>{format!("In {}", count(layer.span, "image"))}</dt>
            <dd>{names.into_iter().map(|name| view! { <code>{name}</code>" " }).collect_view()}</dd>
            <dt>"Digest"</dt><dd><code title=layer.diff_id.clone()>{short_id(&layer.diff_id)}</code></dd>
        </dl>
        {image.map(|image| view! { <Inside image layer=layer.depth /> })}
    }
}

fn of_image(shown: Shown, image: &ImageView) -> impl IntoView + use<> {
    let names = if image.tags.is_empty() {
        view! { "An image without a name" }.into_any()
    } else {
        let names = image.tags.iter().cloned();
        names
            .map(|tag| view! { <code>{tag}</code>" " })
            .collect_view()
            .into_any()
    };
    // Newest first, as `docker history` has them.
    let history = image.history.iter().rev();
    let lines = history
        .map(|line| {
            let what = if line.diff_id.is_some() {
                size::docker(line.size)
            } else {
                "no layer".to_owned()
            };
            view! {
                <li class="history__line" class:history__line--metadata=line.diff_id.is_none()>
                    <code class="history__instruction">{instruction(&line.created_by)}</code>
                    <span class="history__size">{what}</span>
                </li>
            }
        })
        .collect_view();
    let containers = match image.containers {
        0 => "none".to_owned(),
        containers => containers.to_string(),
    };
    view! {
        <h3 class="details__title">{names}</h3>
        <dl class="facts">
            <dt>"Image ID"</dt><dd><code title=image.id.clone()>{short_id(&image.id)}</code></dd>
            <dt>"Size"</dt><dd>{size::docker(image.size)}</dd>
            <dt>"Made"</dt><dd>{moment(image.created)}</dd>
            <dt>"Containers"</dt><dd>{containers}</dd>
        </dl>
        <Compare shown first=image.id.clone() />
        <h4 class="details__heading">"Its instructions, the newest first"</h4>
        <ol class="history">{lines}</ol>
    }
}

/// Another image to look at beside it, and what the two share.
#[component]
fn Compare(shown: Shown, first: String) -> impl IntoView {
    let choices = {
        let first = first.clone();
        let ids = shown.picture.with_untracked(|picture| {
            let ids = picture.columns.iter().map(|column| column.image.clone());
            ids.filter(|id| *id != first).collect::<Vec<_>>()
        });
        ids.into_iter()
            .map(|id| {
                let name = untrack(|| shown.name(&id));
                let is_chosen = {
                    let id = id.clone();
                    move || shown.other.with(|other| other.as_deref() == Some(&*id))
                };
                view! { <option value=id selected=is_chosen>{name}</option> }
            })
            .collect_view()
    };
    let said = move || {
        let second = shown.other.get()?;
        let compared = shown.picture.with(|picture| picture.compare(&first, &second))?;
        Some(sentence(&beside(
            compared,
            &shown.name(&first),
            &shown.name(&second),
        )))
    };
    view! {
        <div class="compare">
            <label class="compare__label">
                "Beside it"
                <select
                    class="select"
                    on:change:target=move |event| {
                        let id = event.target().value();
                        shown.other.set((!id.is_empty()).then_some(id));
                    }
                >
                    <option value="">"no other image"</option>
                    {choices}
                </select>
            </label>
            <p class="compare__said" role="status">{said}</p>
        </div>
    }
}

fn beside(compared: Comparison, first: &str, second: &str) -> String {
    let Comparison {
        shared,
        first: (own, own_bytes),
        second: (others, others_bytes),
    } = compared;
    let adds = |name: &str, layers: usize, bytes: u64| match layers {
        0 => format!("`{name}` adds nothing"),
        layers => format!(
            "`{name}` adds {} ({})",
            count(layers, "layer"),
            size::docker(bytes)
        ),
    };
    let common = match shared {
        (0, _) => "They share no layer".to_owned(),
        (layers, bytes) => format!("They share {} ({})", count(layers, "layer"), size::docker(bytes)),
    };
    format!(
        "{common}; {}, {}.",
        adds(first, own, own_bytes),
        adds(second, others, others_bytes)
    )
}
