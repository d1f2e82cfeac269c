//! A disk that holds the classroom's images already, to be cloned for each new sandbox: loading them again and again is most
//! of what a start takes.
//!
//! It is filled by an engine in a sandbox that no learner ever has, when nothing else is being started, and lies in the store
//! beside the sandboxes' disks, under a name that says what is in it. Sandboxes get copies; none ever sees the template.
//! Where there is none, or a broken one, images are loaded one by one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use drydock_protocol::api::ExecRequest;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, interval, sleep};
use tracing::{info, warn};

use crate::disk::{self, Method};
use crate::gateway::hex;
use crate::ground::Ground;
use crate::harden::ENGINE_DATA;
use crate::host::Host;
use crate::make::{self, container_name};
use crate::names::SandboxId;
use crate::shared::Shared;
use crate::{Config, Error, images};

/// Changed when what is in a template changes although its inputs do not.
const FORMAT: u32 = 1;
/// Hexadecimal digits of a template's key.
const KEY_DIGITS: usize = 20;
/// How often it is looked whether anything else is being started.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long before another try after one that failed, at first and at most.
const REST_FIRST: Duration = Duration::from_secs(10);
const REST_MOST: Duration = Duration::from_secs(600);
/// Seconds that the engine has to end in order.
const STOP_S: i32 = 20;

/// A template in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// Stands for what is in it.
    pub(crate) key: String,
    /// The slot that its files belong to.
    pub(crate) slot: u16,
}

impl Template {
    /// The file's name in the store.
    pub(crate) fn name(&self) -> String {
        format!("template.{}.{}", self.key, self.slot)
    }

    /// From the file's name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (key, slot) = name.strip_prefix("template.")?.split_once('.')?;
        Some(Self {
            key: key.to_owned(),
            slot: slot.parse().ok()?,
        })
    }
}

/// What a template for these settings is called: it stands for the sandbox image, the disk's limits, the ids on the host
/// and the images. None where there is nothing to put into one, or no file to put it in.
pub(crate) async fn key(config: &Config, ground: &Ground) -> Result<Option<String>, Error> {
    // Shifted ids are the same for users and groups.
    if ground.disk != Method::Loop || ground.root.0 != ground.root.1 {
        return Ok(None);
    }
    let archives = images::archived(config, &config.preload).await?;
    if archives.is_empty() {
        return Ok(None);
    }
    let mut parts = vec![
        FORMAT.to_string(),
        ground.image.clone(),
        ground.root.0.to_string(),
        config.limits.disk_bytes.to_string(),
        config.inodes_per_gib.to_string(),
    ];
    for (reference, id) in archives {
        parts.extend([reference, id]);
    }
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
        hash.update([0]);
    }
    Ok(Some(hex(&hash.finalize(), KEY_DIGITS)))
}

/// The template for a sandbox that is started now.
pub(crate) async fn current(shared: &Shared, ground: &Ground) -> Option<Arc<Template>> {
    let template = shared.template.borrow().clone();
    let Some(template) = template else {
        // The classroom may have got its images since it was last looked for.
        shared.template_wanted.notify_one();
        return None;
    };
    match key(&shared.config, ground).await {
        Ok(Some(key)) if key == template.key => Some(template),
        // The classroom's images are others by now.
        _ => {
            give_up(shared, &template);
            None
        }
    }
}

/// This template is of no use any more: it is removed, and replaced.
pub(crate) fn give_up(shared: &Shared, template: &Arc<Template>) {
    let gone = shared
        .template
        .send_if_modified(|known| known.take_if(|known| known == template).is_some());
    if gone {
        shared.template_distrusted.store(true, Ordering::Relaxed);
        shared.template_wanted.notify_one();
    }
}

/// Sees to it that there is a template. Nothing waits for this.
pub(crate) async fn keep(shared: Arc<Shared>) {
    let mut rest = REST_FIRST;
    loop {
        let Some(ground) = shared.wait_for_ground().await else {
            return;
        };
        match ensure(&shared, &ground).await {
            Ok(()) => {
                rest = REST_FIRST;
                shared.template_wanted.notified().await;
            }
            Err(error) => {
                warn!(%error, "sandbox.template.failed: images are loaded into each sandbox");
                sleep(rest).await;
                rest = (rest * 2).min(REST_MOST);
            }
        }
    }
}

async fn ensure(shared: &Arc<Shared>, ground: &Ground) -> Result<(), Error> {
    let (host, config) = (&shared.host, &shared.config);
    if shared.template.borrow().is_some() {
        return Ok(());
    }
    let Some(key) = key(config, ground).await? else {
        return Ok(());
    };
    // One that was given up is not looked at again, however sound it seems.
    let distrusted = shared.template_distrusted.swap(false, Ordering::Relaxed);
    let wanted = if distrusted { "none" } else { &key };
    let template = if let Some(template) = disk::templates(host, config, wanted).await? {
        info!(key, "sandbox.template.found");
        template
    } else {
        quiet(shared).await;
        let begun = Instant::now();
        let template = make(shared, ground, key).await?;
        info!(
            key = template.key,
            took_ms = begun.elapsed().as_millis(),
            "sandbox.template.made"
        );
        template
    };
    shared.template.send_replace(Some(Arc::new(template)));
    Ok(())
}

