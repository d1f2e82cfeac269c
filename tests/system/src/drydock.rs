//! A running Drydock.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Browser;
use crate::wait::until_blocking;

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
    /// And, for lists, lines of the settings file.
    pub file: String,
    /// The command that serves.
    pub task: Vec<String>,
    /// The address that it is told to listen on.
    pub listen: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            pool: 0,
            capacity: 4,
            settings: Vec::new(),
            file: String::new(),
            task: vec!["serve".to_owned()],
            listen: "127.0.0.1:0".to_owned(),
        }
    }
}

impl Options {
    /// With the registry that `make build` has filled, so that not each test fills its own.
    pub fn with_the_classrooms_registry() -> Self {
        let volume = (
            "REGISTRY__VOLUME".to_owned(),
            "drydock-drydock-registry".to_owned(),
        );
        Self {
            settings: vec![volume],
            ..Self::default()
        }
    }

    /// The same, where packages can be fetched. Where this machine has them from may well be a mirror with an address that
    /// strangers are kept from.
    pub async fn with_packages() -> Result<Self> {
        let mut addresses = Vec::new();
        for host in [
            "pypi.org:443",
            "files.pythonhosted.org:443",
            "registry.npmjs.org:443",
            "deb.debian.org:80",
        ] {
            let found = tokio::net::lookup_host(host).await.with_context(|| host)?;
            addresses.extend(
                found
                    .filter(SocketAddr::is_ipv4)
                    .map(|found| format!("{}/32", found.ip())),
            );
        }
        Ok(Self {
            file: format!("[gateway]\nallow_addresses = {addresses:?}\n"),
            ..Self::with_the_classrooms_registry()
        })
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
/// that run at one time; those of a served Drydock are at the other end. Who wants more seats than a lane has runs alone.
fn slots(capacity: u16) -> (u16, u16) {
    const EACH: u16 = 8;
    const FIRST: u16 = 101;
    let lane: u16 = std::env::var("NEXTEST_TEST_GLOBAL_SLOT")
        .ok()
        .and_then(|slot| slot.parse().ok())
        .unwrap_or(0);
    if capacity > EACH {
        return (FIRST, FIRST + capacity - 1);
    }
    let first = FIRST + EACH * (lane % 6);
    (first, first + EACH - 1)
}

impl Drydock {
    /// Starts one and waits until it says that it is ready.
    pub async fn start(options: Options) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        std::os::unix::fs::symlink(classroom_images(), folder.path().join("images"))?;
        let (first, last) = slots(options.capacity);
        std::fs::write(
            folder.path().join("drydock.toml"),
            format!("[sandbox]\nslots = [{first}, {last}]\n{}", options.file),
        )?;
        let mut drydock = Self {
            address: options.listen.clone(),
            options,
            instance: unique_instance(),
            folder,
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

    /// Runs another of the binary's commands, with the same settings; it has to succeed.
    pub async fn run<const N: usize>(&self, arguments: [&str; N]) -> Result<String> {
        let (passed, said) = self.try_run(&arguments).await?;
        ensure!(passed, "drydock {arguments:?} failed: {said}");
        Ok(said)
    }

    /// The same, where it may fail: whether it succeeded, and all that it said.
    pub async fn try_run(&self, arguments: &[&str]) -> Result<(bool, String)> {
        let output = self.command(arguments).output().await?;
        let said = [output.stdout, output.stderr].concat();
        Ok((
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        ))
    }

    /// The same, with the exit code.
    pub async fn exit_code(&self, arguments: &[&str]) -> Result<(Option<i32>, String)> {
        let output = self.command(arguments).output().await?;
        let said = [output.stdout, output.stderr].concat();
        Ok((output.status.code(), String::from_utf8_lossy(&said).into_owned()))
    }

    /// Bytes of memory that the server holds.
    pub fn memory(&self) -> Result<u64> {
        let id = self
            .process
            .as_ref()
            .and_then(Child::id)
            .context("it is not running")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }

    /// What the gateway has written down.
    pub fn audit(&self) -> Result<String> {
        match std::fs::read_to_string(self.folder.path().join("gateway/audit.jsonl")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            other => Ok(other?),
        }
    }

    /// Where the classroom registry is on the host: its container's address.
    pub fn registry_address(&self) -> Result<String> {
        let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
        let id = self.registry()?;
        self.docker(["inspect", "--format", format, &id])
    }

    /// Kills the classroom registry's container, as a crash would.
    pub fn kill_the_registry(&self) -> Result<()> {
        self.docker(["kill", &self.registry()?]).map(drop)
    }

    fn registry(&self) -> Result<String> {
        let instance = format!("label=drydock.instance={}", self.instance);
        let found = self.docker([
            "ps",
            "-q",
            "--filter",
            &instance,
            "--filter",
            "label=drydock.role=registry",
        ])?;
        ensure!(
            !found.is_empty() && !found.contains('\n'),
            "not one registry: {found:?}"
        );
        Ok(found)
    }

    /// What a command of Docker's client prints, asked of the host engine.
    pub fn docker<const N: usize>(&self, arguments: [&str; N]) -> Result<String> {
        let mut docker = std::process::Command::new("docker");
        docker.args(arguments);
        if let Some((_, host)) = self
            .options
            .settings
            .iter()
            .find(|(name, _)| name == "DOCKER_HOST")
        {
            docker.env("DOCKER_HOST", host);
        }
        let output = docker.output()?;
        ensure!(
            output.status.success(),
            "docker {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn command(&self, task: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(task)
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
        let task: Vec<&str> = self.options.task.iter().map(String::as_str).collect();
        let mut process = self
            .command(&task)
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
            until_blocking(STOP_DEADLINE, || !matches!(process.try_wait(), Ok(None)));
            let _ = process.start_kill();
        }
        // A test that failed is told why by the server's own words.
        if std::thread::panicking() {
            eprintln!("--- the server said:\n{}", self.said());
        }
        let mut purge = self.command(&["purge"]);
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
