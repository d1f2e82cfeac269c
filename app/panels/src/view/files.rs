//! The learner's files: a tree, and an editor with a tab for each open file.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Element, HtmlInputElement};

use super::problems::Problems;
use super::sentence;
use crate::api;
use crate::desk::{Desk, OpenFile, Standing};
use crate::tree::{Row, folder_of, join, rows, stem, wrong_name};
use crate::upload::Incoming;

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
    let dropping = RwSignal::new(None::<String>);
    let over = move |event: DragEvent| {
        if has_files(&event) {
            event.prevent_default();
            dropping.set(Some(folder_at(&event)));
        }
    };
    let left = move |event: DragEvent| {
        // From one part of the panel to another is not out of it.
        let to = event
            .related_target()
            .and_then(|to| to.dyn_into::<Element>().ok());
        if !to.is_some_and(|to| to.closest(".files").is_ok_and(|files| files.is_some())) {
            dropping.set(None);
        }
    };
    let dropped = move |event: DragEvent| {
        let files = event.data_transfer().and_then(|data| data.files());
        if let (Some(files), true) = (files, has_files(&event)) {
            event.prevent_default();
            desk.bring(folder_at(&event), &files);
        }
        dropping.set(None);
    };
    view! {
        <div
            class="files"
            class:files--dropping=move || dropping.with(Option::is_some)
            on:dragover=over
            on:dragleave=left
            on:drop=dropped
        >
            <Tree dropping />
            <div class="files__desk">
                <Tabs />
                <Notices />
                <div class="files__editor" node_ref=host hidden=move || is_empty.get()></div>
                <Problems />
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

/// Whether what is dragged is files: text that is dragged about in the editor is not.
fn has_files(event: &DragEvent) -> bool {
    event
        .data_transfer()
        .is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// The folder that something is dragged over; the learner's home folder, where there is none.
fn folder_at(event: &DragEvent) -> String {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("[data-folder]").ok().flatten())
        .and_then(|row| row.get_attribute("data-folder"))
        .unwrap_or_default()
}

/// A path that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Naming {
    /// The file that is to have it; none means a new one.
    renamed: Option<String>,
    path: String,
    /// What is wrong with it.
    wrong: Option<&'static str>,
}

/// The folders and files, and what can be done with them. `dropping` is the folder that files are being dragged over.
#[component]
fn Tree(dropping: RwSignal<Option<String>>) -> impl IntoView {
    let desk = Desk::of_page();
    let (listings, expanded, shown) = (desk.listings.clone(), desk.expanded.clone(), desk.shown.clone());
    let seen =
        Memo::new(move |_| listings.with(|listings| expanded.with(|expanded| rows(listings, expanded))));
    let naming = RwSignal::new(None::<Naming>);
    // What is made or chosen goes where the file on show is.
    let here = move || shown.with_untracked(|path| path.as_deref().map_or("", folder_of).to_owned());
    let begin = {
        let here = here.clone();
        move |_| {
            let folder = here();
            naming.set(Some(Naming {
                renamed: None,
                wrong: None,
                path: if folder.is_empty() {
                    folder
                } else {
                    join(&folder, "")
                },
            }));
        }
    };
    let is_coming = {
        let incoming = desk.incoming.clone();
        Memo::new(move |_| incoming.with(|incoming| incoming.under_way))
    };
    let old = move || naming.with(|naming| naming.as_ref().and_then(|naming| naming.renamed.clone()));
    let wrong = Memo::new(move |_| naming.with(|naming| naming.as_ref().and_then(|naming| naming.wrong)));
    let label = move || {
        old().map_or_else(
            || "Path of the new file".to_owned(),
            |old| format!("New path of {old}"),
        )
    };
    let field = NodeRef::<leptos::html::Input>::new();
    let subject =
        Memo::new(move |_| naming.with(|naming| naming.as_ref().map(|naming| naming.renamed.clone())));
    Effect::new(move || {
        if let (Some(_), Some(field)) = (subject.get(), field.get()) {
            let path = naming
                .get_untracked()
                .map(|naming| naming.path)
                .unwrap_or_default();
            let (start, end) = stem(&path);
            // Its own effect, that would do so, may come after this one.
            field.set_value(&path);
            // An element that has just gone has nothing to select.
            let _ = field.focus();
            let _ = field.set_selection_range(start, end);
        }
    });
    let chooser = NodeRef::<leptos::html::Input>::new();
    let choose = move |_| {
        if let Some(chooser) = chooser.get() {
            chooser.click();
        }
    };
    let chosen = move |event: leptos::ev::Event| {
        let chooser = event_target::<HtmlInputElement>(&event);
        if let Some(files) = chooser.files() {
            desk.bring(here(), &files);
        }
        // The same file may be chosen again.
        chooser.set_value("");
    };
    view! {
        <section class="tree" aria-label="Your home folder">
            <div class="tree__head">
                <h3 class="tree__title">"Home"</h3>
                <div class="tree__making">
                    <input type="file" multiple hidden node_ref=chooser on:change=chosen />
                    <button
                        class="button button--small"
                        title="Files from your own machine; they can also be dropped here"
                        disabled=move || is_coming.get()
                        on:click=choose
                    >
                        {move || if is_coming.get() { "Uploading…" } else { "Upload" }}
                    </button>
                    <button class="button button--small" on:click=begin>"New file"</button>
                    <a
                        class="button button--small"
                        href="/api/v1/sandbox/archive"
                        download="home.tar.gz"
                        title="Everything in your home folder, as home.tar.gz"
                    >
                        "Download all"
                    </a>
                </div>
            </div>
            <Show when=move || naming.with(Option::is_some)>
                <form
                    class="tree__new"
                    on:submit=move |event| {
                        event.prevent_default();
                        let Some(Naming { renamed, path, .. }) = naming.get_untracked() else {
                            return;
                        };
                        if let Some(wrong) = wrong_name(&path) {
                            naming.set(Some(Naming {
                                renamed,
                                path,
                                wrong: Some(wrong),
                            }));
                            return;
                        }
                        naming.set(None);
                        match renamed {
                            Some(old) => desk.rename(old, path),
                            None => desk.create(path),
                        }
                    }
                >
                    <label>
                        <span class="unseen">{move || label()}</span>
                        <input
                            class="input input--small"
                            type="text"
                            node_ref=field
                            spellcheck="false"
                            autocapitalize="none"
                            autocomplete="off"
                            placeholder="app/Dockerfile"
                            prop:value=move || naming.get().map(|naming| naming.path).unwrap_or_default()
                            on:input:target=move |event| {
                                naming.update(|naming| {
                                    if let Some(naming) = naming {
                                        naming.path = event.target().value();
                                    }
                                });
                            }
                            on:keydown=move |event| {
                                if event.key() == "Escape" {
                                    naming.set(None);
                                }
                            }
                        />
                    </label>
                    <button class="button button--small button--main" type="submit">
                        {move || if old().is_some() { "Rename" } else { "Make it" }}
                    </button>
                    <p class="tree__wrong" role="alert">{move || wrong.get().map(sentence)}</p>
                </form>
            </Show>
            <ul class="tree__rows">
                <For each=move || seen.get() key=Clone::clone let(row)>
                    <Entry row dropping naming />
                </For>
            </ul>
            <p class="tree__drop" hidden=move || dropping.with(Option::is_none)>
                {move || dropping.get().map(|folder| sentence(&into(&folder)))}
            </p>
        </section>
    }
}

