//! The learner's files: a tree, and an editor with a tab for each open file.

use leptos::prelude::*;

use super::sentence;
use crate::api;
use crate::desk::{Desk, OpenFile, Standing};
use crate::tree::{Row, folder_of, join, rows, wrong_name};

/// The panel.
#[component]
pub(crate) fn Files() -> impl IntoView {
    let desk = Desk::of_page();
    let host = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if let Some(host) = host.get() {
            desk.mount(host.into());
        }
    });
    let is_empty = {
        let shown = desk.shown.clone();
        Memo::new(move |_| shown.with(Option::is_none))
    };
    view! {
        <div class="files">
            <Tree />
            <div class="files__desk">
                <Tabs />
                <Notices />
                <div class="files__editor" node_ref=host hidden=move || is_empty.get()></div>
                <Show when=move || is_empty.get()>
                    <div class="panel__empty">
                        <p>"No file is open."</p>
                        <p>{sentence("Choose one on the left. What you write is saved by itself a moment after the last key, or at once with `Ctrl S`; `Tab` moves on.")}</p>
                    </div>
                </Show>
            </div>
        </div>
    }
}

/// The folders and files, and what can be done with them.
#[component]
fn Tree() -> impl IntoView {
    let desk = Desk::of_page();
    let (listings, expanded, shown) = (desk.listings.clone(), desk.expanded.clone(), desk.shown.clone());
    let seen =
        Memo::new(move |_| listings.with(|listings| expanded.with(|expanded| rows(listings, expanded))));
    let naming = RwSignal::new(None::<String>);
    let wrong = RwSignal::new(None::<&'static str>);
    let begin = {
        let shown = shown.clone();
        move |_| {
            let folder = shown.with_untracked(|path| path.as_deref().map_or("", folder_of).to_owned());
            wrong.set(None);
            naming.set(Some(if folder.is_empty() {
                folder
            } else {
                join(&folder, "")
            }));
        }
    };
    view! {
        <section class="tree" aria-label="Your home folder">
            <div class="tree__head">
                <h3 class="tree__title">"Home"</h3>
                <button class="button button--small" on:click=begin>"New file"</button>
            </div>
            <Show when=move || naming.with(Option::is_some)>
                <form
                    class="tree__new"
                    on:submit=move |event| {
                        event.prevent_default();
                        let path = naming.get_untracked().unwrap_or_default();
                        wrong.set(wrong_name(&path));
                        if wrong.get_untracked().is_none() {
                            naming.set(None);
                            desk.create(path);
                        }
                    }
                >
                    <label>
                        <span class="unseen">"Path of the new file"</span>
                        <input
                            class="input input--small"
                            type="text"
                            autofocus
                            spellcheck="false"
                            autocapitalize="none"
                            autocomplete="off"
                            placeholder="app/Dockerfile"
                            prop:value=move || naming.get().unwrap_or_default()
                            on:input:target=move |event| naming.set(Some(event.target().value()))
                            on:keydown=move |event| {
                                if event.key() == "Escape" {
                                    naming.set(None);
                                }
                            }
                        />
                    </label>
                    <button class="button button--small button--main" type="submit">"Make it"</button>
                    <p class="tree__wrong" role="alert">{move || wrong.get().map(sentence)}</p>
                </form>
            </Show>
            <ul class="tree__rows">
                <For each=move || seen.get() key=Clone::clone let(row)>
                    <Entry row />
                </For>
            </ul>
        </section>
    }
}

#[component]
fn Entry(row: Row) -> impl IntoView {
    let desk = Desk::of_page();
    let Row {
        path,
        name,
        is_folder,
        depth,
    } = row;
    // A folder's arrow takes as much.
    let indent = format!("{}px", 8 + 14 * depth + if is_folder { 0 } else { 15 });
    if is_folder {
        let is_open = {
            let (path, expanded) = (path.clone(), desk.expanded.clone());
            move || expanded.with(|expanded| expanded.contains(&path))
        };
        return view! {
            <li class="tree__row">
                <button
                    class="tree__name tree__name--folder"
                    style:padding-inline-start=indent
                    aria-expanded=move || is_open().to_string()
                    on:click=move |_| desk.toggle(&path)
                >
                    {name}
                </button>
            </li>
        }
        .into_any();
    }
    let is_shown = {
        let (path, shown) = (path.clone(), desk.shown.clone());
        move || shown.with(|shown| shown.as_ref() == Some(&path))
    };
    let (open, delete) = (path.clone(), path.clone());
    view! {
        <li class="tree__row">
            <button
                class="tree__name"
                style:padding-inline-start=indent
                aria-current=move || is_shown().then_some("true")
                on:click=move |_| desk.open(open.clone())
            >
                {name.clone()}
            </button>
            <span class="tree__acts">
                <a
                    class="tree__act"
                    href=api::file(&path)
                    download=name.clone()
                    title=format!("Download {name}")
                    aria-label=format!("Download {name}")
                >
                    "↓"
                </a>
                <button
                    class="tree__act"
                    title=format!("Delete {name}")
                    aria-label=format!("Delete {name}")
                    on:click=move |_| desk.delete(delete.clone())
                >
                    "×"
                </button>
            </span>
        </li>
    }
    .into_any()
}

/// A tab for each open file.
#[component]
fn Tabs() -> impl IntoView {
    let desk = Desk::of_page();
    let files = desk.files.clone();
    let names = Memo::new(move |_| {
        files.with(|files| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>())
    });
    view! {
        <ul class="files__tabs" aria-label="Open files" hidden=move || names.with(Vec::is_empty)>
            <For each=move || names.get() key=Clone::clone let(path)>
                <Tab path />
            </For>
        </ul>
    }
}

#[component]
fn Tab(path: String) -> impl IntoView {
    let desk = Desk::of_page();
    let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let is_shown = {
        let (path, shown) = (path.clone(), desk.shown.clone());
        move || shown.with(|shown| shown.as_ref() == Some(&path))
    };
    let said = {
        let (path, files) = (path.clone(), desk.files.clone());
        Memo::new(move |_| {
            files.with(|files| {
                let file = files.iter().find(|file| file.path == path);
                file.map_or("", |file| in_words(&file.standing))
            })
        })
    };
    let is_current = is_shown.clone();
    let (open, close, title) = (path.clone(), path.clone(), path);
    view! {
        <li class="tab" class:tab--selected=is_shown>
            <button
                class="tab__name"
                title=title
                aria-current=move || is_current().then_some("true")
                on:click=move |_| desk.open(open.clone())
            >
                {name.clone()}
                <span class="files__standing">{move || said.get()}</span>
            </button>
            <button
                class="tab__close"
                title=format!("Close {name}")
                aria-label=format!("Close {name}")
                on:click=move |_| desk.close(close.clone())
            >
                "×"
            </button>
        </li>
    }
}

fn in_words(standing: &Standing) -> &'static str {
    match standing {
        Standing::Saved => "",
        Standing::Changed => "not saved",
        Standing::Saving => "saving",
        Standing::Failed(_) => "could not be saved",
        Standing::Conflict(_) => "changed elsewhere",
        Standing::Gone => "deleted elsewhere",
    }
}

