//! What the sandboxes stand on: what was found out about the host engine, and what has been made ready on it.

use std::net::IpAddr;

use bollard::models::SystemInfo;

use crate::disk::{self, Method};
use crate::host::Host;
use crate::{Config, Error, network};

/// A host engine on which sandboxes can be made.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    /// The engine's version.
    pub(crate) version: String,
    /// Its processors.
    pub(crate) cpus: f64,
    /// The ids on the host of root in its containers: (0, 0) without a user namespace.
    pub(crate) root: (u32, u32),
    /// The host's address on the sandboxes' network.
    pub(crate) bridge: Option<IpAddr>,
    /// The id of the sandbox image.
    pub(crate) image: String,
    /// How disks get their limit.
    pub(crate) disk: Method,
    /// What the host allows of inotify, to each user.
    pub(crate) inotify: Inotify,
}

/// The kernel's limits of inotify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inotify {
    pub(crate) instances: u64,
    pub(crate) watches: u64,
}

impl Default for Inotify {
    /// What kernels start with; watches by the machine's memory, but never fewer.
    fn default() -> Self {
        Self {
            instances: 128,
            watches: 8192,
        }
    }
}

impl Inotify {
    /// The command that prints both, and the reading of what it prints.
    pub(crate) const ASK: &str =
        "cat /proc/sys/fs/inotify/max_user_instances /proc/sys/fs/inotify/max_user_watches";

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().map(str::parse);
        Some(Self {
            instances: numbers.next()?.ok()?,
            watches: numbers.next()?.ok()?,
        })
    }
}

impl Ground {
    /// Looks at the host engine and makes ready what all sandboxes share. `disk` is what an earlier look has found.
    pub(crate) async fn survey(host: &Host, config: &Config, disk: Option<Method>) -> Result<Self, Error> {
        let info = negotiate(host).await?;
        let image = image_id(host, config).await?;
        let (bridge, said) = network::ensure(host, config, Inotify::ASK).await?;
        let disk = match disk {
            Some(method) => method,
            None => disk::probe(host, config).await?,
        };
        Ok(Self {
            version: info.server_version.clone().unwrap_or_default(),
            cpus: f64::from(i32::try_from(info.ncpu.unwrap_or(1)).unwrap_or(1)),
            root: root_ids(&info),
            bridge: bridge.address,
            image,
            disk,
            inotify: Inotify::read(&said).unwrap_or_default(),
        })
    }
}

/// Agrees on a version of the API, and asks the engine about itself.
pub(crate) async fn negotiate(host: &Host) -> Result<SystemInfo, Error> {
    // The version is shared by all clones of the connection.
    host.call("agree on a version", host.docker().clone().negotiate_version())
        .await?;
    host.call("tell about itself", host.docker().info()).await
}

/// The id of the sandbox image.
pub(crate) async fn image_id(host: &Host, config: &Config) -> Result<String, Error> {
    match host
        .call(
            "look at the sandbox image",
            host.docker().inspect_image(&config.image),
        )
        .await
    {
        Ok(image) => Ok(image.id.unwrap_or_default()),
        Err(Error::Host {
            status: Some(404), ..
        }) => Err(Error::ImageMissing {
            image: config.image.clone(),
        }),
        Err(error) => Err(error),
    }
}

/// Whether root in a container is somebody else on the host.
pub(crate) fn is_remapped(info: &SystemInfo) -> bool {
    info.security_options
        .iter()
        .flatten()
        .any(|option| option.contains("name=userns"))
}

/// Where the ids are remapped, the engine keeps its data in a folder named after root's: `…/10000000.10000000`.
pub(crate) fn root_ids(info: &SystemInfo) -> (u32, u32) {
    let ids = || {
        let (_, folder) = info.docker_root_dir.as_ref()?.rsplit_once('/')?;
        let (uid, gid) = folder.split_once('.')?;
        Some((uid.parse().ok()?, gid.parse().ok()?))
    };
    if is_remapped(info) {
        ids().unwrap_or((0, 0))
    } else {
        (0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(options: &[&str], folder: &str) -> SystemInfo {
        SystemInfo {
            security_options: Some(options.iter().map(ToString::to_string).collect()),
            docker_root_dir: Some(folder.to_owned()),
            ..SystemInfo::default()
        }
    }

    #[test]
    fn the_remapped_root_is_read_from_the_data_folder() {
        let options = ["name=seccomp,profile=default", "name=userns"];
        assert_eq!(
            root_ids(&info(&options, "/var/lib/docker/10000000.10000001")),
            (10_000_000, 10_000_001)
        );
    }

    #[test]
    fn inotify_limits_are_read() {
        assert_eq!(
            Inotify::read("128\n192536\n"),
            Some(Inotify {
                instances: 128,
                watches: 192_536
            })
        );
        assert_eq!(Inotify::read("cat: no such file"), None);
    }

    #[test]
    fn without_a_user_namespace_root_is_root() {
        assert_eq!(root_ids(&info(&["name=seccomp"], "/var/lib/docker/1.2")), (0, 0));
        assert_eq!(root_ids(&info(&["name=userns"], "/var/lib/docker")), (0, 0));
    }
}
