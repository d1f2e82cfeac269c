//! Whether the files of the lessons have changed: they are looked at a few times a second. There are few of them, and whatever
//! editor, container or network share they are changed by, this sees it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const LOOK_EVERY: Duration = Duration::from_millis(300);
/// A course has far fewer files and folders; more are not looked at.
const ENTRIES_MAX: usize = 20_000;
const DEPTH_MAX: usize = 16;

/// When each file changed last, and how large it is.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

pub(super) struct Files {
    folder: PathBuf,
    seen: Seen,
}

impl Files {
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            seen: look(folder),
        }
    }

    /// Waits for a change, and for the end of what comes with it. False: it is over.
    pub(super) async fn changed(&mut self, stop: &CancellationToken) -> bool {
        let mut changed = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return false,
                () = sleep(LOOK_EVERY) => {}
            }
            let folder = self.folder.clone();
            let Ok(now) = tokio::task::spawn_blocking(move || look(&folder)).await else {
                return false;
            };
            if now != self.seen {
                // An editor may write a file in several steps.
                self.seen = now;
                changed = true;
            } else if changed {
                return true;
            }
        }
    }
}

fn look(folder: &Path) -> Seen {
    let mut seen = Seen::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            // What editors leave beside the file that they edit.
            if seen.len() >= ENTRIES_MAX || name.ends_with('~') || name.ends_with(".swp") || name == ".git" {
                continue;
            }
            let Ok(data) = entry.metadata() else { continue };
            if data.is_dir() && depth < DEPTH_MAX {
                folders.push((entry.path(), depth + 1));
            }
            let len = if data.is_file() { data.len() } else { 0 };
            let changed = data.is_file().then(|| data.modified().ok()).flatten();
            seen.insert(entry.path(), (changed, len));
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_changed_a_new_and_a_removed_file_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a/lesson.md");
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(&file, "one").unwrap();
        let stop = CancellationToken::new();
        let mut files = Files::new(folder.path());
        fs::write(&file, "three").unwrap();
        assert!(files.changed(&stop).await);
        fs::write(folder.path().join("a/lesson.md~"), "").unwrap();
        fs::remove_file(&file).unwrap();
        assert!(files.changed(&stop).await);
        assert_eq!(files.seen.len(), 1);
        stop.cancel();
        assert!(!files.changed(&stop).await);
    }
}
