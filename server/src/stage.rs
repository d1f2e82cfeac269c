//! A Drydock without the web, for commands that need sandboxes: beside one that is served, and gone afterwards.

use drydock_lesson::Library;
use drydock_sandbox::Sandboxes;
use tokio_util::sync::CancellationToken;

use crate::classroom::{self, Classroom};
use crate::commands::content;
use crate::settings::Settings;
use crate::store::Store;

/// How many sandboxes a stage has.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// How many are used at one time.
    pub jobs: u16,
    /// How many more are made ready meanwhile: as soon as one is used up, the next one is there.
    pub spare: u16,
}

/// Sandboxes, and the classroom's registry for them.
pub struct Stage {
    /// The sandboxes.
    pub sandboxes: Sandboxes,
    /// The registry, and the gateway to it.
    pub classroom: Classroom,
    host: bollard::Docker,
    instance: String,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Sets it up. Its things on the host engine begin with `name`, and no other process's do.
    pub async fn set_up(
        mut settings: Settings,
        library: &Library,
        name: &str,
        room: Room,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let images = settings.data_dir.join("images");
        if images.exists() {
            std::os::unix::fs::symlink(&images, folder.path().join("images"))?;
        }
        folder.path().clone_into(&mut settings.data_dir);
        let sandbox = &mut settings.sandbox;
        if settings.registry.volume.is_empty() {
            // The classroom's images are those of the Drydock that these settings are of.
            settings.registry.volume = format!("drydock-{}-registry", sandbox.instance);
        }
        sandbox.instance = format!("{name}-{}", std::process::id());
        folder.path().clone_into(&mut sandbox.data_dir);
        sandbox.preload = content::images(library);
        sandbox.capacity = room.jobs + room.spare;
        sandbox.pool = room.jobs;
        // From the far end, as a served one begins at the near one.
        let (first, last) = sandbox.slots;
        sandbox.slots = (first.max(last.saturating_sub(sandbox.capacity) + 1), last);

        let store = Store::open(&folder.path().join("drydock.db")).await?;
        let stop = CancellationToken::new();
        let authority = classroom::prepare(&mut settings)?;
        let host = drydock_sandbox::connect(&settings.docker_host)?;
        let sandboxes = Sandboxes::start(host.clone(), settings.sandbox.clone()).await?;
        let classroom = Classroom::start(&settings, host.clone(), &sandboxes, &store, authority, &stop)?;
        Ok(Self {
            sandboxes,
            classroom,
            host,
            instance: settings.sandbox.instance,
            stop,
            _folder: folder,
        })
    }

    /// Removes all of it from the host engine.
    pub async fn clear_away(self) {
        self.sandboxes.shutdown(false).await;
        self.stop.cancel();
        if let Err(error) = drydock_registry::purge(self.host, &self.instance).await {
            eprintln!("not everything of the registry could be removed: {error}");
        }
    }
}
