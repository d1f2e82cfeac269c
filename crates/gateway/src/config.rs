//! Everything that can be set about the gateway, in one struct: the server embeds it in its own settings.

use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::rules::Rules;

const GIB: u64 = 1024 * 1024 * 1024;

/// What a sandbox may reach, and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there is a gateway. Without one, nothing leaves a sandbox and no image can be pulled.
    pub enabled: bool,
    /// The TCP port on the sandboxes' network.
    pub port: u16,
    /// Whether sandboxes reach the registries and nothing else, whatever `allow` says.
    pub registries_only: bool,
    /// Hosts that sandboxes reach beside the registries: `pypi.org`, or `*.example.org` for everything below it. By TLS on
    /// port 443 and by plain HTTP on port 80; an entry that ends in `:8443` is for that port only.
    pub allow: Vec<String>,
    /// Networks within the otherwise refused ones (private, loopback, link-local …) that the names in `allow` may lead to:
    /// `10.1.2.0/24`, or `10.1.2.3/32` for one address.
    pub allow_addresses: Vec<IpNet>,
    /// Registries that the gateway answers for, from the classroom registry and its caches. Nobody pushes to them.
    pub registry_hosts: Vec<String>,
    /// Registries in which each learner has a part of their own, to push to and pull from.
    pub push_hosts: Vec<String>,
    /// Bytes that each learner may have in `push_hosts`, the classroom's own layers not counted.
    pub push_quota_bytes: u64,
    /// Minutes for which a tag that a cache has found is not looked up again.
    pub fresh_minutes: u32,
    /// Connections that a sandbox may have at one time.
    pub connections: u32,
    /// Bytes an hour that a sandbox may move to and from the hosts in `allow`. Images are not counted.
    pub bytes_per_hour: u64,
    /// Minutes after which a tunnel is closed, whatever goes on in it.
    pub tunnel_minutes: u32,
    /// Seconds without a byte after which a tunnel is closed. A connection to a registry has twice as long.
    pub idle_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        let names = |list: &[&str]| list.iter().map(|&name| name.to_owned()).collect();
        Self {
            enabled: true,
            port: 3128,
            registries_only: false,
            allow: names(&[
                "pypi.org",
                "files.pythonhosted.org",
                "registry.npmjs.org",
                "deb.debian.org",
                "security.debian.org",
            ]),
            allow_addresses: Vec::new(),
            registry_hosts: names(&[
                "docker.io",
                "registry-1.docker.io",
                "index.docker.io",
                "ghcr.io",
                "quay.io",
                "registry.k8s.io",
                "mcr.microsoft.com",
                "gcr.io",
                "public.ecr.aws",
            ]),
            push_hosts: names(&["registry.example.com"]),
            push_quota_bytes: GIB,
            fresh_minutes: 60,
            connections: 64,
            bytes_per_hour: 8 * GIB,
            tunnel_minutes: 30,
            idle_seconds: 60,
        }
    }
}

impl Config {
    /// Refuses what cannot work, with the setting's name.
    pub fn check(&self) -> Result<(), Error> {
        Rules::new(self)?;
        for (setting, value) in [
            ("connections", u64::from(self.connections)),
            ("bytes_per_hour", self.bytes_per_hour),
            ("tunnel_minutes", u64::from(self.tunnel_minutes)),
            ("idle_seconds", u64::from(self.idle_seconds)),
        ] {
            if value == 0 {
                return Err(Error::Config {
                    setting,
                    why: "0: at least 1, or nothing gets through. To close all tunnels set `registries_only`"
                        .to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The hosts whose TLS ends at the gateway: the ones that its certificate authority signs for.
    pub fn intercepted(&self) -> Vec<String> {
        let mut hosts: Vec<String> = self
            .registry_hosts
            .iter()
            .chain(&self.push_hosts)
            .cloned()
            .collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    pub(crate) fn idle(&self) -> Duration {
        Duration::from_secs(u64::from(self.idle_seconds))
    }

    pub(crate) fn tunnel(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.tunnel_minutes))
    }

    pub(crate) fn fresh(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.fresh_minutes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_right() {
        Config::default().check().unwrap();
    }

    #[test]
    fn a_few_settings_are_enough() {
        let config: Config =
            serde_json::from_str(r#"{"allow":["*.example.org"],"allow_addresses":["10.0.0.0/8"]}"#).unwrap();
        config.check().unwrap();
        assert_eq!(config.push_quota_bytes, GIB);
        assert!(serde_json::from_str::<Config>(r#"{"alow":[]}"#).is_err());
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        let refused = |change: fn(&mut Config)| {
            let mut config = Config::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(refused(|c| c.allow = vec!["10.0.0.1".into()]).contains("allow"));
        assert!(refused(|c| c.allow = vec!["https://pypi.org/".into()]).contains("allow"));
        assert!(refused(|c| c.allow = vec!["*.org:x".into()]).contains("allow"));
        assert!(refused(|c| c.push_hosts = vec!["registry.example.com:5000".into()]).contains("push_hosts"));
        assert!(refused(|c| c.registry_hosts.push("registry.example.com".into())).contains("push_hosts"));
        assert!(refused(|c| c.connections = 0).contains("connections"));
        assert!(refused(|c| c.idle_seconds = 0).contains("idle_seconds"));
    }
}
