//! The learner's files: which folders and files are open, and how each file stands to what is on the disk.
//!
//! Nothing is overwritten that was not seen: before a file is saved, it is read again, and if it is neither what it was nor what it
//! is to be, its reader is asked.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use drydock_protocol::api::FileEntry;
use drydock_protocol::workbench::DockerfileProblem;
use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlElement;

use crate::api::{self, Failure, Found};
use crate::editor::{self, is_dockerfile, text, with_editor};
use crate::tree::{folder_of, is_among, join, touches};
use crate::upload::Incoming;

/// The largest file that is opened, in bytes.
const OPENED_MAX: usize = 1024 * 1024;
/// So long after the last key, a file is saved by itself.
const PAUSE: Duration = Duration::from_secs(1);
/// So long after the last key, a Dockerfile is looked through.
const LOOK_THROUGH: Duration = Duration::from_millis(300);

/// How an open file stands to the one on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They are the same.
    Saved,
    /// The reader has changed it.
    Changed,
    /// It is on its way.
    Saving,
    /// It could not be saved, and why.
    Failed(String),
    /// Both have been changed; what is on the disk.
    Conflict(String),
    /// There is none on the disk any more.
    Gone,
}

/// A file that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenFile {
    /// Relative to the workspace.
    pub(crate) path: String,
    /// What was last seen on the disk.
    pub(crate) base: String,
    /// How it stands to that.
    pub(crate) standing: Standing,
}

/// A file that was deleted, as long as that can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deleted {
    /// Where it was.
    pub(crate) path: String,
    bytes: Vec<u8>,
}

/// The learner's files, as the panel shows them.
pub(crate) struct Desk {
    /// What is in the folders that were asked for.
    pub(crate) listings: ArcRwSignal<BTreeMap<String, Vec<FileEntry>>>,
    /// Folders that are open.
    pub(crate) expanded: ArcRwSignal<BTreeSet<String>>,
    /// Files that are open, in the order of their tabs.
    pub(crate) files: ArcRwSignal<Vec<OpenFile>>,
    /// The one on show.
    pub(crate) shown: ArcRwSignal<Option<String>>,
    /// The file that was deleted last.
    pub(crate) deleted: ArcRwSignal<Option<Deleted>>,
    /// What comes from the learner's own machine.
    pub(crate) incoming: ArcRwSignal<Incoming>,
    /// What is wrong in the file on show, or may be.
    pub(crate) problems: ArcRwSignal<Vec<DockerfileProblem>>,
    /// What went wrong last.
    pub(crate) trouble: ArcRwSignal<Option<String>>,
}

