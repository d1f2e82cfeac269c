//! What the panels show, asked for when one is opened and again whenever the page hears that it may have changed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use drydock_protocol::api::ImageView;
use drydock_protocol::workbench::{ContainerView, PreviewView};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

use crate::builder::Builder;
use crate::desk::Desk;
use crate::{api, news};

/// Something that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loaded<T> {
    /// Not answered yet.
    Waiting,
    /// This is how it is.
    Here(T),
    /// Why it is not known.
    Failed(String),
}

impl<T> Loaded<T> {
    /// What is known, if anything is.
    pub(crate) fn here(&self) -> Option<&T> {
        match self {
            Self::Here(value) => Some(value),
            Self::Waiting | Self::Failed(_) => None,
        }
    }
}

/// One address of the API, and what it last said. Asked for only while something shows it.
pub(crate) struct Source<T: Send + Sync + 'static> {
    path: &'static str,
    /// What is known.
    pub(crate) value: ArcRwSignal<Loaded<T>>,
    asking: Rc<Cell<Asking>>,
    shown_in: Rc<RefCell<Vec<HtmlElement>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// What is known is true.
    No,
    /// It may have changed while nobody looked.
    WhenShown,
    /// An answer is on its way.
    Now,
    /// An answer is on its way, and is old already.
    NowAndAgain,
}

// Another hold of the same: what is asked for need not be copied for that, as the derived one would have it.
impl<T: Send + Sync + 'static> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self {
            path: self.path,
            value: self.value.clone(),
            asking: Rc::clone(&self.asking),
            shown_in: Rc::clone(&self.shown_in),
        }
    }
}

impl<T: DeserializeOwned + PartialEq + Send + Sync + 'static> Source<T> {
    fn new(path: &'static str) -> Self {
        Self {
            path,
            value: ArcRwSignal::new(Loaded::Waiting),
            asking: Rc::new(Cell::new(Asking::WhenShown)),
            shown_in: Rc::default(),
        }
    }

    /// An element shows it now, and may be hidden later.
    pub(crate) fn shown_in(&self, element: &HtmlElement, took: fn(&Loaded<T>, &Loaded<T>)) {
        if !self.shown_in.borrow().contains(element) {
            self.shown_in.borrow_mut().push(element.clone());
        }
        if self.asking.get() == Asking::WhenShown {
            self.ask(took);
        }
    }

    /// It may have changed.
    fn changed(&self, took: fn(&Loaded<T>, &Loaded<T>)) {
        let is_shown = self
            .shown_in
            .borrow()
            .iter()
            .any(|element| !element.has_attribute("hidden"));
        match self.asking.get() {
            Asking::Now | Asking::NowAndAgain => self.asking.set(Asking::NowAndAgain),
            _ if is_shown => self.ask(took),
            _ => self.asking.set(Asking::WhenShown),
        }
    }

    /// It belonged to a sandbox that is no more.
    fn forget(&self) {
        self.value.set(Loaded::Waiting);
    }

    /// Asks, and asks again for as long as answers are old when they come.
    pub(crate) fn ask(&self, took: fn(&Loaded<T>, &Loaded<T>)) {
        self.asking.set(Asking::Now);
        let source = self.clone();
        spawn_local(async move {
            loop {
                let value = match api::get(source.path).await {
                    Ok(value) => Loaded::Here(value),
                    Err(why) => Loaded::Failed(why),
                };
                if source.value.with_untracked(|known| *known != value) {
                    source.value.with_untracked(|known| took(known, &value));
                    source.value.set(value);
                }
                if source.asking.replace(Asking::Now) != Asking::NowAndAgain {
                    source.asking.set(Asking::No);
                    return;
                }
            }
        });
    }
}

/// Everything that panels show.
#[derive(Clone)]
pub(crate) struct Feed {
    /// The learner's images.
    pub(crate) images: Source<Vec<ImageView>>,
    /// What last changed among them, in a sentence.
    pub(crate) news: ArcRwSignal<Option<String>>,
    /// The learner's containers.
    pub(crate) containers: Source<Vec<ContainerView>>,
    /// The ports that can be looked at.
    pub(crate) preview: Source<PreviewView>,
    sandbox: Rc<RefCell<String>>,
}

thread_local! {
    static FEED: Feed = Feed {
        images: Source::new("/api/v1/sandbox/images"),
        news: ArcRwSignal::new(None),
        containers: Source::new("/api/v1/sandbox/containers"),
        preview: Source::new("/api/v1/sandbox/preview"),
        sandbox: Rc::default(),
    };
}

impl Feed {
    /// The one of this page.
    pub(crate) fn of_page() -> Self {
        FEED.with(Clone::clone)
    }

    /// Asks for all that a panel shows, if it is not known.
    pub(crate) fn shown_in(&self, panel: &str, element: &HtmlElement) {
        match panel {
            "images" => {
                self.images.shown_in(element, images_changed);
                self.containers.shown_in(element, nothing_more);
            }
            "containers" => self.containers.shown_in(element, nothing_more),
            "files" => Desk::of_page().list(String::new()),
            _ => self.preview.shown_in(element, nothing_more),
        }
    }

    /// Asks for everything again: somebody pressed a button.
    pub(crate) fn again(&self) {
        self.images.changed(images_changed);
        self.containers.changed(nothing_more);
        self.preview.changed(nothing_more);
    }

    /// The page has another sandbox, or none.
    fn belongs_to(&self, sandbox: &str) {
        if *self.sandbox.borrow() == sandbox {
            return;
        }
        let had_one = !self.sandbox.replace(sandbox.to_owned()).is_empty();
        if had_one {
            self.images.forget();
            self.containers.forget();
            self.preview.forget();
            self.news.set(None);
            Desk::of_page().forget();
            Builder::of_page().belongs_to(sandbox);
        }
        if !sandbox.is_empty() {
            self.again();
        }
    }
}

/// Says what changed among the images.
fn images_changed(before: &Loaded<Vec<ImageView>>, after: &Loaded<Vec<ImageView>>) {
    if let (Some(before), Some(after)) = (before.here(), after.here())
        && let Some(said) = news::told(before, after)
    {
        FEED.with(|feed| feed.news.set(Some(said)));
    }
}

fn nothing_more<T>(_: &Loaded<T>, _: &Loaded<T>) {}

/// Takes in a frame of the page's events socket. What it does not know it passes over.
pub(crate) fn hear(frame: &str) {
    let Ok(frame) = serde_json::from_str::<serde_json::Value>(frame) else {
        return;
    };
    let feed = Feed::of_page();
    let is = |field: &str| frame[field].as_bool() == Some(true);
    match frame["event"].as_str() {
        Some("engine") => {
            if is("images") {
                feed.images.changed(images_changed);
            }
            if is("containers") {
                feed.containers.changed(nothing_more);
                feed.preview.changed(nothing_more);
            }
        }
        Some("files") => {
            let paths = frame["paths"].as_array().cloned().unwrap_or_default();
            let paths: Vec<String> = paths
                .iter()
                .filter_map(|path| path.as_str().map(str::to_owned))
                .collect();
            Desk::of_page().changed(&paths);
        }
        Some("sandbox") => {
            let sandbox = &frame["sandbox"];
            let is_ready = sandbox["state"].as_str() == Some("ready");
            feed.belongs_to(if is_ready {
                sandbox["id"].as_str().unwrap_or_default()
            } else {
                ""
            });
        }
        _ => {}
    }
}