fn into(folder: &str) -> String {
    if folder.is_empty() {
        "Drop to upload into your home folder.".to_owned()
    } else {
        format!("Drop to upload into `{folder}`.")
    }
}

#[component]
fn Entry(row: Row, dropping: RwSignal<Option<String>>, naming: RwSignal<Option<Naming>>) -> impl IntoView {
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
        let is_target = {
            let path = path.clone();
            move || dropping.with(|folder| folder.as_ref() == Some(&path))
        };
        let target = path.clone();
        return view! {
            <li class="tree__row" class:tree__row--target=is_target data-folder=target>
                <button
                    class="tree__name tree__name--folder disclosure"
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
    let begin = {
        let path = path.clone();
        move |_| {
            naming.set(Some(Naming {
                renamed: Some(path.clone()),
                wrong: None,
                path: path.clone(),
            }));
        }
    };
    view! {
        <li class="tree__row" data-folder=folder_of(&path).to_owned()>
            <button
                class="tree__name"
                style:padding-inline-start=indent
                aria-current=move || is_shown().then_some("true")
                on:click=move |_| desk.open(open.clone())
            >
                {name.clone()}
            </button>
            <span class="tree__acts">
                <button
                    class="tree__act"
                    title=format!("Rename {name}")
                    aria-label=format!("Rename {name}")
                    on:click=begin
                >
                    "✎"
                </button>
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
    let (deleted, trouble, incoming) = (desk.deleted.clone(), desk.trouble.clone(), desk.incoming.clone());
    let dismiss = desk.trouble.clone();
    view! {
        <div class="files__notices" role="status">
            {move || current.get().and_then(of_file)}
            {move || incoming.with(of_incoming)}
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

/// What would replace something.
fn of_incoming(incoming: &Incoming) -> Vec<AnyView> {
    let desk = Desk::of_page();
    let held = incoming.held.iter().map(|held| {
        let (yes, no) = (held.path.clone(), held.path.clone());
        view! {
            <p class="notice notice--warn">
                <span>{sentence(&format!("There is a `{}` already.", held.path))}</span>
                <button class="button button--small" on:click=move |_| desk.decide(&yes, true)>"Replace it"</button>
                <button class="button button--small" on:click=move |_| desk.decide(&no, false)>"Leave it"</button>
            </p>
        }
        .into_any()
    });
    held.collect()
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
