//! The watch over the workspace: which files changed, told in bursts.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use drydock_protocol::agent::AgentEvent;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;

use super::upload::TEMPORARY_PREFIX;
use crate::events::Events;

/// Folders that are watched, at most.
const FOLDERS_MAX: usize = 1_024;
/// Folders that are not gone into: they change much, and no lesson asks for them.
const SKIPPED_FOLDERS: [&str; 9] = [
    ".cache",
    ".docker",
    ".git",
    ".local",
    ".npm",
    ".venv",
    "__pycache__",
    "node_modules",
    "venv",
];
/// Files that programs keep for themselves.
const SKIPPED_FILES: [&str; 4] = [".bash_history", ".lesshst", ".python_history", ".viminfo"];
/// Changes within so long are told together.
const BURST: Duration = Duration::from_millis(50);
/// How often it is tried to get a watch, when there is none to be had.
const RETRY_EVERY: Duration = Duration::from_secs(2);
/// Paths that are told, at most. More are told as "many".
const PATHS_MAX: usize = 100;

/// Starts to watch `root`, for as long as the agent runs. Where the system has no watches left, it is tried again.
pub(crate) fn start(root: PathBuf, events: Events) {
    tokio::spawn(async move {
        let mut told = false;
        let fd = loop {
            match open_watch() {
                Ok(fd) => break fd,
                Err(error) if !told => {
                    crate::log(format_args!("changes of files are not noticed for now: {error}"));
                    told = true;
                }
                Err(_) => {}
            }
            tokio::time::sleep(RETRY_EVERY).await;
        };
        let folders = HashMap::new();
        Watch { root, fd, folders }.run(events).await;
    });
}

#[expect(
    deprecated,
    reason = "its successor is unsafe; this use is sound: the descriptor is owned, and never replaced"
)]
fn open_watch() -> std::io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?)
}

struct Watch {
    root: PathBuf,
    fd: AsyncFd<OwnedFd>,
    /// Watched folders by the kernel's number, relative to the root.
    folders: HashMap<i32, PathBuf>,
}

/// What changed since it was last told.
#[derive(Default)]
struct Changes {
    paths: BTreeSet<String>,
    many: bool,
}

impl Watch {
    async fn run(mut self, events: Events) {
        // What is there at the start is not news.
        self.add(Path::new(""), &mut Changes::default());
        loop {
            let mut changes = Changes::default();
            self.collect(&mut changes).await;
            tokio::time::sleep(BURST).await;
            // What came in the meantime, if anything.
            self.read(&mut changes);
            if changes.many || !changes.paths.is_empty() {
                events.announce(AgentEvent::Files {
                    paths: changes.told(),
                });
            }
        }
    }

    /// Waits until something has changed that is worth telling.
    async fn collect(&mut self, changes: &mut Changes) {
        while !changes.many && changes.paths.is_empty() {
            match self.fd.readable().await {
                Ok(mut ready) => ready.clear_ready(),
                Err(_) => return,
            }
            self.read(changes);
        }
    }

    /// Reads what the kernel has noticed.
    fn read(&mut self, changes: &mut Changes) {
        let mut noticed = Vec::new();
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(self.fd.get_ref(), &mut buffer);
        loop {
            match reader.next() {
                Ok(event) => noticed.push((
                    event.wd(),
                    event.events(),
                    event
                        .file_name()
                        .map(|name| OsStr::from_bytes(name.to_bytes()).to_owned()),
                )),
                Err(Errno::INTR) => {}
                // WOULDBLOCK: that was all for now.
                Err(_) => break,
            }
        }
        for (folder, what, name) in noticed {
            self.take(folder, what, name.as_deref(), changes);
        }
    }

