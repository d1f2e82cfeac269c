//! `dist/assets/`: what the server answers with, and `manifest.json`, which tells it the hashed names.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::Mode;
use crate::compress;
use crate::stamp::short_hash;
use crate::tree::Tree;

/// The names under `/assets/` that a page needs. The server reads it; see its module `assets`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Manifest {
    /// Made by a development build: never to be embedded.
    pub(crate) dev: bool,
    /// The one script of a page.
    pub(crate) boot: String,
    /// The style sheet.
    pub(crate) css: String,
    /// The interface's WASM, which `boot` starts.
    pub(crate) wasm: String,
    /// Fonts in the upright style; a page may preload them.
    pub(crate) fonts: Vec<String>,
    /// `app/public/icon.svg`; empty if there is none.
    pub(crate) icon: String,
    /// Files of `app/public`: their own name, and the one they are served under.
    pub(crate) files: BTreeMap<String, String>,
}

/// The assets of one build, each under the name that it is served as.
#[derive(Default)]
pub(crate) struct Assets(BTreeMap<String, PathBuf>);

impl Assets {
    /// Adds a file whose name carries its hash already. Returns the name.
    pub(crate) fn add(&mut self, file: &Path) -> Result<String> {
        let name = file_name(file)?;
        self.0.insert(name.clone(), file.to_path_buf());
        Ok(name)
    }

    /// Adds a file under `<stem>-<hash>.<extension>`. Returns that name.
    pub(crate) fn add_hashed(&mut self, file: &Path, stem: &str) -> Result<String> {
        let name = hashed_name(file, stem)?;
        self.0.insert(name.clone(), file.to_path_buf());
        Ok(name)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Brings `dist/` to hold these assets, compressed unless in a hurry, and nothing else. True if anything changed.
    ///
    /// A server may be reading it meanwhile: first comes what is new, then the manifest, and the old goes last.
    pub(crate) fn write(&self, tree: &Tree, mode: Mode, manifest: &Manifest) -> Result<bool> {
        let folder = tree.assets();
        start_over_if_mode_changed(&folder, mode.dev)?;
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;

        let new: Vec<_> = self
            .0
            .iter()
            .filter(|(name, _)| !folder.join(name).exists())
            .collect();
        on_all_cores(&new, |(name, source)| place(source, &folder.join(name), mode))?;

        let mut text = serde_json::to_string_pretty(manifest)?;
        text.push('\n');
        let path = folder.join(MANIFEST);
        let renamed = fs::read_to_string(&path).map_or(true, |old| old != text);
        if renamed {
            replace(&path, |next| fs::write(next, text))?;
        }
        let removed = self.remove_others(&folder)?;
        Ok(renamed || removed || !new.is_empty())
    }

    fn remove_others(&self, folder: &Path) -> Result<bool> {
        let twins =
            |name: &String| ["", ".br", ".gz"].map(|suffix| OsString::from(format!("{name}{suffix}")));
        let mut keep: BTreeSet<OsString> = self.0.keys().flat_map(twins).collect();
        keep.extend([RELOAD, MANIFEST].map(OsString::from));
        let mut removed = false;
        for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            if !keep.contains(&entry.file_name()) {
                let path = entry.path();
                fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                removed = true;
            }
        }
        Ok(removed)
    }
}

/// The file that tells the server the names of the others.
const MANIFEST: &str = "manifest.json";

/// The file under `/assets/` that a development build's pages look at: when it changes, they reload.
pub(crate) const RELOAD: &str = "reload";

/// Some files have one name in both modes, but only a release build gives them compressed twins.
fn start_over_if_mode_changed(folder: &Path, dev: bool) -> Result<()> {
    let manifest = fs::read_to_string(folder.join(MANIFEST)).unwrap_or_default();
    let same = serde_json::from_str::<Manifest>(&manifest).is_ok_and(|last| last.dev == dev);
    if same || !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// Puts a file in its place, its compressed twins before it: a file that is there is complete.
fn place(source: &Path, file: &Path, mode: Mode) -> Result<()> {
    if !mode.dev {
        compress::twins(source, file)?;
    }
    replace(file, |next| fs::copy(source, next).map(drop))
}

/// Writes a file beside its place and moves it there, so that nobody reads half of it.
fn replace(file: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<()> {
    let next = file.with_extension("new");
    write(&next)
        .and_then(|()| fs::rename(&next, file))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// Does one thing to each, on as many threads as the machine has cores.
fn on_all_cores<T: Sync>(all: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let worker = || {
        while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(one)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        // The only way not to join is a panic of the worker, which is passed on.
        workers
            .into_iter()
            .try_for_each(|handle| handle.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// What a file is called with a hash of what is in it: `<stem>-<hash>.<extension>`.
pub(crate) fn hashed_name(file: &Path, stem: &str) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let extension = file.extension().and_then(|found| found.to_str()).unwrap_or("bin");
    Ok(format!("{stem}-{}.{extension}", short_hash(&bytes)))
}

/// A file's own name.
pub(crate) fn file_name(file: &Path) -> Result<String> {
    let name = file.file_name().and_then(|name| name.to_str());
    Ok(name
        .with_context(|| format!("{} has no name that can stand in an address", file.display()))?
        .to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: Mode = Mode {
        dev: false,
        optimise: true,
    };
    const DEV: Mode = Mode {
        dev: true,
        optimise: false,
    };

    fn checkout() -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        let tree = Tree {
            target: root.join("target"),
            root,
        };
        (folder, tree)
    }

    fn names(tree: &Tree) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(tree.assets())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn written(tree: &Tree, mode: Mode, text: &str) -> (bool, String) {
        let source = tree.root.join("icon.svg");
        fs::write(&source, text.repeat(100)).unwrap();
        let mut assets = Assets::default();
        let name = assets.add_hashed(&source, "icon").unwrap();
        let manifest = Manifest {
            dev: mode.dev,
            css: name.clone(),
            ..Manifest::default()
        };
        (assets.write(tree, mode, &manifest).unwrap(), name)
    }

    #[test]
    fn what_is_there_is_left_alone_and_what_is_old_goes() {
        let (_folder, tree) = checkout();
        let (changed, first) = written(&tree, RELEASE, "<svg/>");
        assert!(changed);
        assert_eq!(
            names(&tree),
            [
                first.clone(),
                format!("{first}.br"),
                format!("{first}.gz"),
                MANIFEST.to_owned()
            ]
        );
        assert!(!written(&tree, RELEASE, "<svg/>").0);

        let (changed, second) = written(&tree, RELEASE, "<svg></svg>");
        assert!(changed);
        assert_ne!(first, second);
        assert_eq!(names(&tree).len(), 4);
        assert!(
            fs::read_to_string(tree.assets().join(MANIFEST))
                .unwrap()
                .contains(&second)
        );
    }

    #[test]
    fn a_release_build_after_a_dev_build_has_all_twins() {
        let (_folder, tree) = checkout();
        assert!(written(&tree, DEV, "<svg/>").0);
        assert_eq!(names(&tree).len(), 2);
        written(&tree, RELEASE, "<svg/>");
        assert_eq!(names(&tree).len(), 4);
    }
}