/// Waits until nobody waits for a start: what a template is filled with is loaded faster into what is wanted now.
async fn quiet(shared: &Shared) {
    let mut tick = interval(LOOK_EVERY);
    loop {
        tick.tick().await;
        if shared.board(|board, _| board.is_quiet()) {
            return;
        }
    }
}

/// Makes one, in a slot that is free.
async fn make(shared: &Arc<Shared>, ground: &Ground, key: String) -> Result<Template, Error> {
    let mut tick = interval(LOOK_EVERY);
    let seat = loop {
        tick.tick().await;
        if let Some(seat) = shared.seats.spare() {
            break seat;
        }
    };
    let id = SandboxId::random();
    // While it is busy, the reaper leaves it alone; what is left of it after a kill is an orphan like any other.
    let busy = shared.busy(&id);
    let host = shared.host.apart();
    let template = Template {
        key,
        slot: seat.slot(),
    };
    let filled = fill(&host, &shared.config, ground, &id, &template).await;
    host.settled().await;
    shared.clear(&id).await;
    drop((busy, seat));
    filled.map(|()| template)
}

async fn fill(
    host: &Host,
    config: &Config,
    ground: &Ground,
    id: &SandboxId,
    template: &Template,
) -> Result<(), Error> {
    let order = make::Order {
        id,
        slot: template.slot,
        limits: config.limits,
        cgroups: false,
        template: None,
    };
    let made = Box::pin(make::make(host, config, ground, order, |_| {})).await?;
    for (reference, _) in images::archived(config, &config.preload).await? {
        images::load(config, &made.engine, &reference, |_| {}).await?;
    }
    // Each engine that starts on a copy draws an id of its own.
    let request = ExecRequest {
        command: format!("rm -f {ENGINE_DATA}/engine-id"),
        timeout_s: 30,
    };
    made.agent.exec(&request).await?;
    let container = container_name(config, id);
    host.stop_container(&container, STOP_S).await?;
    host.remove_container(&container).await?;
    disk::keep(host, config, id, template).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::Inotify;

    fn ground() -> Ground {
        Ground {
            version: String::new(),
            cpus: 2.0,
            root: (10_000_000, 10_000_000),
            bridge: None,
            image: "sha256:1".to_owned(),
            disk: Method::Loop,
            inotify: Inotify::default(),
        }
    }

    fn config(folder: &tempfile::TempDir, id: &str) -> Config {
        std::fs::create_dir_all(folder.path().join("images")).unwrap();
        let index = format!(r#"{{"busybox:latest":{{"file":"b.tar","size":3,"id":"{id}"}}}}"#);
        std::fs::write(folder.path().join("images/index.json"), index).unwrap();
        Config {
            data_dir: folder.path().to_owned(),
            preload: vec!["busybox".to_owned(), "missing:1".to_owned()],
            ..Config::default()
        }
    }

    #[test]
    fn a_template_is_told_by_its_name() {
        let template = Template {
            key: "0a1b".to_owned(),
            slot: 7,
        };
        assert_eq!(template.name(), "template.0a1b.7");
        assert_eq!(Template::parse(&template.name()), Some(template));
        for other in ["template.0a1b", "template.0a1b.x", "drydock-a-b-data"] {
            assert_eq!(Template::parse(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn whatever_changes_what_is_in_it_changes_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder, "sha256:2");
        let first = key(&config, &ground()).await.unwrap().unwrap();
        assert_eq!(key(&config, &ground()).await.unwrap().unwrap(), first);

        let image = Ground {
            image: "sha256:3".to_owned(),
            ..ground()
        };
        assert_ne!(key(&config, &image).await.unwrap().unwrap(), first);
        let mut larger = config.clone();
        larger.limits.disk_bytes *= 2;
        assert_ne!(key(&larger, &ground()).await.unwrap().unwrap(), first);
        let rebuilt = self::config(&folder, "sha256:4");
        assert_ne!(key(&rebuilt, &ground()).await.unwrap().unwrap(), first);
    }

    #[tokio::test]
    async fn where_it_would_be_of_no_use_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(&folder, "sha256:2");
        let memory = Ground {
            disk: Method::Tmpfs,
            ..ground()
        };
        assert_eq!(key(&config, &memory).await.unwrap(), None);
        let apart = Ground {
            root: (1, 2),
            ..ground()
        };
        assert_eq!(key(&config, &apart).await.unwrap(), None);
        let empty = Config {
            preload: vec!["missing:1".to_owned()],
            ..config
        };
        assert_eq!(key(&empty, &ground()).await.unwrap(), None);
    }
}
