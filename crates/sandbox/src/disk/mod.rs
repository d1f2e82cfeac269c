//! A sandbox's two disks: the engine's data and the home, each with a hard limit on bytes and on files.
//!
//! Where it works, each is an ext4 file system in a sparse file on a loop device, mounted by the host engine as one of its
//! volumes. The files stand in a volume of the instance, so no path of the host needs to be known. Where loop devices do not
//! work, the disks are in memory.

mod files;

use std::collections::HashMap;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::ListVolumesOptionsBuilder;
use drydock_protocol::api::Limits;
use tracing::warn;

use crate::config::DiskChoice;
use crate::harden::{Disks, uid};
use crate::helper::Helper;
use crate::host::{Host, of_instance};
use crate::names::{LABEL_INSTANCE, LABEL_ROLE, LABEL_SANDBOX, Role, SandboxId};
use crate::template::Template;
use crate::{Config, Error};

use self::files::{clone_command, copying, make_commands, make_files, remove_files, shell};
pub(crate) use self::files::{keep, list, templates};

const GIB: u64 = 1 << 30;
/// The size of the disk that the probe makes.
const PROBE_BYTES: u64 = 16 << 20;

/// How disks get their limit on this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Loop,
    Tmpfs,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Loop => "loop",
            Self::Tmpfs => "tmpfs",
        }
    }
}

/// The disks of one sandbox.
#[derive(Clone, Debug)]
pub(crate) struct DiskPair {
    data: String,
    home: String,
    inodes: (u64, u64),
    method: Method,
    /// Whether the engine's was cloned from a template.
    cloned: bool,
}

impl DiskPair {
    /// Whether the engine's disk holds what a template holds.
    pub(crate) fn is_cloned(&self) -> bool {
        self.cloned
    }

    /// For the container's body.
    pub(crate) fn as_mounts(&self) -> Disks<'_> {
        match self.method {
            Method::Loop => Disks::Volumes {
                data: &self.data,
                home: &self.home,
            },
            Method::Tmpfs => Disks::Tmpfs {
                data_inodes: self.inodes.0,
                home_inodes: self.inodes.1,
            },
        }
    }
}

/// The volume that holds the instance's disk files.
pub(crate) fn store(config: &Config) -> String {
    format!("drydock-{}-disks", config.instance)
}

fn names(config: &Config, id: &SandboxId) -> (String, String) {
    let stem = format!("drydock-{}-{id}", config.instance);
    (format!("{stem}-data"), format!("{stem}-home"))
}

/// Files that a disk may hold: proportional to its size, and enough for a few images on a small one.
fn inodes(config: &Config, bytes: u64) -> u64 {
    (u128::from(config.inodes_per_gib) * u128::from(bytes) / u128::from(GIB)).clamp(4096, 1 << 28) as u64
}

/// The disks that a sandbox has; None where they are in memory, and end with its container.
pub(crate) fn of(config: &Config, method: Method, id: &SandboxId) -> Option<DiskPair> {
    let (data, home) = names(config, id);
    (method == Method::Loop).then_some(DiskPair {
        data,
        home,
        inodes: (0, 0),
        method,
        cloned: false,
    })
}

/// Makes the disks of a sandbox. What is left of a failure is removed by [`remove`].
pub(crate) async fn create(
    host: &Host,
    config: &Config,
    method: Method,
    (id, slot): (&SandboxId, u16),
    limits: &Limits,
    host_root: (u32, u32),
    template: Option<&Template>,
) -> Result<DiskPair, Error> {
    let (data, home) = names(config, id);
    let mut pair = DiskPair {
        inodes: (
            inodes(config, limits.disk_bytes),
            inodes(config, limits.home_bytes),
        ),
        data,
        home,
        method,
        cloned: false,
    };
    if method == Method::Loop {
        let owner = (host_root.0 + uid(slot), host_root.1 + uid(slot));
        let wanted = [
            (&pair.data, limits.disk_bytes, pair.inodes.0),
            (&pair.home, limits.home_bytes, pair.inodes.1),
        ];
        if let Some(template) = template {
            let copy = clone_command(template, (&pair.data, limits.disk_bytes), slot, host_root.0);
            let script = format!("{copy} && {}", make_commands(&wanted[1..], owner));
            match copying(shell(config, script)).run(host, config).await {
                Ok(_) => pair.cloned = true,
                Err(error @ Error::Helper { .. }) => {
                    warn!(sandbox = %id, %error, "sandbox.template.broken: an empty disk is made");
                    // It may go on copying until it is gone.
                    host.settled().await;
                    remove_files(host, config, &[pair.data.clone(), pair.home.clone()]).await?;
                }
                Err(error) => return Err(error),
            }
        }
        if !pair.cloned {
            make_files(host, config, &wanted, owner).await?;
        }
        for (name, ..) in wanted {
            make_volume(host, config, name, id).await?;
        }
    }
    Ok(pair)
}

