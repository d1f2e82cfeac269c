//! One-shot containers of the sandbox image that do one thing on the host's side, as root, and end.
//!
//! They are how the server reaches what only root of the host can: it needs no privilege itself beyond the host
//! engine's socket. None of them ever opens anything that a learner could have put there.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error as Bollard;
use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType};
use futures::StreamExt;
use tokio::time::timeout;

use crate::host::Host;
use crate::names::{LABEL_INSTANCE, LABEL_ROLE, Role, SandboxId};
use crate::{Config, Error};

/// How long a helper may take, unless it copies a lot.
const LIMIT: Duration = Duration::from_secs(30);

/// A helper and what it needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Helper {
    /// Its program and arguments.
    pub(crate) command: Vec<String>,
    /// Folders of the host, at the same place in the helper.
    pub(crate) folders: Vec<&'static str>,
    /// A volume, and where it is mounted.
    pub(crate) volume: Option<(String, &'static str)>,
    /// Devices that it may open: `b 7:* rwm`.
    pub(crate) devices: Vec<String>,
    /// Capabilities that it needs of those that a container may have.
    pub(crate) capabilities: Vec<&'static str>,
    /// Whether it works on the host's network.
    pub(crate) host_network: bool,
    /// Whether it may enter namespaces of a container that runs.
    pub(crate) into_namespaces: bool,
    /// Whether its ids are remapped as those of sandboxes are.
    pub(crate) remapped: bool,
    /// How long it may take, if it is longer than most.
    pub(crate) limit: Option<Duration>,
}

impl Helper {
    /// Runs it to its end. What it printed comes back; a failure carries it.
    pub(crate) async fn run(self, host: &Host, config: &Config) -> Result<String, Error> {
        let command = self.command.join(" ");
        let limit = self.limit.unwrap_or(LIMIT);
        let name = format!("drydock-{}-helper-{}", config.instance, SandboxId::random());
        // Removed whatever way this ends, also while it is being made.
        let container = host.run(&name, self.container(config)).await?;
        let ended = timeout(limit, async {
            let mut ended = host.docker().wait_container(container.id(), None);
            ended.next().await
        })
        .await;
        let exit = match ended {
            Ok(Some(Ok(answer))) => answer.status_code,
            // That is how bollard says an exit status other than 0.
            Ok(Some(Err(Bollard::DockerContainerWaitError { code, .. }))) => code,
            Ok(Some(Err(error))) => return host.call("wait for a helper", async { Err(error) }).await,
            Ok(None) => {
                return Err(Error::HostEngine {
                    why: "it hung up while a helper ran".to_owned(),
                });
            }
            Err(_) => {
                return Err(Error::Helper {
                    command,
                    exit: -1,
                    said: format!("nothing within {} s", limit.as_secs()),
                });
            }
        };
        if exit == 0 {
            Ok(host.printed_all(container.id()).await)
        } else {
            let said = host.said(container.id()).await;
            Err(Error::Helper { command, exit, said })
        }
    }

    fn container(self, config: &Config) -> ContainerCreateBody {
        let bind = |folder: &&str| Mount {
            typ: Some(MountType::BIND),
            source: Some((*folder).to_owned()),
            target: Some((*folder).to_owned()),
            ..Mount::default()
        };
        let volume = self.volume.as_ref().map(|(name, target)| Mount {
            typ: Some(MountType::VOLUME),
            source: Some(name.clone()),
            target: Some((*target).to_owned()),
            ..Mount::default()
        });
        ContainerCreateBody {
            image: Some(config.image.clone()),
            user: Some("0:0".to_owned()),
            working_dir: Some("/".to_owned()),
            entrypoint: Some(self.command),
            cmd: Some(Vec::new()),
            labels: Some(HashMap::from([
                (LABEL_INSTANCE.to_owned(), config.instance.clone()),
                (LABEL_ROLE.to_owned(), Role::Helper.as_str().to_owned()),
            ])),
            host_config: Some(HostConfig {
                mounts: Some(self.folders.iter().map(bind).chain(volume).collect()),
                // What it works on belongs to the host's ids.
                userns_mode: (!self.remapped).then(|| "host".to_owned()),
                network_mode: Some(if self.host_network { "host" } else { "none" }.to_owned()),
                cap_drop: Some(vec!["ALL".to_owned()]),
                cap_add: Some(self.capabilities.iter().map(|&name| name.to_owned()).collect()),
                device_cgroup_rules: (!self.devices.is_empty()).then_some(self.devices),
                readonly_rootfs: Some(true),
                tmpfs: Some(HashMap::from([("/run".to_owned(), "size=1m".to_owned())])),
                // Finding a process, entering a namespace and writing to /proc/sys are what Docker's defaults forbid. It
                // is not done by capabilities, but by being the uid that made the namespace.
                pid_mode: self.into_namespaces.then(|| "host".to_owned()),
                security_opt: self
                    .into_namespaces
                    .then(|| vec!["seccomp=unconfined".to_owned()]),
                masked_paths: self.into_namespaces.then(Vec::new),
                readonly_paths: self.into_namespaces.then(Vec::new),
                memory: Some(256 << 20),
                pids_limit: Some(64),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }
}
