//! The files of disks, in the store: made, copied, kept and removed by helpers.

use std::time::Duration;

use crate::harden::{first_subordinate_id, uid};
use crate::helper::Helper;
use crate::host::Host;
use crate::names::SandboxId;
use crate::template::Template;
use crate::{Config, Error};

use super::{names, store};

const DISK: &str = "/usr/lib/drydock/disk";
/// Where a helper sees the files.
const FOLDER: &str = "/disks";
/// How long a disk may take to be copied, many at one time on a slow machine.
const COPY: Duration = Duration::from_secs(180);

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

pub(super) async fn make_files(
    host: &Host,
    config: &Config,
    wanted: &[(&String, u64, u64)],
    owner: (u32, u32),
) -> Result<(), Error> {
    // All in one helper: starting it is most of what this takes.
    let script = make_commands(wanted, owner);
    shell(config, script).run(host, config).await.map(drop)
}

pub(super) fn make_commands(wanted: &[(&String, u64, u64)], (uid, gid): (u32, u32)) -> String {
    wanted
        .iter()
        .map(|(name, bytes, inodes)| format!("{DISK} create {FOLDER}/{name} {bytes} {inodes} {uid} {gid}"))
        .collect::<Vec<_>>()
        .join(" && ")
}

/// Copies a template to a disk of this size, for a slot. `root` is the host's id of root in its containers.
pub(super) fn clone_command(template: &Template, (name, bytes): (&str, u64), slot: u16, root: u32) -> String {
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

pub(super) async fn remove_files(host: &Host, config: &Config, names: &[String]) -> Result<(), Error> {
    let script = names
        .iter()
        .map(|name| format!("{DISK} remove {FOLDER}/{name}"))
        .collect::<Vec<_>>()
        .join(" && ");
    shell(config, script).run(host, config).await.map(drop)
}

fn helper(config: &Config, action: &str, arguments: &[String]) -> Helper {
    let command = [DISK.to_owned(), action.to_owned()]
        .into_iter()
        .chain(arguments.iter().cloned())
        .collect();
    with_loop_devices(config, command)
}

/// For one that reads or writes all of a disk.
pub(super) fn copying(helper: Helper) -> Helper {
    Helper {
        limit: Some(COPY),
        ..helper
    }
}

/// Names and numbers only stand in the script, none of them a learner's.
pub(super) fn shell(config: &Config, script: String) -> Helper {
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
}
