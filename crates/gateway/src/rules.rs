//! Which hosts a sandbox may reach, and how: the settings' lists, made ready to be asked.

use std::collections::BTreeMap;

use crate::target::{Target, check_name};
use crate::{Config, Error};

/// Docker Hub's own name, under which its images are kept.
pub(crate) const HUB: &str = "docker.io";
/// The names that Docker Hub is called by.
const HUB_NAMES: [&str; 3] = ["registry-1.docker.io", "index.docker.io", HUB];

/// A host that the gateway answers for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryHost {
    /// As the client calls it.
    pub(crate) name: String,
    /// As its images are kept: all of Docker Hub's names are one.
    pub(crate) normal: String,
    /// Whether learners have a part of their own in it.
    pub(crate) push: bool,
}

/// How a host is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Through CONNECT, with TLS inside.
    Tunnel,
    /// By a request of plain HTTP.
    Plain,
}

/// What becomes of a request for a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The gateway answers.
    Registry(RegistryHost),
    /// It goes through.
    Through,
    /// The host is let through, by another way or on another port.
    WrongPort,
    /// The settings close everything but registries.
    RegistriesOnly,
    /// It is on no list.
    Unlisted,
}

#[derive(Debug)]
struct Allowed {
    /// `example.org`, or `.example.org` for what is below it.
    name: String,
    port: Option<u16>,
}

/// The lists.
#[derive(Debug)]
pub(crate) struct Rules {
    registries: BTreeMap<String, RegistryHost>,
    allowed: Vec<Allowed>,
    registries_only: bool,
}

impl Rules {
    pub(crate) fn new(config: &Config) -> Result<Self, Error> {
        let mut registries = BTreeMap::new();
        for (setting, hosts, push) in [
            ("registry_hosts", &config.registry_hosts, false),
            ("push_hosts", &config.push_hosts, true),
        ] {
            for host in hosts {
                let wrong = |why: &str| Error::Config {
                    setting,
                    why: format!("`{host}`: {why}"),
                };
                check_name(host)
                    .ok()
                    .filter(|()| !host.bytes().any(|byte| byte.is_ascii_uppercase()))
                    .ok_or_else(|| wrong("a host's name in lower case, such as ghcr.io, without a port"))?;
                let normal = normal(host);
                if push && normal == HUB {
                    return Err(wrong("nobody pushes to Docker Hub from a classroom"));
                }
                let known = RegistryHost {
                    name: host.clone(),
                    normal,
                    push,
                };
                if registries
                    .insert(host.clone(), known)
                    .is_some_and(|old| old.push != push)
                {
                    return Err(wrong("is among registry_hosts already; one of the two"));
                }
            }
        }
        let allowed = config
            .allow
            .iter()
            .map(|entry| Allowed::parse(entry))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            registries,
            allowed,
            registries_only: config.registries_only,
        })
    }

    pub(crate) fn decide(&self, target: &Target, way: Way) -> Decision {
        if let Some(host) = self.registries.get(&target.host) {
            return match (way, target.port) {
                (Way::Tunnel, 443) => Decision::Registry(host.clone()),
                _ => Decision::WrongPort,
            };
        }
        if self.registries_only {
            return Decision::RegistriesOnly;
        }
        let default = match way {
            Way::Tunnel => 443,
            Way::Plain => 80,
        };
        let mut named = self
            .allowed
            .iter()
            .filter(|allowed| allowed.covers(&target.host))
            .peekable();
        if named.peek().is_none() {
            Decision::Unlisted
        } else if named.any(|allowed| allowed.port.unwrap_or(default) == target.port) {
            Decision::Through
        } else {
            Decision::WrongPort
        }
    }

    /// A host that learners push to, by its name.
    pub(crate) fn push_host(&self, name: &str) -> Option<&RegistryHost> {
        self.registries.get(name).filter(|host| host.push)
    }

    /// The hosts that are let through, for a text.
    pub(crate) fn names(&self) -> Vec<String> {
        let all = if self.registries_only {
            &[][..]
        } else {
            &self.allowed[..]
        };
        all.iter().map(Allowed::shown).collect()
    }
}

