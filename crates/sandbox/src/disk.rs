//! A sandbox's two disks: the engine's data and the home, each with a hard limit on bytes and on files.
//!
//! Where it works, each is an ext4 file system in a sparse file on a loop device, mounted by the host engine as one of its
//! volumes. The files stand in a volume of the instance, so no path of the host needs to be known. Where loop devices do not
//! work, the disks are in memory.

use std::collections::HashMap;
use std::time::Duration;

use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::ListVolumesOptionsBuilder;
use drydock_protocol::api::Limits;
use tracing::warn;

use crate::config::DiskChoice;
use crate::harden::{Disks, first_subordinate_id, uid};
use crate::helper::Helper;
use crate::host::{Host, of_instance};
use crate::names::{LABEL_INSTANCE, LABEL_ROLE, LABEL_SANDBOX, Role, SandboxId};
use crate::template::Template;
use crate::{Config, Error};

const GIB: u64 = 1 << 30;
/// Where a helper sees the files.
const FOLDER: &str = "/disks";
/// How long a disk may take to be copied, many at one time on a slow machine.
const COPY: Duration = Duration::from_secs(180);
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

/// The ids of the sandboxes that have a disk's file, whether or not they have anything else.
pub(crate) async fn list(host: &Host, config: &Config) -> Result<Vec<SandboxId>, Error> {
    let said = helper(config, "list", &[FOLDER.to_owned()])
        .run(host, config)
        .await?;
    let prefix = format!("{FOLDER}/drydock-{}-", config.instance);
    Ok(said
        .lines()
        .filter_map(|line| {
            let name = line.split_whitespace().next()?.strip_prefix(&prefix)?;
            name.rsplit_once('-')?.0.parse().ok()
        })
        .collect())
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

async fn make_files(
    host: &Host,
    config: &Config,
    wanted: &[(&String, u64, u64)],
    owner: (u32, u32),
) -> Result<(), Error> {
    // All in one helper: starting it is most of what this takes.
    let script = make_commands(wanted, owner);
    shell(config, script).run(host, config).await.map(drop)
}

fn make_commands(wanted: &[(&String, u64, u64)], (uid, gid): (u32, u32)) -> String {
    wanted
        .iter()
        .map(|(name, bytes, inodes)| format!("{DISK} create {FOLDER}/{name} {bytes} {inodes} {uid} {gid}"))
        .collect::<Vec<_>>()
        .join(" && ")
}

/// Copies a template to a disk of this size, for a slot. `root` is the host's id of root in its containers.
fn clone_command(template: &Template, (name, bytes): (&str, u64), slot: u16, root: u32) -> String {
    let ids = |slot| {
        let (own, subordinate) = (root + uid(slot), root + first_subordinate_id(slot));
        format!("{own} {subordinate}")
    };
    format!(
        "{DISK} clone {FOLDER}/{name} {FOLDER}/{} {} {} {bytes}",
        template.name(),
        ids(template.slot),
        ids(slot)
    )
}

/// Makes a template of the engine's disk of a sandbox whose container is gone.
pub(crate) async fn keep(
    host: &Host,
    config: &Config,
    id: &SandboxId,
    template: &Template,
) -> Result<(), Error> {
    let (data, _) = names(config, id);
    host.remove_volume(&data).await?;
    let file = |name: &str| format!("{FOLDER}/{name}");
    copying(helper(config, "keep", &[file(&data), file(&template.name())]))
        .run(host, config)
        .await
        .map(drop)
}

/// The sound template with this key, if there is one. All others are removed.
pub(crate) async fn templates(host: &Host, config: &Config, key: &str) -> Result<Option<Template>, Error> {
    let said = copying(helper(config, "templates", &[FOLDER.to_owned(), key.to_owned()]))
        .run(host, config)
        .await?;
    Ok(said.lines().find_map(Template::parse))
}

async fn remove_files(host: &Host, config: &Config, names: &[String]) -> Result<(), Error> {
    let script = names
        .iter()
        .map(|name| format!("{DISK} remove {FOLDER}/{name}"))
        .collect::<Vec<_>>()
        .join(" && ");
    shell(config, script).run(host, config).await.map(drop)
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

const DISK: &str = "/usr/lib/drydock/disk";

fn helper(config: &Config, action: &str, arguments: &[String]) -> Helper {
    let command = [DISK.to_owned(), action.to_owned()]
        .into_iter()
        .chain(arguments.iter().cloned())
        .collect();
    with_loop_devices(config, command)
}

/// For one that reads or writes all of a disk.
fn copying(helper: Helper) -> Helper {
    Helper {
        limit: Some(COPY),
        ..helper
    }
}

/// Names and numbers only stand in the script, none of them a learner's.
fn shell(config: &Config, script: String) -> Helper {
    with_loop_devices(config, vec!["/bin/sh".to_owned(), "-c".to_owned(), script])
}

fn with_loop_devices(config: &Config, command: Vec<String>) -> Helper {
    Helper {
        command,
        folders: vec!["/dev"],
        volume: Some((store(config), FOLDER)),
        // Loop devices, and the device that hands them out.
        devices: vec!["b 7:* rwm".to_owned(), "c 10:237 rwm".to_owned()],
        // /dev belongs to root, the store's folder to root of the engine's user namespace.
        capabilities: vec!["DAC_OVERRIDE", "MKNOD"],
        ..Helper::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_gets_the_ids_of_its_slot() {
        let template = Template {
            key: "0a1b".to_owned(),
            slot: 7,
        };
        assert_eq!(
            clone_command(&template, ("a-data", 4096), 1, 10_000_000),
            "/usr/lib/drydock/disk clone /disks/a-data /disks/template.0a1b.7 10020007 11493216 10020001 11100000 4096"
        );
    }

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
