//! An instance of its own on the real host engine, for one test, which leaves nothing behind.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bollard::Docker;
use drydock_protocol::api::{ExecRequest, ExecResult, Limits, SandboxState, SandboxView};
use drydock_sandbox::{Config, Needs, Owner, Sandbox, Sandboxes};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The host engine, or an end to the test that says what to do.
pub(crate) async fn host() -> Docker {
    let connected = match std::env::var("DOCKER_HOST") {
        Ok(address) => Docker::connect_with_host(&address),
        Err(_) => Docker::connect_with_socket_defaults(),
    };
    let docker = connected.expect("DOCKER_HOST is an address");
    let docker = docker
        .negotiate_version()
        .await
        .expect("no host engine answers: run scripts/setup test first");
    let image = Config::default().image;
    docker
        .inspect_image(&image)
        .await
        .expect("no sandbox image: run images/build sandbox first");
    docker
}

/// An instance with its settings. Dropping it removes everything of it from the host engine.
pub(crate) struct Room {
    pub(crate) config: Config,
    pub(crate) host: Docker,
    sandboxes: Option<Sandboxes>,
    _folder: TempDir,
}

impl Room {
    /// A small instance: no pool, two seats, small limits.
    pub(crate) async fn open(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_on(host().await, change).await
    }

    /// The same, on a host engine that is reached in another way.
    pub(crate) async fn open_on(host: Docker, change: impl FnOnce(&mut Config)) -> Self {
        let mut room = Self::prepare(host, change);
        let sandboxes = Sandboxes::start(room.host.clone(), room.config.clone())
            .await
            .expect("the settings are right");
        room.sandboxes = Some(sandboxes);
        room
    }

    /// The same, before its server is started.
    pub(crate) fn prepare(host: Docker, change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut config = Config {
            instance: format!("t{}-{}", std::process::id(), unique()),
            data_dir: folder.path().to_owned(),
            capacity: 2,
            pool: 0,
            limits: Limits {
                memory_bytes: 512 << 20,
                disk_bytes: 256 << 20,
                home_bytes: 32 << 20,
                pids: 256,
                cpus: 2.0,
            },
            // Beside an ordinary Drydock, and each test beside the others.
            slots: slots(),
            ..Config::default()
        };
        change(&mut config);
        Self {
            config,
            host,
            sandboxes: None,
            _folder: folder,
        }
    }

    /// Puts the classroom's busybox among the archives.
    pub(crate) fn with_busybox(&self) -> &Self {
        put_images(&self.config.data_dir, &["busybox"]);
        self
    }

    /// Puts these of the classroom's images among the archives, by their folders.
    pub(crate) fn with_images(&self, folders: &[&str]) -> &Self {
        put_images(&self.config.data_dir, folders);
        self
    }

    pub(crate) fn sandboxes(&self) -> &Sandboxes {
        self.sandboxes.as_ref().expect("the server is running")
    }

    /// Ends the server as a kill would, and starts the next one.
    pub(crate) async fn restart(&mut self, change: impl FnOnce(&mut Config)) {
        drop(self.sandboxes.take());
        change(&mut self.config);
        let started = Sandboxes::start(self.host.clone(), self.config.clone()).await;
        self.sandboxes = Some(started.expect("the settings are right"));
    }

    /// A ready sandbox for this owner.
    pub(crate) async fn ready(&self, owner: &str) -> Arc<Sandbox> {
        self.ready_with(owner, &Needs::default()).await
    }

    pub(crate) async fn ready_with(&self, owner: &str, needs: &Needs) -> Arc<Sandbox> {
        let owner = Owner::new(owner);
        self.sandboxes().claim(&owner, needs);
        self.until(&owner, |view| view.state.is_ready()).await;
        assert_eq!(self.sandboxes().health().last_error, None);
        self.sandboxes().get(&owner).expect("it is ready")
    }

    /// The owner's view, once it is as wanted.
    pub(crate) async fn until(&self, owner: &Owner, wanted: impl Fn(&SandboxView) -> bool) -> SandboxView {
        let mut views = self.sandboxes().watch(owner);
        let shown = timeout(
            PATIENCE,
            views.wait_for(|view| view.as_ref().is_some_and(&wanted)),
        )
        .await;
        let Ok(view) = shown else {
            panic!(
                "still {:?}; {:?}",
                self.sandboxes().view(owner),
                self.sandboxes().health()
            );
        };
        view.expect("the server is running")
            .clone()
            .expect("it was there")
    }

