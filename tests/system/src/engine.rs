//! A host engine of a test's own, which can be stopped, started again and filled up while nobody else's notices.
//!
//! Two Docker engines on one network take each other's bridges and firewall rules away. So a test that wants one runs
//! in a network of its own, [`in_own_network`], with all that belongs to it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::until;
use crate::wait::until_blocking;

/// Set in the process that runs in the network of its own.
const INSIDE: &str = "OWN_NETWORK_OF_A_TEST";
/// What the engine's data may use: room for the sandbox image and a few sandboxes.
const DISK_BYTES: u64 = 4 << 30;
/// From starting the engine to its first answer, and from asking it to end to its end.
const DEADLINE: Duration = Duration::from_secs(60);

/// Runs the test of this name, again, in a network and with mounts of its own; true where that has been done and there is
/// nothing left to do. Only root can.
pub fn in_own_network(test: &str) -> Result<bool> {
    if std::env::var_os(INSIDE).is_some() {
        run("ip", ["link", "set", "lo", "up"])?;
        return Ok(false);
    }
    let inside = as_root("unshare")
        .args(["--net", "--mount", "--"])
        .arg(std::env::current_exe()?)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "yes")
        .status()
        .context("unshare could not be started")?;
    ensure!(
        inside.success(),
        "{test} failed in its own network, see above; it has to be root there"
    );
    Ok(true)
}

/// A host engine. Dropping it ends it and removes all that it had.
#[derive(Debug)]
pub struct Engine {
    folder: TempDir,
    process: Option<Child>,
}

impl Engine {
    /// Makes ready for one, which does not run yet.
    pub fn new() -> Result<Self> {
        let engine = Self {
            folder: tempfile::tempdir()?,
            process: None,
        };
        let disk = engine.path("disk");
        std::fs::File::create(&disk)?.set_len(DISK_BYTES)?;
        run("mkfs.ext4", [OsStr::new("-q"), disk.as_os_str()])?;
        std::fs::create_dir(engine.path("data"))?;
        run(
            "mount",
            [
                OsStr::new("-o"),
                OsStr::new("loop"),
                disk.as_os_str(),
                engine.path("data").as_os_str(),
            ],
        )?;
        std::fs::write(engine.path("daemon.json"), r#"{"userns-remap": "dockremap"}"#)?;
        Ok(engine)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// For `docker_host`.
    pub fn address(&self) -> String {
        format!("unix://{}", self.path("docker.sock").display())
    }

    /// Starts it and waits until it answers.
    pub async fn start(&mut self) -> Result<()> {
        let log = std::fs::File::options()
            .append(true)
            .create(true)
            .open(self.path("log"))?;
        let option = |name: &str, value: &Path| format!("--{name}={}", value.display());
        let process = Command::new("dockerd")
            .arg(option("config-file", &self.path("daemon.json")))
            .arg(option("data-root", &self.path("data")))
            .arg(option("exec-root", &self.path("run")))
            .arg(option("pidfile", &self.path("pid")))
            .arg(format!("--host={}", self.address()))
            // Where the machine has a containerd, it is shared.
            .arg(format!(
                "--containerd-namespace=drydock-test-{}",
                std::process::id()
            ))
            .arg(format!(
                "--containerd-plugins-namespace=drydock-test-plugins-{}",
                std::process::id()
            ))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("dockerd could not be started")?;
        self.process = Some(process);
        let answered = until("the engine answers", DEADLINE, async || {
            Ok(self.docker(["version", "--format", "{{.Server.Version}}"]))
        })
        .await;
        if answered.is_err() {
            let said = std::fs::read_to_string(self.path("log")).unwrap_or_default();
            bail!("the engine does not answer:\n{said}");
        }
        Ok(())
    }

    /// Ends it, and waits until it has ended. Its containers end with it.
    pub fn stop(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        run("kill", [process.id().to_string()])?;
        if !until_blocking(DEADLINE, || !matches!(process.try_wait(), Ok(None))) {
            process.kill()?;
            process.wait()?;
            bail!("the engine did not end within {DEADLINE:?}");
        }
        Ok(())
    }

    /// Brings an image here from the machine's own engine.
    pub fn bring(&self, image: &str) -> Result<()> {
        let mut save = Command::new("docker")
            .args(["save", image])
            .stdout(Stdio::piped())
            .spawn()?;
        let archive = save.stdout.take().context("its output was asked for")?;
        let load = self.command(["load", "--quiet"]).stdin(archive).output()?;
        ensure!(
            load.status.success() && save.wait()?.success(),
            "{image} could not be brought: {}",
            String::from_utf8_lossy(&load.stderr)
        );
        Ok(())
    }

    /// Leaves no byte free where its data is.
    pub fn fill(&self) -> Result<()> {
        let ballast = self.path("data/ballast");
        // Root's reserve too: it is root who writes here.
        for block in ["1M", "4k"] {
            let filled = Command::new("dd")
                .args(["if=/dev/zero", "oflag=append", "conv=notrunc"])
                .arg(format!("of={}", ballast.display()))
                .arg(format!("bs={block}"))
                .stderr(Stdio::null())
                .status()?;
            ensure!(!filled.success(), "the disk has no end");
        }
        Ok(())
    }

    /// Frees that again.
    pub fn free(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.path("data/ballast"))?)
    }

    fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new("docker");
        command.args(arguments).env("DOCKER_HOST", self.address());
        command
    }

    /// What a command of its client prints, or why it failed.
    pub fn docker<const N: usize>(&self, arguments: [&str; N]) -> Result<String, String> {
        let output = self
            .command(arguments)
            .output()
            .map_err(|error| error.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("{error}");
        }
        // What the engine has mounted below goes with it.
        let _ = run(
            "umount",
            [OsStr::new("--recursive"), self.path("data").as_os_str()],
        );
    }
}

fn as_root(program: &str) -> Command {
    let output = Command::new("id").arg("-u").output();
    if output.is_ok_and(|output| output.stdout == b"0\n") {
        Command::new(program)
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["--non-interactive", "--preserve-env", "--", program]);
        sudo
    }
}

fn run(program: &str, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("{program} could not be started"))?;
    ensure!(
        output.status.success(),
        "{program} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
