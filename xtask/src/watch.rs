//! For people who work on the interface, the server or a lesson: builds, serves, and does both again when a file
//! changes. A page that is open then reloads by itself.
//!
//! Files are looked at a few times a second; there are few enough of them that this costs less than it would to
//! learn each platform's way of being told.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::dist::RELOAD;
use crate::stamp::files_under;
use crate::tree::Tree;
use crate::{Mode, Part, build};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(300);

/// What is watched, relative to the checkout.
const WATCHED: [&str; 7] = [
    "app",
    "content",
    "crates",
    "server",
    "style",
    "Cargo.toml",
    "Cargo.lock",
];

const MODE: Mode = Mode {
    dev: true,
    optimise: false,
};

/// Serves until it is interrupted.
pub(crate) fn watch(tree: &Tree, serve_arguments: &[String]) -> Result<()> {
    let mut seen = Snapshot::take(tree)?;
    build(tree, MODE, &[Part::Site, Part::Agent, Part::Server])?;
    let mut server = Server::start(tree, serve_arguments)?;
    loop {
        thread::sleep(LOOK_EVERY);
        let now = Snapshot::take(tree)?;
        if now == seen {
            server.report_end();
            continue;
        }
        eprintln!("\nchanged: {}", now.difference(&seen).unwrap_or_default());
        // Taken before the build: what changes during it is built next.
        seen = now;
        // The old server goes on until there is a new one.
        match build(tree, MODE, &[Part::Site, Part::Server]) {
            Ok(()) => {
                drop(server);
                server = Server::start(tree, serve_arguments)?;
            }
            Err(error) => {
                eprintln!(
                    "xtask: {error:#}\nxtask: the server that runs is the last one that could be built"
                );
            }
        }
    }
}

/// Which files there are, and when each last changed.
#[derive(PartialEq, Eq)]
struct Snapshot(Vec<(PathBuf, Option<SystemTime>)>);

impl Snapshot {
    fn take(tree: &Tree) -> Result<Self> {
        let mut files = Vec::new();
        for name in WATCHED {
            let path = tree.root.join(name);
            if path.is_dir() {
                files.extend(files_under(&path, &is_source)?);
            } else {
                files.push(path);
            }
        }
        let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
        Ok(Self(
            files
                .into_iter()
                .map(|path| (changed(&path), path))
                .map(|(time, path)| (path, time))
                .collect(),
        ))
    }

    /// One file that is new, gone or changed.
    fn difference(&self, before: &Self) -> Option<String> {
        let other = |these: &Self, those: &Self| these.0.iter().find(|file| !those.0.contains(file)).cloned();
        let (path, _) = other(self, before).or_else(|| other(before, self))?;
        Some(path.display().to_string())
    }
}

/// Not what npm put there, nor what editors leave beside the file they edit.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name != "node_modules" && !name.starts_with('.') && !name.ends_with('~') && name != "4913"
}

/// A running `drydock serve`, killed on drop. It is built to lose nothing by that: sandboxes and terminals stay,
/// and the next one finds them.
struct Server {
    process: Child,
    /// Its end, if it has come to one by itself, was reported.
    reported: bool,
}

impl Server {
    fn start(tree: &Tree, arguments: &[String]) -> Result<Self> {
        let program = tree.target.join("debug/drydock");
        let child = Command::new(&program)
            .arg("serve")
            .args(arguments)
            .env("DRYDOCK_DEV", "1")
            .current_dir(&tree.root)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let stamp = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        fs::write(tree.assets().join(RELOAD), stamp.to_string()).context("cannot write to dist/assets")?;
        Ok(Self {
            process: child,
            reported: false,
        })
    }

    /// Says, once, that it has ended by itself.
    fn report_end(&mut self) {
        if !self.reported
            && let Ok(Some(status)) = self.process.try_wait()
        {
            self.reported = true;
            eprintln!("xtask: the server has ended ({status}); the next change starts it again");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is just as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
