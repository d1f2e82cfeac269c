//! The same facts as in the picture, for those who look less well or read faster.

use drydock_protocol::api::ImageView;
use leptos::prelude::*;

use super::images::{Chosen, Shown};
use super::short_id;
use crate::picture::Picture;
use crate::size;

#[component]
pub(crate) fn Table(shown: Shown) -> impl IntoView {
    let rows = move || {
        shown.picture.with(|picture| {
            shown.images.with(|images| {
                let rows = images.iter().map(|image| row(shown, image, picture));
                rows.collect_view()
            })
        })
    };
    view! {
        <div class="facts-table" tabindex="0" role="group" aria-label="Images as a table">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Names"</th>
                        <th scope="col">"Image ID"</th>
                        <th scope="col" class="number">"Layers"</th>
                        <th scope="col" class="number">"Its own"</th>
                        <th scope="col" class="number">"Size"</th>
                        <th scope="col" class="number">"Containers"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

fn row(shown: Shown, image: &ImageView, picture: &Picture) -> impl IntoView + use<> {
    let layers = picture
        .column(&image.id)
        .map_or(&[][..], |(_, column)| &column.layers);
    let own: u64 = layers
        .iter()
        .filter_map(|key| picture.layer(*key))
        .filter(|layer| layer.span == 1)
        .map(|layer| layer.size)
        .sum();
    let id = image.id.clone();
    let names = if image.tags.is_empty() {
        "no name (dangling)".to_owned()
    } else {
        image.tags.join(", ")
    };
    let is_chosen = {
        let id = id.clone();
        move || {
            shown
                .chosen
                .with(|chosen| *chosen == Some(Chosen::Image(id.clone())))
        }
    };
    view! {
        <tr>
            <th scope="row">
                <button
                    class="facts-table__name"
                    aria-pressed=move || is_chosen().to_string()
                    on:click={
                        let id = id.clone();
                        move |_| {
                            shown.other.set(None);
                            shown.chosen.set(Some(Chosen::Image(id.clone())));
                        }
                    }
                >
                    {names}
                </button>
            </th>
            <td><code>{short_id(&id)}</code></td>
            <td class="number">{layers.len()}</td>
            <td class="number">{size::docker(own)}</td>
            <td class="number">{size::docker(image.size)}</td>
            <td class="number">{image.containers}</td>
        </tr>
    }
}
