//! The learner's containers, above the image that each was made of.

use drydock_protocol::workbench::{ContainerView, MountView, PortView};
use leptos::prelude::*;

use super::{Unknown, sentence, short_id};
use crate::feed::Feed;
use crate::log::Log;
use crate::news::count;
use crate::state;

/// The panel.
#[component]
pub(crate) fn Containers() -> impl IntoView {
    let value = Feed::of_page().containers.value;
    let containers = {
        let value = value.clone();
        Signal::derive(move || value.with(|value| value.here().cloned().unwrap_or_default()))
    };
    let is_here = {
        let value = value.clone();
        Memo::new(move |_| value.with(|value| value.here().is_some()))
    };
    // Images in the order of their newest container.
    let images = Memo::new(move |_| {
        containers.with(|containers| {
            let mut images: Vec<(String, String)> = Vec::new();
            for container in containers {
                if !images.iter().any(|(id, _)| *id == container.image_id) {
                    images.push((container.image_id.clone(), container.image.clone()));
                }
            }
            images
        })
    });
    let sum = move || {
        containers.with(|containers| {
            let running = containers
                .iter()
                .filter(|container| container.state == "running")
                .count();
            format!("{}, {running} running.", count(containers.len(), "container"))
        })
    };
    view! {
        <div class="panel__head">
            <p class="panel__said" role="status">{sum}</p>
        </div>
        <Unknown value />
        <Show when=move || is_here.get() && containers.with(Vec::is_empty)>
            <div class="panel__empty">
                <p>"There is no container in your engine yet."</p>
                <p>{sentence("`docker run` makes one and starts it. It appears here as it does.")}</p>
            </div>
        </Show>
        <div class="panel__body">
            <For each=move || images.get() key=Clone::clone let((image_id, image))>
                <section class="group">
                    <h3 class="group__title"><code>{image}</code></h3>
                    <ul class="group__list">
                        <For
                            each={
                                let image_id = image_id.clone();
                                move || containers.with(|containers| {
                                    let of_image = containers.iter().filter(|container| container.image_id == image_id);
                                    of_image.map(|container| container.id.clone()).collect::<Vec<_>>()
                                })
                            }
                            key=Clone::clone
                            let(id)
                        >
                            <Container id containers />
                        </For>
                    </ul>
                </section>
            </For>
        </div>
    }
}

#[component]
fn Container(id: String, containers: Signal<Vec<ContainerView>>) -> impl IntoView {
    let container = {
        let id = id.clone();
        Memo::new(move |last: Option<&Option<ContainerView>>| {
            let found = containers.with(|all| all.iter().find(|container| container.id == id).cloned());
            found.or_else(|| last.cloned().flatten())
        })
    };
    let of = move |what: fn(&ContainerView) -> String| {
        move || {
            container
                .with(|container| container.as_ref().map(what))
                .unwrap_or_default()
        }
    };
    let is_open = RwSignal::new(false);
    let log_id = format!("log-{}", short_id(&id));
    view! {
        <li class="container">
            <div class="container__head">
                <span class=of(|container| format!("dot dot--{}", state::class(&container.state)))></span>
                <h4 class="container__name">{of(|container| container.name.clone())}</h4>
                <span class="container__status">{of(|container| state::told(&container.state, &container.status))}</span>
                <button
                    class="button button--small"
                    aria-expanded=move || is_open.get().to_string()
                    aria-controls=log_id.clone()
                    on:click=move |_| is_open.update(|open| *open = !*open)
                >
                    {move || if is_open.get() { "Hide log" } else { "Log" }}
                </button>
            </div>
            <dl class="facts">
                <dt>"Container ID"</dt><dd><code>{short_id(&id)}</code></dd>
                <dt>"Runs"</dt><dd><code>{of(|container| container.command.clone())}</code></dd>
                {move || container.get().map(|container| view! {
                    <dt>"Ports"</dt><dd>{ports(&container.ports)}</dd>
                    <dt>"Networks"</dt><dd>{listed(container.networks)}</dd>
                    <dt>"Mounts"</dt><dd>{listed(container.mounts.iter().map(mount).collect())}</dd>
                })}
            </dl>
            <div id=log_id>
                <Show when=move || is_open.get()>
                    <Tail id=id.clone() />
                </Show>
            </div>
        </li>
    }
}

/// What it prints, as it does.
#[component]
fn Tail(id: String) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let ended = RwSignal::new(None::<&'static str>);
    // It lives for as long as this part of the page, and is no value for other threads.
    let log = StoredValue::new_local(Log::open(&id, text, ended));
    on_cleanup(move || log.dispose());
    let pre = NodeRef::<leptos::html::Pre>::new();
    // The newest line is the one that is looked for.
    Effect::new(move || {
        text.track();
        if let Some(pre) = pre.get() {
            pre.set_scroll_top(pre.scroll_height());
        }
    });
    view! {
        <pre class="log" tabindex="0" aria-label="Log" node_ref=pre>
            {move || text.get()}
        </pre>
        <p class="log__said" role="status">
            {move || match (ended.get(), text.with(String::is_empty)) {
                (Some(said), true) => format!("It has printed nothing. {said}"),
                (Some(said), false) => said.to_owned(),
                (None, true) => "It has printed nothing yet.".to_owned(),
                (None, false) => String::new(),
            }}
        </p>
    }
}

fn ports(ports: &[PortView]) -> AnyView {
    if ports.is_empty() {
        return view! { <span class="facts__none">"none"</span> }.into_any();
    }
    let one = |port: &PortView| {
        let inside = format!("{}/{}", port.container, port.protocol);
        match port.published {
            Some(published) => view! { <span class="port"><b>{published}</b>" → "{inside}</span> }.into_any(),
            None => view! { <span class="port port--closed">{inside}" (not published)"</span> }.into_any(),
        }
    };
    ports.iter().map(one).collect_view().into_any()
}

fn listed(names: Vec<String>) -> AnyView {
    if names.is_empty() {
        return view! { <span class="facts__none">"none"</span> }.into_any();
    }
    names
        .into_iter()
        .map(|name| view! { <code>{name}</code>" " })
        .collect_view()
        .into_any()
}

fn mount(mount: &MountView) -> String {
    let read_only = if mount.writable { "" } else { " (read-only)" };
    format!("{} at {}{read_only}", mount.source, mount.target)
}