thread_local! {
    static DESK: &'static Desk = Box::leak(Box::new(Desk::new()));
    /// Counts changes, so that only the last one's pause saves.
    static CHANGES: Cell<u32> = const { Cell::new(0) };
    /// The line of a file that is to be gone to once it is on show.
    static LINE: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

impl Desk {
    fn new() -> Self {
        Self {
            listings: ArcRwSignal::new(BTreeMap::new()),
            expanded: ArcRwSignal::new(BTreeSet::new()),
            files: ArcRwSignal::new(Vec::new()),
            shown: ArcRwSignal::new(None),
            deleted: ArcRwSignal::new(None),
            incoming: ArcRwSignal::new(Incoming::default()),
            problems: ArcRwSignal::new(Vec::new()),
            trouble: ArcRwSignal::new(None),
        }
    }

    /// The one of this page. It is never dropped.
    pub(crate) fn of_page() -> &'static Self {
        DESK.with(|desk| *desk)
    }

    /// Whether anything was ever shown.
    fn is_open(&self) -> bool {
        self.listings.with_untracked(|listings| !listings.is_empty())
    }

    /// Another sandbox has other files.
    pub(crate) fn forget(&'static self) {
        let was_open = self.is_open();
        self.files.set(Vec::new());
        self.shown.set(None);
        self.deleted.set(None);
        self.incoming.set(Incoming::default());
        self.expanded.set(BTreeSet::new());
        self.listings.set(BTreeMap::new());
        if was_open {
            self.list(String::new());
        }
    }

    /// Reads what is in a folder.
    pub(crate) fn list(&'static self, folder: String) {
        spawn_local(async move {
            match api::read(&folder).await {
                Ok(Found::Folder(listing)) => {
                    self.listings.update(|listings| {
                        listings.insert(folder, listing.entries);
                    });
                }
                Ok(Found::File(_)) => {}
                // It has gone; what it was in is told of as well.
                Err(failure) if failure.status == 404 && !folder.is_empty() => {
                    self.listings.update(|listings| {
                        listings.remove(&folder);
                    });
                }
                Err(failure) => self.trouble.set(Some(failure.said)),
            }
        });
    }

    /// Opens a folder up, or closes it.
    pub(crate) fn toggle(&'static self, folder: &str) {
        let mut opened = false;
        self.expanded.update(|expanded| {
            opened = !expanded.remove(folder) && expanded.insert(folder.to_owned());
        });
        if opened {
            self.list(folder.to_owned());
        }
    }

    /// These files have changed on the disk; none named means that any may have.
    pub(crate) fn changed(&'static self, paths: &[String]) {
        if !self.is_open() {
            return;
        }
        let known: Vec<String> = self
            .listings
            .with_untracked(|listings| listings.keys().cloned().collect());
        for folder in known {
            if touches(paths, &folder) {
                self.list(folder);
            }
        }
        for file in self.files.get_untracked() {
            if is_among(paths, &file.path) {
                spawn_local(self.look_again(file.path));
            }
        }
    }

    /// Compares an open file with the one on the disk.
    async fn look_again(&'static self, path: String) {
        let theirs = match text_of(&path).await {
            Ok(text) => text,
            Err(Unread::Gone) => return self.stands(&path, Standing::Gone),
            Err(Unread::Other(_)) => return,
        };
        let Some(file) = self.file(&path) else { return };
        if theirs == file.base {
            return;
        }
        let mine = text(&path);
        if matches!(file.standing, Standing::Saved) || mine.as_ref() == Some(&theirs) {
            self.take(&path, &theirs);
        } else if file.standing != Standing::Saving {
            self.stands(&path, Standing::Conflict(theirs));
        }
    }

    /// Has the editor show what is on the disk.
    fn take(&self, path: &str, theirs: &str) {
        if text(path).as_deref() != Some(theirs) {
            with_editor(|editor| editor.replace(path, theirs));
            Self::of_page().look_through();
        }
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| file.path == path) {
                theirs.clone_into(&mut file.base);
                file.standing = Standing::Saved;
            }
        });
    }

    /// Opens a file at a line, counted from 1.
    pub(crate) fn open_at(&'static self, path: String, line: u32) {
        LINE.replace(Some((path.clone(), line)));
        self.reveal(&path);
        self.open(path);
    }

    /// Opens a file, or shows it if it is open.
    pub(crate) fn open(&'static self, path: String) {
        self.save_shown();
        if self.file(&path).is_some() {
            self.show(&path);
            return;
        }
        spawn_local(async move {
            match text_of(&path).await {
                Ok(text) => {
                    self.trouble.set(None);
                    self.files.update(|files| {
                        files.push(OpenFile {
                            path: path.clone(),
                            base: text,
                            standing: Standing::Saved,
                        });
                    });
                    self.show(&path);
                }
                Err(Unread::Gone) => self
                    .trouble
                    .set(Some(format!("There is no `{path}` in your home folder now."))),
                Err(Unread::Other(why)) => self.trouble.set(Some(why)),
            }
        });
    }

    fn show(&'static self, path: &str) {
        self.shown.set(Some(path.to_owned()));
        self.draw();
    }

    /// Has the editor show the file that is to be on show.
    fn draw(&'static self) {
        let shown = self.shown.get_untracked().and_then(|path| self.file(&path));
        if let Some(file) = shown {
            with_editor(|editor| editor.show(&file.path, &file.base));
            spawn_local(async move {
                // Until it is seen, it cannot have the focus.
                tick().await;
                with_editor(|editor| {
                    let line = LINE.with_borrow_mut(|line| line.take_if(|(path, _)| *path == file.path));
                    match line {
                        Some((_, line)) => editor.go(line),
                        None => editor.focus(),
                    }
                });
            });
        }
        self.look_through();
    }

    /// Has the file on show looked through, if it is a Dockerfile, and marks what is wrong in it.
    fn look_through(&'static self) {
        let shown = self.shown.get_untracked().filter(|path| is_dockerfile(path));
        let Some((path, looked_at)) = shown.and_then(|path| Some((path.clone(), text(&path)?))) else {
            self.problems.set(Vec::new());
            return;
        };
        spawn_local(async move {
            // Where nobody answers, nothing is marked: whatever else is asked for says so.
            let found = api::problems(&looked_at).await.unwrap_or_default();
            // What was typed meanwhile is looked through in its turn.
            if text(&path).as_ref() == Some(&looked_at) && self.shown.get_untracked().as_ref() == Some(&path)
            {
                let list = serde_json::to_string(&found).unwrap_or_default();
                with_editor(|editor| editor.mark(&path, &list));
                self.problems.set(found);
            }
        });
    }

    /// Closes a file. What was changed in it is saved first; if that cannot be, it stays open.
    pub(crate) fn close(&'static self, path: String) {
        spawn_local(async move {
            self.save(&path).await;
            let is_clean = self
                .file(&path)
                .is_none_or(|file| matches!(file.standing, Standing::Saved | Standing::Gone));
            if !is_clean {
                self.show(&path);
                return;
            }
            let mut next = None;
            self.files.update(|files| {
                if let Some(at) = files.iter().position(|file| file.path == path) {
                    files.remove(at);
                    let beside = at.min(files.len().saturating_sub(1));
                    next = files.get(beside).map(|file| file.path.clone());
                }
            });
            with_editor(|editor| editor.close(&path));
            if self.shown.with_untracked(|shown| shown.as_ref() == Some(&path)) {
                self.shown.set(next);
                self.draw();
            }
        });
    }

    /// The file on show was changed by its reader.
    fn edited(&'static self) {
        let Some(path) = self.shown.get_untracked() else {
            return;
        };
        let Some(file) = self.file(&path) else { return };
        if !matches!(file.standing, Standing::Conflict(_)) {
            self.stands(&path, Standing::Changed);
        }
        let change = CHANGES.get().wrapping_add(1);
        CHANGES.set(change);
        let when_quiet = move |act: Box<dyn FnOnce()>| {
            move || {
                if CHANGES.get() == change {
                    act();
                }
            }
        };
        set_timeout(when_quiet(Box::new(move || self.look_through())), LOOK_THROUGH);
        let save = move || spawn_local(async move { self.save(&path).await });
        set_timeout(when_quiet(Box::new(save)), PAUSE);
    }

    /// Saves the file on show now.
    pub(crate) fn save_shown(&'static self) {
        if let Some(path) = self.shown.get_untracked() {
            spawn_local(async move { self.save(&path).await });
        }
    }

    async fn save(&'static self, path: &str) {
        let (Some(file), Some(mine)) = (self.file(path), text(path)) else {
            return;
        };
        // Asked, or under way, or nothing to do.
        if !matches!(file.standing, Standing::Changed | Standing::Failed(_)) {
            return;
        }
        self.stands(path, Standing::Saving);
        match text_of(path).await {
            Ok(theirs) if theirs != file.base && theirs != mine => {
                return self.stands(path, Standing::Conflict(theirs));
            }
            Err(Unread::Other(why)) => return self.stands(path, Standing::Failed(why)),
            Ok(_) | Err(Unread::Gone) => {}
        }
        self.put(path, mine).await;
    }

    async fn put(&'static self, path: &str, mine: String) {
        let standing = match api::write(path, mine.as_bytes()).await {
            // What was typed meanwhile is not saved yet.
            Ok(()) if text(path).is_some_and(|now| now != mine) => Standing::Changed,
            Ok(()) => Standing::Saved,
            Err(failure) => Standing::Failed(failure.said),
        };
        let again = standing == Standing::Changed;
        let is_written = again || standing == Standing::Saved;
        self.files.update(|files| {
            for file in files.iter_mut().filter(|file| file.path == path) {
                if is_written {
                    file.base.clone_from(&mine);
                }
                file.standing = standing.clone();
            }
        });
        if again {
            self.edited();
        }
    }

    /// Ends a conflict: with what the reader has, or with what is on the disk.
    pub(crate) fn settle(&'static self, path: String, keep_mine: bool) {
        let Some(file) = self.file(&path) else { return };
        match (file.standing, keep_mine) {
            (Standing::Conflict(_) | Standing::Gone, true) => {
                let Some(mine) = text(&path) else { return };
                self.stands(&path, Standing::Saving);
                spawn_local(async move { self.put(&path, mine).await });
            }
            (Standing::Conflict(theirs), false) => self.take(&path, &theirs),
            _ => {}
        }
    }

    /// Makes an empty file, and opens it.
    pub(crate) fn create(&'static self, path: String) {
        spawn_local(async move {
            match exists(&path).await {
                // What is there is not written over.
                Ok(true) => {}
                Ok(false) => {
                    if let Err(failure) = api::write(&path, b"").await {
                        return self.trouble.set(Some(failure.said));
                    }
                }
                Err(failure) => return self.trouble.set(Some(failure.said)),
            }
            self.reveal(&path);
            self.open(path);
        });
    }

    /// Opens the folders up that a file is in, and reads again what they hold.
    fn reveal(&'static self, path: &str) {
        self.expanded.update(|expanded| {
            let mut folder = folder_of(path);
            while !folder.is_empty() {
                expanded.insert(folder.to_owned());
                folder = folder_of(folder);
            }
        });
        let folders = self.expanded.get_untracked();
        self.list(String::new());
        for folder in folders {
            self.list(folder);
        }
    }

    /// Gives a file another path, and has it open as it was. What was changed in it is saved first.
    pub(crate) fn rename(&'static self, path: String, to: String) {
        if path == to {
            return;
        }
        spawn_local(async move {
            self.save(&path).await;
            let open = self.file(&path);
            if open.as_ref().is_some_and(|file| file.standing != Standing::Saved) {
                // Its tab says why.
                return self.show(&path);
            }
            if let Err(failure) = api::rename(&path, &to).await {
                return self.trouble.set(Some(failure.said));
            }
            self.trouble.set(None);
            self.reveal(&to);
            if open.is_some() {
                self.close(path);
                self.open(to);
            }
        });
    }

    /// Deletes a file. For as long as nothing else is deleted, that can be undone.
    pub(crate) fn delete(&'static self, path: String) {
        spawn_local(async move {
            let bytes = match api::read(&path).await {
                Ok(Found::File(bytes)) => bytes,
                Ok(Found::Folder(_)) => return,
                Err(failure) => return self.trouble.set(Some(failure.said)),
            };
            if let Err(failure) = api::remove(&path).await {
                return self.trouble.set(Some(failure.said));
            }
            self.trouble.set(None);
            // Nothing is to bring it back but its reader.
            self.stands(&path, Standing::Saved);
            self.close(path.clone());
            self.deleted.set(Some(Deleted { path, bytes }));
        });
    }

    /// Brings back what was deleted last.
    pub(crate) fn undo(&'static self) {
        let Some(Deleted { path, bytes }) = self.deleted.get_untracked() else {
            return;
        };
        spawn_local(async move {
            match api::write(&path, &bytes).await {
                Ok(()) => {
                    self.deleted.set(None);
                    self.list(folder_of(&path).to_owned());
                }
                Err(failure) => self.trouble.set(Some(failure.said)),
            }
        });
    }

    fn file(&self, path: &str) -> Option<OpenFile> {
        self.files
            .with_untracked(|files| files.iter().find(|file| file.path == path).cloned())
    }

    fn stands(&self, path: &str, standing: Standing) {
        // Said again with each key, it would have every tab drawn again.
        self.files.maybe_update(|files| {
            let file = files
                .iter_mut()
                .find(|file| file.path == path && file.standing != standing);
            let is_new = file.is_some();
            if let Some(file) = file {
                file.standing = standing;
            }
            is_new
        });
    }

    /// Loads the editor into an element.
    pub(crate) fn mount(&'static self, host: HtmlElement) {
        spawn_local(async move {
            let changed = move || self.edited();
            let save = move || self.save_shown();
            match editor::mount(&host, changed, save).await {
                Ok(()) => self.draw(),
                Err(_) => self.trouble.set(Some(
                    "The editor could not be loaded. Reload the page; your files stay as they are."
                        .to_owned(),
                )),
            }
        });
    }
}