/// What the reader has to decide or to know.
#[component]
fn Notices() -> impl IntoView {
    let desk = Desk::of_page();
    let (files, shown) = (desk.files.clone(), desk.shown.clone());
    let current = Memo::new(move |_| {
        let path = shown.get()?;
        files.with(|files| files.iter().find(|file| file.path == path).cloned())
    });
    let (deleted, trouble) = (desk.deleted.clone(), desk.trouble.clone());
    let dismiss = desk.trouble.clone();
    view! {
        <div class="files__notices" role="status">
            {move || current.get().and_then(of_file)}
            {move || deleted.with(|deleted| deleted.as_ref().map(|deleted| view! {
                <p class="notice">
                    <span>{sentence(&format!("`{}` is deleted.", deleted.path))}</span>
                    <button class="button button--small" on:click=move |_| desk.undo()>"Undo"</button>
                </p>
            }))}
            {move || {
                let dismiss = dismiss.clone();
                trouble.get().map(|said| view! {
                    <p class="notice notice--bad">
                        <span>{sentence(&said)}</span>
                        <button class="button button--small" on:click=move |_| dismiss.set(None)>"Dismiss"</button>
                    </p>
                })
            }}
        </div>
    }
}

fn of_file(file: OpenFile) -> Option<AnyView> {
    let desk = Desk::of_page();
    let (mine, theirs) = (file.path.clone(), file.path.clone());
    match file.standing {
        Standing::Conflict(_) => Some(view! {
            <p class="notice notice--warn">
                <span>{sentence(&format!("`{}` was changed in the sandbox while you changed it here. Nothing is lost yet.", file.path))}</span>
                <button class="button button--small" on:click=move |_| desk.settle(mine.clone(), true)>"Keep mine"</button>
                <button class="button button--small" on:click=move |_| desk.settle(theirs.clone(), false)>"Take theirs"</button>
            </p>
        }.into_any()),
        Standing::Gone => Some(view! {
            <p class="notice notice--warn">
                <span>{sentence(&format!("`{}` is not in the sandbox any more.", file.path))}</span>
                <button class="button button--small" on:click=move |_| desk.settle(mine.clone(), true)>"Save it again"</button>
            </p>
        }.into_any()),
        Standing::Failed(why) => Some(view! {
            <p class="notice notice--bad">
                <span>{sentence(&format!("`{}` could not be saved. {why}", file.path))}</span>
                <button class="button button--small" on:click=move |_| desk.save_shown()>"Try again"</button>
            </p>
        }.into_any()),
        Standing::Saved | Standing::Changed | Standing::Saving => None,
    }
}
