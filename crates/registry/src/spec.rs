//! What a registry's container, volume and networks are made of.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, HealthConfig, HostConfig, HostConfigLogConfig, Mount, MountType,
    NetworkCreateRequest, RestartPolicy, RestartPolicyNameEnum, VolumeCreateRequest,
};
use drydock_sandbox::{LABEL_INSTANCE, LABEL_ROLE};
use sha2::{Digest, Sha256};

use crate::names::{self, LABEL_SPEC, ROLE};
use crate::{Config, Upstream};

/// Where the image keeps everything.
pub(crate) const DATA: &str = "/var/lib/registry";
/// The file in it that an upstream's user and password are read from: variables would be shown by `docker inspect`.
pub(crate) const CREDENTIALS: &str = "credentials";
/// The user that the image runs as.
pub(crate) const UID: u64 = 900;
/// Where it listens.
pub(crate) const PORT: u16 = 5000;
/// Processes and threads: a thread waits for each read of a slow disk.
const PIDS: i64 = 512;
/// What nobody names any more is removed before the registry serves, unless that was done within so many hours.
const COLLECT_HOURS: u32 = 12;

/// One registry: the classroom's, or the cache of an upstream.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) instance: String,
    /// Of the container.
    pub(crate) name: String,
    pub(crate) image: String,
    pub(crate) volume: String,
    /// Whether the volume is this instance's own, so that it may be tidied and goes with the instance.
    pub(crate) own_volume: bool,
    pub(crate) memory_bytes: u64,
    pub(crate) upstream: Option<Upstream>,
}

impl Spec {
    /// The classroom registry.
    pub(crate) fn classroom(instance: &str, config: &Config) -> Self {
        let name = names::classroom(instance);
        let own_volume = config.volume.is_empty();
        Self {
            instance: instance.to_owned(),
            image: config.image.clone(),
            volume: if own_volume {
                name.clone()
            } else {
                config.volume.clone()
            },
            name,
            own_volume,
            memory_bytes: config.memory_bytes,
            upstream: None,
        }
    }

    /// The cache of an upstream.
    pub(crate) fn cache(instance: &str, config: &Config, upstream: &Upstream) -> Self {
        let name = names::cache(instance, &upstream.host);
        Self {
            instance: instance.to_owned(),
            volume: name.clone(),
            name,
            image: config.image.clone(),
            own_volume: true,
            memory_bytes: config.memory_bytes,
            upstream: Some(upstream.clone()),
        }
    }

    /// What tells a container of this from one that was made of something else.
    pub(crate) fn hash(&self, image_id: &str) -> String {
        let upstream = self.upstream.clone().unwrap_or_default();
        let parts = [
            // Of what stands in this file. Raise it with a change that containers made before should not survive.
            "1",
            image_id,
            &self.volume,
            &self.memory_bytes.to_string(),
            &upstream.url,
            &upstream.username,
            &upstream.password,
        ];
        let hash = Sha256::digest(parts.join("\0"));
        hex(&hash[..8])
    }