/// Removes the disks of a sandbox, its container being gone. Parts that are not there are no error.
pub(crate) async fn remove(
    host: &Host,
    config: &Config,
    method: Method,
    id: &SandboxId,
) -> Result<(), Error> {
    let (data, home) = names(config, id);
    let had_data = host.remove_volume(&data).await?;
    let had_home = host.remove_volume(&home).await?;
    // An earlier server may have made its disks in another way.
    if method == Method::Loop || had_data || had_home {
        remove_files(host, config, &[data, home]).await?;
    }
    Ok(())
}

/// Finds the method that works: by making a disk, mounting it, writing to it and removing it again.
pub(crate) async fn probe(host: &Host, config: &Config) -> Result<Method, Error> {
    if config.disk == DiskChoice::Tmpfs {
        return Ok(Method::Tmpfs);
    }
    let host = &host.apart();
    ensure_store(host, config).await?;
    let id = SandboxId::random();
    let tried = try_loop(host, config, &id).await;
    host.settled().await;
    let removed = remove(host, config, Method::Loop, &id).await;
    match (tried.and(removed), config.disk) {
        (Ok(()), _) => Ok(Method::Loop),
        (Err(error), _) if error.is_host_gone() => Err(error),
        (Err(error @ Error::ImageMissing { .. }), _) => Err(error),
        (Err(error), DiskChoice::Loop) => Err(Error::Disk {
            why: error.to_string(),
        }),
        (Err(error), _) => {
            warn!(%error, "sandbox.disk.no_loop: disks are kept in memory");
            Ok(Method::Tmpfs)
        }
    }
}

async fn try_loop(host: &Host, config: &Config, id: &SandboxId) -> Result<(), Error> {
    let (name, _) = names(config, id);
    make_files(host, config, &[(&name, PROBE_BYTES, 64)], (0, 0)).await?;
    make_volume(host, config, &name, id).await?;
    Helper {
        command: vec!["/usr/bin/touch".to_owned(), "/mnt/here".to_owned()],
        volume: Some((name, "/mnt")),
        // An engine with userns-remap gives the disk to its own root while mounting it.
        capabilities: vec!["DAC_OVERRIDE"],
        ..Helper::default()
    }
    .run(host, config)
    .await
    .map(drop)
}

/// The ids of the sandboxes that have a volume.
pub(crate) async fn list_volumes(host: &Host, config: &Config) -> Result<Vec<SandboxId>, Error> {
    let options = ListVolumesOptionsBuilder::new()
        .filters(&of_instance(&config.instance))
        .build();
    let found = host
        .call("list volumes", host.docker().list_volumes(Some(options)))
        .await?;
    Ok(found
        .volumes
        .unwrap_or_default()
        .iter()
        .filter_map(|volume| volume.labels.get(LABEL_SANDBOX)?.parse().ok())
        .collect())
}

/// Makes the volume for the files, if it is not there.
pub(crate) async fn ensure_store(host: &Host, config: &Config) -> Result<(), Error> {
    let request = VolumeCreateRequest {
        name: Some(store(config)),
        labels: Some(labels(config, None)),
        ..VolumeCreateRequest::default()
    };
    create_volume(host, "the volume for disks".to_owned(), request).await
}

async fn make_volume(host: &Host, config: &Config, name: &str, id: &SandboxId) -> Result<(), Error> {
    let options = [
        ("type", "ext4"),
        ("device", &format!("/dev/drydock/{name}")),
        // Nothing on it is a device or changes its user. What is deleted is given back to the host. There is no
        // journal to protect: the disk lives as long as its sandbox.
        ("o", "nodev,nosuid,noatime,discard,nobarrier"),
    ];
    let request = VolumeCreateRequest {
        name: Some(name.to_owned()),
        driver: Some("local".to_owned()),
        driver_opts: Some(
            options
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        ),
        labels: Some(labels(config, Some(id))),
        ..VolumeCreateRequest::default()
    };
    create_volume(host, format!("volume {name}"), request).await
}

async fn create_volume(host: &Host, what: String, request: VolumeCreateRequest) -> Result<(), Error> {
    let own = host.clone();
    let making = async move {
        let call = own.docker().create_volume(request);
        own.call(format!("make {what}"), call).await
    };
    host.see_through(making).await.map(drop)
}

fn labels(config: &Config, id: Option<&SandboxId>) -> HashMap<String, String> {
    let mut labels = HashMap::from([
        (LABEL_INSTANCE.to_owned(), config.instance.clone()),
        (LABEL_ROLE.to_owned(), Role::Volume.as_str().to_owned()),
    ]);
    labels.extend(id.map(|id| (LABEL_SANDBOX.to_owned(), id.to_string())));
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_limited_in_proportion() {
        let config = Config::default();
        assert_eq!(inodes(&config, 4 * GIB), 4 * config.inodes_per_gib);
        assert_eq!(inodes(&config, 1), 4096);
        assert!(
            inodes(
                &Config {
                    inodes_per_gib: u64::MAX,
                    ..config
                },
                u64::MAX
            ) <= 1 << 28
        );
    }
}
