//! Files that come from the learner's own machine: dropped on the panel, or chosen. Nothing is written over unasked.

use drydock_protocol::agent::FILE_MAX;
use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{File, FileList};

use crate::api;
use crate::desk::{Desk, exists};
use crate::tree::{folder_of, join, wrong_name};

/// What comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Incoming {
    /// Whether a file is on its way.
    pub(crate) under_way: bool,
    /// Files for which there is something already, until their reader decides.
    pub(crate) held: Vec<Held>,
}

/// A file that would replace another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// Where it is to be.
    pub(crate) path: String,
    bytes: Vec<u8>,
}

impl Desk {
    /// Brings files into a folder, one after the other. What is said of each that could not be brought is said together.
    pub(crate) fn bring(&'static self, folder: String, files: &FileList) {
        let files: Vec<File> = (0..files.length()).filter_map(|index| files.get(index)).collect();
        self.trouble.set(None);
        spawn_local(async move {
            let mut refused = Vec::new();
            self.incoming.update(|incoming| incoming.under_way = true);
            for file in files {
                let path = join(&folder, &file.name());
                if let Err(why) = self.bring_one(path, &file).await {
                    refused.push(why);
                }
            }
            self.incoming.update(|incoming| incoming.under_way = false);
            self.list(folder);
            if !refused.is_empty() {
                self.trouble.set(Some(refused.join(" ")));
            }
        });
    }

    async fn bring_one(&self, path: String, file: &File) -> Result<(), String> {
        if let Some(wrong) = wrong_name(&path) {
            return Err(wrong.to_owned());
        }
        #[allow(clippy::cast_precision_loss)] // 8 MiB
        if file.size() > FILE_MAX as f64 {
            return Err(format!(
                "`{path}` is larger than 8 MiB, which is the most that can be uploaded."
            ));
        }
        let Ok(buffer) = JsFuture::from(file.array_buffer()).await else {
            return Err(format!(
                "`{path}` could not be read. Folders are not uploaded: choose the files in it."
            ));
        };
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        if exists(&path).await.map_err(|failure| failure.said)? {
            self.incoming.update(|incoming| {
                incoming.held.retain(|held| held.path != path);
                incoming.held.push(Held { path, bytes });
            });
            return Ok(());
        }
        self.land(&path, &bytes).await
    }

    async fn land(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        api::write(path, bytes)
            .await
            .map_err(|failure| format!("`{path}` could not be uploaded. {}", failure.said))
    }

    /// Decides on a file for which there was something already: it replaces that, or is left out.
    pub(crate) fn decide(&'static self, path: &str, replace: bool) {
        let mut decided = None;
        self.incoming.update(|incoming| {
            let at = incoming.held.iter().position(|held| held.path == path);
            decided = at.map(|at| incoming.held.remove(at));
        });
        let Some(held) = decided.filter(|_| replace) else {
            return;
        };
        spawn_local(async move {
            match self.land(&held.path, &held.bytes).await {
                Ok(()) => self.list(folder_of(&held.path).to_owned()),
                Err(why) => {
                    self.trouble.set(Some(why));
                    // It is not lost: it can be tried again.
                    self.incoming.update(|incoming| incoming.held.push(held));
                }
            }
        });
    }
}