    /// The container. `collect`: nobody else has the volume.
    pub(crate) fn container(&self, image_id: &str, collect: bool) -> ContainerCreateBody {
        let memory = i64::try_from(self.memory_bytes).unwrap_or(i64::MAX);
        let mut env = Vec::new();
        if collect && self.own_volume && self.upstream.is_none() {
            env.push(format!("DRYDOCK_COLLECT_HOURS={COLLECT_HOURS}"));
        }
        if let Some(upstream) = &self.upstream {
            env.push(format!("REGISTRY_PROXY_REMOTEURL={}", upstream.url));
        }
        let mut labels = labels(&self.instance);
        labels.insert(LABEL_SPEC.to_owned(), self.hash(image_id));
        ContainerCreateBody {
            image: Some(image_id.to_owned()),
            user: Some(format!("{UID}:{UID}")),
            env: Some(env),
            labels: Some(labels),
            healthcheck: Some(HealthConfig {
                test: Some(vec!["NONE".to_owned()]),
                ..HealthConfig::default()
            }),
            host_config: Some(HostConfig {
                privileged: Some(false),
                cap_drop: Some(vec!["ALL".to_owned()]),
                security_opt: Some(vec!["no-new-privileges".to_owned()]),
                readonly_rootfs: Some(true),
                // So that a registry that is killed leaves nothing behind but itself.
                init: Some(true),
                mounts: Some(vec![Mount {
                    typ: Some(MountType::VOLUME),
                    source: Some(self.volume.clone()),
                    target: Some(DATA.to_owned()),
                    ..Mount::default()
                }]),
                memory: Some(memory),
                memory_swap: Some(memory),
                pids_limit: Some(PIDS),
                log_config: Some(HostConfigLogConfig {
                    typ: Some("json-file".to_owned()),
                    config: Some(HashMap::from(
                        [("max-size", "4m"), ("max-file", "2")]
                            .map(|(key, value)| (key.to_owned(), value.to_owned())),
                    )),
                }),
                network_mode: Some(names::network(&self.instance)),
                // Nothing is published: only the host itself reaches the container.
                publish_all_ports: Some(false),
                // The server looks after it.
                restart_policy: Some(RestartPolicy {
                    name: Some(RestartPolicyNameEnum::NO),
                    maximum_retry_count: None,
                }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        }
    }

    /// The volume. One that is shared belongs to no instance.
    pub(crate) fn volume(&self) -> VolumeCreateRequest {
        VolumeCreateRequest {
            name: Some(self.volume.clone()),
            labels: self.own_volume.then(|| labels(&self.instance)),
            ..VolumeCreateRequest::default()
        }
    }

    /// The archive that puts the credentials into the volume of a container that has not been started. Where there are none,
    /// it takes away those that there were.
    pub(crate) fn credentials(&self) -> Option<Vec<u8>> {
        let upstream = self.upstream.as_ref()?;
        let text = if upstream.username.is_empty() {
            String::new()
        } else {
            format!("{}\n{}\n", upstream.username, upstream.password)
        };
        let mut header = tar::Header::new_ustar();
        header.set_path(CREDENTIALS).ok()?;
        header.set_size(text.len() as u64);
        header.set_mode(0o400);
        header.set_uid(UID);
        header.set_gid(UID);
        header.set_cksum();
        let mut archive = tar::Builder::new(Vec::new());
        archive.append(&header, text.as_bytes()).ok()?;
        archive.into_inner().ok()
    }
}

/// A bridge for registries. `internal`: it leads nowhere.
pub(crate) fn network(instance: &str, name: String, internal: bool) -> NetworkCreateRequest {
    NetworkCreateRequest {
        name,
        driver: Some("bridge".to_owned()),
        internal: Some(internal),
        enable_ipv6: Some(false),
        // Registries have nothing to say to each other.
        options: Some(HashMap::from([(
            "com.docker.network.bridge.enable_icc".to_owned(),
            "false".to_owned(),
        )])),
        labels: Some(labels(instance)),
        ..NetworkCreateRequest::default()
    }
}

fn labels(instance: &str) -> HashMap<String, String> {
    HashMap::from(
        [(LABEL_INSTANCE, instance), (LABEL_ROLE, ROLE)]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
    )
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> Spec {
        let upstream = Upstream {
            host: "docker.io".into(),
            url: "https://registry-1.docker.io".into(),
            username: "class".into(),
            password: "hunter2".into(),
        };
        Spec::cache("lab", &Config::default(), &upstream)
    }

    #[test]
    fn a_container_has_no_privilege_and_no_port() {
        let body = Spec::classroom("lab", &Config::default()).container("sha256:1", true);
        let host = body.host_config.unwrap();
        assert_eq!(host.cap_drop, Some(vec!["ALL".to_owned()]));
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.privileged, Some(false));
        assert_eq!(host.port_bindings, None);
        assert_eq!(body.user.as_deref(), Some("900:900"));
        assert_eq!(host.network_mode.as_deref(), Some("drydock-lab-registry"));
    }

    #[test]
    fn a_password_is_in_the_volume_and_nowhere_else() {
        let spec = cache();
        let body = spec.container("sha256:1", true);
        assert!(!format!("{body:?}").contains("hunter2"));
        let archive = spec.credentials().unwrap();
        assert!(String::from_utf8_lossy(&archive).contains("class\nhunter2\n"));
    }

    #[test]
    fn a_change_makes_another_container() {
        let spec = cache();
        let mut other = spec.clone();
        assert_eq!(spec.hash("sha256:1"), other.hash("sha256:1"));
        assert_ne!(spec.hash("sha256:1"), spec.hash("sha256:2"));
        other.upstream.as_mut().unwrap().password = "other".into();
        assert_ne!(spec.hash("sha256:1"), other.hash("sha256:1"));
    }

    #[test]
    fn only_what_is_ones_own_is_tidied_and_removed() {
        let own = Spec::classroom("lab", &Config::default());
        let shared = Spec::classroom(
            "lab",
            &Config {
                volume: "school".into(),
                ..Config::default()
            },
        );
        let tidies = |spec: &Spec, alone| {
            let env = spec.container("sha256:1", alone).env.unwrap();
            env.iter().any(|one| one.starts_with("DRYDOCK_COLLECT"))
        };
        assert!(tidies(&own, true) && !tidies(&own, false) && !tidies(&shared, true));
        assert!(own.volume().labels.is_some() && shared.volume().labels.is_none());
        assert_eq!(shared.volume, "school");
    }
}
