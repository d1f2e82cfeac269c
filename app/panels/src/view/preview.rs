//! The learner's own web servers, in a frame.

use drydock_protocol::workbench::{PreviewPort, PreviewView};
use leptos::html::Iframe;
use leptos::prelude::*;

use super::{Unknown, sentence};
use crate::feed::Feed;

/// What a page in the frame may do. It never takes the place of ours.
const OWN_ORIGIN: &str =
    "allow-scripts allow-forms allow-popups allow-modals allow-downloads allow-same-origin";
const NO_ORIGIN: &str = "allow-scripts allow-forms allow-popups allow-modals allow-downloads";

/// The panel.
#[component]
pub(crate) fn Preview() -> impl IntoView {
    let value = Feed::of_page().preview.value;
    let preview = {
        let value = value.clone();
        Signal::derive(move || value.with(|value| value.here().cloned()))
    };
    let ports = Memo::new(move |_| {
        preview.with(|preview| preview.as_ref().map_or(Vec::new(), |known| known.ports.clone()))
    });
    // The last one that was looked at, even while nothing is published: a server that is made anew comes back to it.
    let chosen = RwSignal::new(None::<PreviewPort>);
    Effect::new(move || {
        ports.with(|ports| {
            let current = chosen.get_untracked();
            let same = current
                .as_ref()
                .and_then(|chosen| ports.iter().find(|port| port.url == chosen.url));
            match (same, &current) {
                (Some(same), Some(known)) if same == known => {}
                (Some(same), _) => chosen.set(Some(same.clone())),
                (None, _) => {
                    if let Some(first) = ports.first() {
                        chosen.set(Some(first.clone()));
                    }
                }
            }
        });
    });
    let is_here = Memo::new(move |_| preview.with(Option::is_some));
    let own_origin = Memo::new(move |_| {
        preview.with(|preview| {
            preview
                .as_ref()
                .is_some_and(|known: &PreviewView| known.own_origin)
        })
    });
    view! {
        <Unknown value />
        <Show when=move || is_here.get() && chosen.with(Option::is_none)>
            <div class="panel__empty">
                <p>"No container has a published port yet."</p>
                <p>{sentence("`docker run -d -p 8080:80 nginx:1.26` publishes port 80 of a container as 8080. What answers there is shown here.")}</p>
            </div>
        </Show>
        <Show when=move || is_here.get() && chosen.with(Option::is_some)>
            <Frame ports chosen own_origin />
        </Show>
    }
}

#[component]
fn Frame(
    ports: Memo<Vec<PreviewPort>>,
    chosen: RwSignal<Option<PreviewPort>>,
    own_origin: Memo<bool>,
) -> impl IntoView {
    let frame = NodeRef::<Iframe>::new();
    let base = Memo::new(move |_| {
        chosen
            .with(|chosen| chosen.as_ref().map(|port| port.url.clone()))
            .unwrap_or_default()
    });
    let number = Memo::new(move |_| chosen.with(|chosen| chosen.as_ref().map_or(0, |port| port.port)));
    let path = RwSignal::new("/".to_owned());
    let address = move || format!("{}{}", base.get(), path.get().trim_start_matches('/'));
    let go = move || {
        if let Some(frame) = frame.get_untracked() {
            frame.set_src(&untrack(address));
        }
    };
    // A server that was made anew is looked at anew.
    let containers = Memo::new(move |_| {
        ports.with(|ports| {
            let of_port = ports.iter().find(|port| port.port == number.get());
            of_port.map(|port| port.container.clone())
        })
    });
    Effect::new(move |before: Option<Option<String>>| {
        let now = containers.get();
        if before.is_some_and(|before| before != now) {
            go();
        }
        now
    });
    let choices = move || {
        ports.with(|ports| {
            let choice = |port: &PreviewPort| {
                let is_chosen = port.port == number.get();
                view! {
                    <option value=port.port.to_string() selected=is_chosen>
                        {format!("{} ({})", port.port, port.container)}
                    </option>
                }
            };
            let mut choices: Vec<_> = ports.iter().map(choice).collect();
            // What is looked at stays in the list when nothing answers there any more.
            if !ports.iter().any(|port| port.port == number.get()) {
                let number = number.get();
                choices.insert(0, view! {
                    <option value=number.to_string() selected=true>{format!("{number} (not published now)")}</option>
                });
            }
            choices
        })
    };
    view! {
        <form
            class="address"
            on:submit=move |event| {
                event.prevent_default();
                go();
            }
        >
            <label class="address__port">
                <span class="unseen">"Port"</span>
                <select
                    class="select"
                    on:change:target=move |event| {
                        let wanted = event.target().value();
                        let port = ports.with_untracked(|ports| ports.iter().find(|port| port.port.to_string() == wanted).cloned());
                        if port.is_some() {
                            path.set("/".to_owned());
                            chosen.set(port);
                        }
                    }
                >
                    {choices}
                </select>
            </label>
            <label class="address__path">
                <span class="unseen">"Path"</span>
                <input
                    class="input input--small"
                    type="text"
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete="off"
                    maxlength="2000"
                    prop:value=move || path.get()
                    on:input:target=move |event| path.set(event.target().value())
                />
            </label>
            <button class="button button--small" type="submit">"Reload"</button>
            <a class="button button--small" target="_blank" rel="noopener noreferrer" href=address>"New tab"</a>
        </form>
        <iframe
            class="preview__frame"
            title=move || format!("Preview of port {}", number.get())
            node_ref=frame
            sandbox=move || if own_origin.get() { OWN_ORIGIN } else { NO_ORIGIN }
            referrerpolicy="no-referrer"
            // The path is taken when it is entered, not while it is typed.
            src=move || format!("{}{}", base.get(), path.get_untracked().trim_start_matches('/'))
        ></iframe>
        <Show when=move || !own_origin.get()>
            <p class="preview__note">
                "This preview has no address of its own here: links in it that begin with a slash, cookies and its own storage do not work."
            </p>
        </Show>
    }
}
