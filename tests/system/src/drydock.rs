//! A running Drydock.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Browser;

/// From starting the process to its saying that it is ready.
const START_DEADLINE: Duration = Duration::from_secs(30);

/// From asking it to end to killing it.
const STOP_DEADLINE: Duration = Duration::from_secs(15);

/// How a test wants its Drydock.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sandboxes that are kept ready.
    pub pool: u16,
    /// Sandboxes at one time.
    pub capacity: u16,
    /// Further settings, as environment variables without the `DRYDOCK_`.
    pub settings: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pool: 0,
            capacity: 4,
            settings: Vec::new(),
        }
    }
}

/// A running Drydock. Dropping it stops it and removes what it made on the host engine.
#[derive(Debug)]
pub struct Drydock {
    options: Options,
    instance: String,
    folder: TempDir,
    address: String,
    process: Option<Child>,
}

/// The binary under test: the one that is shipped.
pub fn binary() -> PathBuf {
    std::env::var_os("DRYDOCK_BIN").map_or_else(|| root().join("target/release/drydock"), PathBuf::from)
}

/// The source tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where `drydock images build` has left the classroom images: making them again for each test would take minutes.
fn classroom_images() -> PathBuf {
    let data = std::env::var_os("DRYDOCK_DATA_DIR").map_or_else(
        || match std::env::var("HOME") {
            Ok(home) if home != "/root" => PathBuf::from(home).join(".local/share/drydock"),
            _ => PathBuf::from("/var/lib/drydock"),
        },
        PathBuf::from,
    );
    data.join("images")
}

/// A name that no other test, and no other run, uses.
fn unique_instance() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!(
        "t{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Slots are users on the host: no two instances that run at one time may share them. The runner numbers the tests
/// that run at one time; those of a served Drydock are at the other end.
fn slots() -> (u16, u16) {
    const EACH: u16 = 8;
    const FIRST: u16 = 101;
    let lane: u16 = std::env::var("NEXTEST_TEST_GLOBAL_SLOT")
        .ok()
        .and_then(|slot| slot.parse().ok())
        .unwrap_or(0);
    let first = FIRST + EACH * (lane % 6);
    (first, first + EACH - 1)
}

impl Drydock {
    /// Starts one and waits until it says that it is ready.
    pub async fn start(options: Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::os::unix::fs::symlink(classroom_images(), folder.path().join("images"))?;
        let (first, last) = slots();
        std::fs::write(
            folder.path().join("drydock.toml"),
            format!("[sandbox]\nslots = [{first}, {last}]\n"),
        )?;
        let mut drydock = Self {
            options,
            instance: unique_instance(),
            folder,
            address: "127.0.0.1:0".into(),
            process: None,
        };
        drydock.launch().await?;
        Ok(drydock)
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:port`
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What its things on the host engine are labelled with.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Result<Browser> {
        Browser::new(self.url())
    }

    /// Kills the server as a crash would, and waits until it is gone. What it made stays.
    pub async fn kill(&mut self) -> Result<()> {
        let mut process = self.process.take().context("it is not running")?;
        process.kill().await?;
        Ok(())
    }

    /// Starts it again, on the same address and with the same data.
    pub async fn restart(&mut self) -> Result<()> {
        self.launch().await
    }

    fn command(&self, task: &str) -> Command {
        let mut command = Command::new(binary());
        command
            .arg(task)
            .current_dir(self.folder.path())
            .env("DRYDOCK_LISTEN", &self.address)
            .env("DRYDOCK_DATA_DIR", self.folder.path())
            .env("DRYDOCK_SANDBOX__INSTANCE", &self.instance)
            .env("DRYDOCK_SANDBOX__POOL", self.options.pool.to_string())
            .env("DRYDOCK_SANDBOX__CAPACITY", self.options.capacity.to_string())
            .envs(
                self.options
                    .settings
                    .iter()
                    .map(|(name, value)| (format!("DRYDOCK_{name}"), value)),
            );
        command
    }

    async fn launch(&mut self) -> Result<()> {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.log())?;
        let mut process = self
            .command("serve")
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                format!(
                    "{} cannot be started: build it with `cargo xtask build`",
                    binary().display()
                )
            })?;
        let output = process.stdout.take().context("its output was asked for")?;
        let mut lines = BufReader::new(output).lines();
        let line = match timeout(START_DEADLINE, lines.next_line()).await {
            Ok(line) => line?,
            Err(_) => bail!(
                "the server did not get ready within {START_DEADLINE:?}:\n{}",
                self.said()
            ),
        };
        let ready = line
            .as_deref()
            .and_then(|line| line.strip_prefix("Drydock is ready: http://"));
        let address = ready.with_context(|| format!("the server did not start:\n{}", self.said()))?;
        address.clone_into(&mut self.address);
        self.process = Some(process);
        Ok(())
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("serve.log")
    }

    /// What the server has logged so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for Drydock {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Asked rather than killed, so that what it was making when the test ended is finished or removed.
            if let Some(id) = process.id() {
                let _ = std::process::Command::new("kill").arg(id.to_string()).status();
            }
            let end = Instant::now() + STOP_DEADLINE;
            while matches!(process.try_wait(), Ok(None)) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = process.start_kill();
        }
        // A test that failed is told why by the server's own words.
        if std::thread::panicking() {
            eprintln!("--- the server said:\n{}", self.said());
        }
        let mut purge = self.command("purge");
        let purged = purge
            .env("DRYDOCK_LOG", "warn")
            .as_std_mut()
            .stdout(Stdio::null())
            .status();
        if !purged.is_ok_and(|status| status.success()) {
            eprintln!(
                "what instance {} made on the host engine could not be removed",
                self.instance
            );
        }
    }
}