    fn take(&mut self, folder: i32, what: ReadFlags, name: Option<&OsStr>, changes: &mut Changes) {
        if what.contains(ReadFlags::QUEUE_OVERFLOW) {
            changes.many = true;
            return;
        }
        if what.contains(ReadFlags::IGNORED) {
            self.folders.remove(&folder);
            return;
        }
        let (Some(parent), Some(name)) = (self.folders.get(&folder), name) else {
            return;
        };
        if is_skipped(name, what.contains(ReadFlags::ISDIR)) {
            return;
        }
        let path = parent.join(name);
        if what.contains(ReadFlags::ISDIR) {
            if what.contains(ReadFlags::MOVED_FROM) {
                self.forget(&path);
            }
            if what.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO) {
                self.add(&path, changes);
            }
        }
        changes.add(&path);
    }

    /// Watches a folder and those in it. Files that it already holds count as changed: they were made before the watch
    /// was there.
    fn add(&mut self, folder: &Path, changes: &mut Changes) {
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            if self.folders.len() >= FOLDERS_MAX {
                return;
            }
            let flags = WatchFlags::CREATE
                | WatchFlags::CLOSE_WRITE
                | WatchFlags::DELETE
                | WatchFlags::MOVED_FROM
                | WatchFlags::MOVED_TO
                | WatchFlags::ATTRIB
                | WatchFlags::ONLYDIR
                | WatchFlags::DONT_FOLLOW
                | WatchFlags::EXCL_UNLINK;
            let place = self.root.join(&folder);
            // It may have gone already, or be closed to us.
            let Ok(number) = inotify::add_watch(self.fd.get_ref(), &place, flags) else {
                continue;
            };
            self.folders.insert(number, folder.clone());
            let Ok(entries) = std::fs::read_dir(&place) else {
                continue;
            };
            for entry in entries.flatten().take(FOLDERS_MAX) {
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                if is_skipped(&entry.file_name(), is_folder) {
                    continue;
                }
                let path = folder.join(entry.file_name());
                changes.add(&path);
                if is_folder {
                    waiting.push(path);
                }
            }
        }
    }

    /// Stops to watch a folder that was moved away, and those in it.
    fn forget(&mut self, folder: &Path) {
        let gone: Vec<i32> = self
            .folders
            .iter()
            .filter(|(_, path)| path.starts_with(folder))
            .map(|(number, _)| *number)
            .collect();
        for number in gone {
            self.folders.remove(&number);
            // If the kernel has dropped it already, so much the better.
            let _ = inotify::remove_watch(self.fd.get_ref(), number);
        }
    }
}

impl Changes {
    fn add(&mut self, path: &Path) {
        if self.paths.len() > PATHS_MAX {
            self.many = true;
        } else {
            self.paths.insert(path.to_string_lossy().into_owned());
        }
    }

    /// The paths, or none for "many".
    fn told(self) -> Vec<String> {
        if self.many || self.paths.len() > PATHS_MAX {
            Vec::new()
        } else {
            self.paths.into_iter().collect()
        }
    }
}

fn is_skipped(name: &OsStr, is_folder: bool) -> bool {
    let Some(name) = name.to_str() else { return false };
    if is_folder {
        SKIPPED_FOLDERS.contains(&name)
    } else {
        SKIPPED_FILES.contains(&name) || name.starts_with(TEMPORARY_PREFIX)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What is told until `wanted` has been: a burst may be cut in two on a busy machine.
    async fn told_until(
        listener: &mut tokio::sync::broadcast::Receiver<AgentEvent>,
        wanted: &str,
    ) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        while !all.contains(wanted) {
            let event = tokio::time::timeout(Duration::from_secs(10), listener.recv()).await;
            match event.expect("told in time").expect("the watch runs") {
                AgentEvent::Files { paths } => all.extend(paths),
                other => panic!("{other:?}"),
            }
        }
        all
    }

    #[tokio::test]
    async fn changes_are_told_also_in_new_folders_and_not_in_skipped_ones() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        fs::create_dir_all(at("old/deep")).unwrap();
        fs::create_dir(at(".git")).unwrap();
        let events = Events::new();
        let mut listener = events.listen();
        start(home.path().to_owned(), events);
        // The watch is set up by its task's first step.
        tokio::task::yield_now().await;

        fs::write(at(".git/HEAD"), "x").unwrap();
        fs::write(at(".bash_history"), "x").unwrap();
        fs::write(at("old/deep/file"), "x").unwrap();
        assert_eq!(
            told_until(&mut listener, "old/deep/file").await,
            BTreeSet::from(["old/deep/file".to_owned()])
        );

        fs::create_dir_all(at("new/er")).unwrap();
        fs::write(at("new/er/file"), "x").unwrap();
        told_until(&mut listener, "new/er/file").await;

        fs::rename(at("new"), at("moved")).unwrap();
        told_until(&mut listener, "moved/er/file").await;
        fs::write(at("moved/er/file"), "y").unwrap();
        told_until(&mut listener, "moved/er/file").await;
        fs::remove_file(at("moved/er/file")).unwrap();
        told_until(&mut listener, "moved/er/file").await;

        for number in 0..=PATHS_MAX + 10 {
            fs::write(at(&format!("file-{number}")), "x").unwrap();
        }
        let event = listener.recv().await.unwrap();
        assert_eq!(event, AgentEvent::Files { paths: Vec::new() });
    }
}