    /// Names of what this instance has on the host engine.
    pub(crate) async fn things(&self) -> Vec<String> {
        let filters = std::collections::HashMap::from([(
            "label".to_owned(),
            vec![format!(
                "{}={}",
                drydock_sandbox::LABEL_INSTANCE,
                self.config.instance
            )],
        )]);
        let containers = bollard::query_parameters::ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&filters);
        let volumes = bollard::query_parameters::ListVolumesOptionsBuilder::new().filters(&filters);
        let containers = self
            .host
            .list_containers(Some(containers.build()))
            .await
            .expect("the engine answers");
        let volumes = self
            .host
            .list_volumes(Some(volumes.build()))
            .await
            .expect("the engine answers");
        let mut names: Vec<String> = containers
            .into_iter()
            .flat_map(|c| c.names.unwrap_or_default())
            .collect();
        names.extend(
            volumes
                .volumes
                .unwrap_or_default()
                .into_iter()
                .map(|volume| volume.name),
        );
        names
    }

    /// Names of what belongs to one sandbox.
    pub(crate) async fn things_of(&self, id: &str) -> Vec<String> {
        self.things()
            .await
            .into_iter()
            .filter(|name| name.contains(id))
            .collect()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        drop(self.sandboxes.take());
        let (host, config) = (self.host.clone(), self.config.clone());
        // A test's own runtime may be ending, and cannot be waited for from within.
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let config = Config {
                    pool: 0,
                    preload: Vec::new(),
                    ..config
                };
                if let Ok(sandboxes) = Sandboxes::start(host, config).await {
                    sandboxes.shutdown(false).await;
                }
            });
        });
        let _ = cleaning.join();
    }
}

/// Waits until a condition holds; the test ends if it does not.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !condition().await {
        assert!(
            Instant::now() < deadline,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        sleep(Duration::from_millis(50)).await;
    }
}

/// Runs a line in a sandbox.
pub(crate) async fn run(sandbox: &Sandbox, command: &str) -> ExecResult {
    let request = ExecRequest {
        command: command.to_owned(),
        timeout_s: 60,
    };
    sandbox
        .agent()
        .exec(&request)
        .await
        .unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// Runs a line that has to succeed, and gives what it printed.
pub(crate) async fn output(sandbox: &Sandbox, command: &str) -> String {
    let result = run(sandbox, command).await;
    assert_eq!(
        result.exit_code, 0,
        "{command}: {} {}",
        result.stdout, result.stderr
    );
    result.stdout.trim().to_owned()
}

/// Whether a view says that its sandbox failed.
pub(crate) fn failed(view: &SandboxView) -> bool {
    matches!(view.state, SandboxState::Failed { .. })
}

fn unique() -> u32 {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// Eight slots by process: tests that run at one time seldom share any, and it does no harm if they do.
fn slots() -> (u16, u16) {
    let block = u16::try_from(std::process::id() % 16).expect("below 16");
    (64 + block * 8, 64 + block * 8 + 7)
}

fn put_images(data_dir: &Path, folders: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // The index is written anew with each set of images.
    let out = root.join("target/test-images").join(folders.join("+"));
    std::fs::create_dir_all(&out).expect("target can be written to");
    // One at a time: tests run in processes of their own.
    let mut build = Command::new("flock");
    build
        .arg(out.join("lock"))
        .arg(root.join("images/build"))
        .args(["classroom", "--out"])
        .arg(&out);
    for folder in folders {
        build.args(["--only", folder]);
    }
    let ended = build.status().expect("flock and bash are there");
    assert!(ended.success(), "images/build classroom failed");
    let images = data_dir.join("images");
    std::fs::create_dir_all(&images).expect("the folder can be written to");
    for entry in std::fs::read_dir(&out).expect("it is there") {
        let entry = entry.expect("it can be read");
        std::fs::copy(entry.path(), images.join(entry.file_name())).expect("there is room");
    }
}