/// Why a file's text is not known.
enum Unread {
    /// There is no such file.
    Gone,
    /// For the learner.
    Other(String),
}

/// Whether there is something at a path: looked for from the top, as asking for what is not there is an error in browsers' eyes.
pub(crate) async fn exists(path: &str) -> Result<bool, Failure> {
    let mut folder = String::new();
    for name in path.split('/') {
        let Found::Folder(listing) = api::read(&folder).await? else {
            return Ok(false);
        };
        if !listing.entries.iter().any(|entry| entry.name == name) {
            return Ok(false);
        }
        folder = join(&folder, name);
    }
    Ok(true)
}

async fn text_of(path: &str) -> Result<String, Unread> {
    match api::read(path).await {
        Ok(Found::File(bytes)) if bytes.len() > OPENED_MAX => Err(Unread::Other(format!(
            "`{path}` is larger than 1 MiB, which is more than is opened here. It can be downloaded, or opened in a terminal."
        ))),
        Ok(Found::File(bytes)) => String::from_utf8(bytes).map_err(|_| {
            Unread::Other(format!(
                "`{path}` is not text in UTF-8, so it cannot be shown here. It can be downloaded."
            ))
        }),
        Ok(Found::Folder(_)) => Err(Unread::Other(format!("`{path}` is a folder."))),
        Err(failure) if failure.status == 404 => Err(Unread::Gone),
        Err(failure) => Err(Unread::Other(failure.said)),
    }
}