impl Allowed {
    fn parse(entry: &str) -> Result<Self, Error> {
        let wrong = || Error::Config {
            setting: "allow",
            why: format!(
                "`{entry}`: a host's name such as pypi.org or *.example.org, with or without a port"
            ),
        };
        let (name, port) = match entry.split_once(':') {
            Some((name, port)) => (name, Some(port.parse().map_err(|_| wrong())?)),
            None => (entry, None),
        };
        let name = name.to_ascii_lowercase();
        let bare = name.strip_prefix("*.").unwrap_or(&name);
        check_name(bare).map_err(|_| wrong())?;
        Ok(Self {
            name: name.strip_prefix('*').unwrap_or(&name).to_owned(),
            port,
        })
    }

    fn covers(&self, host: &str) -> bool {
        if self.name.starts_with('.') {
            host.len() > self.name.len() && host.ends_with(&self.name)
        } else {
            host == self.name
        }
    }

    fn shown(&self) -> String {
        let star = if self.name.starts_with('.') { "*" } else { "" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{star}{}{port}", self.name)
    }
}

/// The name that a registry's images are kept under.
fn normal(host: &str) -> String {
    if HUB_NAMES.contains(&host) { HUB } else { host }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(target: &str, way: Way) -> Decision {
        let config = Config {
            allow: vec![
                "pypi.org".into(),
                "*.example.org".into(),
                "odd.example.net:8443".into(),
            ],
            ..Config::default()
        };
        let default = (way == Way::Plain).then_some(80);
        Rules::new(&config)
            .unwrap()
            .decide(&Target::parse(target, default).unwrap(), way)
    }

    #[test]
    fn registries_are_answered_for() {
        let Decision::Registry(host) = decide("registry-1.docker.io:443", Way::Tunnel) else {
            panic!("not a registry");
        };
        assert_eq!((host.normal.as_str(), host.push), ("docker.io", false));
        assert_eq!(decide("ghcr.io:80", Way::Tunnel), Decision::WrongPort);
        assert_eq!(decide("ghcr.io", Way::Plain), Decision::WrongPort);
        assert!(
            matches!(decide("registry.example.com:443", Way::Tunnel), Decision::Registry(host) if host.push)
        );
    }

    #[test]
    fn only_listed_names_go_through_and_only_on_their_ports() {
        assert_eq!(decide("pypi.org:443", Way::Tunnel), Decision::Through);
        assert_eq!(decide("pypi.org", Way::Plain), Decision::Through);
        assert_eq!(decide("pypi.org:80", Way::Tunnel), Decision::WrongPort);
        assert_eq!(decide("pypi.org:22", Way::Tunnel), Decision::WrongPort);
        assert_eq!(decide("pypi.org:443", Way::Plain), Decision::WrongPort);
        assert_eq!(decide("a.b.example.org:443", Way::Tunnel), Decision::Through);
        assert_eq!(decide("odd.example.net:8443", Way::Tunnel), Decision::Through);
        assert_eq!(decide("odd.example.net:443", Way::Tunnel), Decision::WrongPort);
        for other in [
            "example.org:443",
            "notexample.org:443",
            "evil-pypi.org:443",
            "pypi.org.evil.com:443",
            "sub.pypi.org:443",
        ] {
            assert_eq!(decide(other, Way::Tunnel), Decision::Unlisted, "{other}");
        }
    }

    #[test]
    fn one_switch_closes_all_but_registries() {
        let rules = Rules::new(&Config {
            registries_only: true,
            ..Config::default()
        })
        .unwrap();
        let decide = |target| rules.decide(&Target::parse(target, None).unwrap(), Way::Tunnel);
        assert_eq!(decide("pypi.org:443"), Decision::RegistriesOnly);
        assert!(matches!(decide("ghcr.io:443"), Decision::Registry(_)));
        assert!(rules.names().is_empty());
    }
}
