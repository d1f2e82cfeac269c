//! Everything that can be set about the registries, in one struct: the server embeds it in its own settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

const MIB: u64 = 1024 * 1024;

/// How the registries are run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Whether there are any. Without them, sandboxes have no images but those that lessons put into them.
    pub enabled: bool,
    /// The registry image, as the host engine knows it.
    pub image: String,
    /// The volume that classroom images and learners' pushes are kept in. Empty: one of the instance's own. Servers that share
    /// one have the same classroom images, and nothing in it is ever collected.
    pub volume: String,
    /// The memory that each registry may use, in bytes.
    pub memory_bytes: u64,
    /// The registries that are asked for what the classroom does not have. None: the classroom works without internet.
    pub upstreams: Vec<Upstream>,
}

/// A registry elsewhere, of which a cache is kept.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Upstream {
    /// Its name in references: `docker.io`, `ghcr.io`.
    pub host: String,
    /// Where it is: `https://registry-1.docker.io`.
    pub url: String,
    /// Who asks. Empty: anybody.
    pub username: String,
    /// Their password, or better a token that can only read.
    pub password: String,
}

/// What is secret about it stays out of logs.
impl fmt::Debug for Upstream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Upstream")
            .field("host", &self.host)
            .field("url", &self.url)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            enabled: true,
            image: "drydock/registry:latest".to_owned(),
            volume: String::new(),
            memory_bytes: 256 * MIB,
            upstreams: Vec::new(),
        }
    }
}

impl Config {
    /// Refuses what cannot work, with the setting's name.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |setting: &'static str, why: String| Err(Error::Config { setting, why });
        if self.image.is_empty() {
            return wrong("image", "it is empty".to_owned());
        }
        if self.memory_bytes < 64 * MIB {
            return wrong("memory_bytes", "a registry needs 64 MiB".to_owned());
        }
        let name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if !self.volume.bytes().all(name) || self.volume.starts_with(['_', '.', '-']) {
            return wrong(
                "volume",
                format!(
                    "`{}` is not the name of a volume: letters, digits, `_`, `.` and `-`",
                    self.volume
                ),
            );
        }
        for (index, upstream) in self.upstreams.iter().enumerate() {
            if let Err(why) = upstream.check() {
                return wrong("upstreams", why);
            }
            if self.upstreams[..index]
                .iter()
                .any(|other| other.host == upstream.host)
            {
                return wrong("upstreams", format!("{} is named twice", upstream.host));
            }
        }
        Ok(())
    }
}

impl Upstream {
    fn check(&self) -> Result<(), String> {
        let part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:".contains(&byte);
        if self.host.is_empty() || !self.host.bytes().all(part) {
            return Err(format!(
                "`{}` is not the name of a registry, such as docker.io",
                self.host
            ));
        }
        let address = self
            .url
            .strip_prefix("https://")
            .or_else(|| self.url.strip_prefix("http://"));
        let well_formed = self.url.parse::<http::Uri>().is_ok_and(|url| {
            url.host().is_some_and(|host| !host.is_empty()) && url.path() == "/" && url.query().is_none()
        });
        if address.is_none_or(|rest| rest.contains(['/', '@'])) || !well_formed {
            return Err(format!(
                "the url of {} is `{}`; it is like https://registry-1.docker.io, without a path or a user",
                self.host, self.url
            ));
        }
        if self.username.is_empty() != self.password.is_empty() {
            return Err(format!(
                "{} has a username or a password, but not both",
                self.host
            ));
        }
        if self.username.contains(char::is_control) || self.password.contains(char::is_control) {
            return Err(format!(
                "the username and password of {} are one line each",
                self.host
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(host: &str, url: &str) -> Upstream {
        Upstream {
            host: host.to_owned(),
            url: url.to_owned(),
            ..Upstream::default()
        }
    }

    fn refused(change: impl FnOnce(&mut Config)) -> String {
        let mut config = Config::default();
        change(&mut config);
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_right() {
        Config::default().check().unwrap();
    }

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        assert!(refused(|c| c.memory_bytes = 1).contains("memory_bytes"));
        assert!(refused(|c| c.volume = "../x".into()).contains("volume"));
        assert!(refused(|c| c.volume = "a/b".into()).contains("volume"));
        for (host, url) in [
            ("", "https://a"),
            ("Docker.io", "https://a"),
            ("docker.io", "registry-1.docker.io"),
            ("docker.io", "https://a/b"),
            ("docker.io", "https://u:p@a"),
            ("docker.io", "https://"),
        ] {
            assert!(
                refused(|c| c.upstreams = vec![upstream(host, url)]).contains("upstreams"),
                "{host} {url}"
            );
        }
        let twice = vec![upstream("a.b", "https://a.b"), upstream("a.b", "http://c.d:5000")];
        assert!(refused(|c| c.upstreams = twice).contains("twice"));
        let mut half = upstream("a.b", "https://a.b");
        half.username = "me".into();
        assert!(refused(|c| c.upstreams = vec![half]).contains("both"));
    }

    #[test]
    fn a_password_is_not_printed() {
        let mut one = upstream("a.b", "https://a.b");
        (one.username, one.password) = ("me".into(), "hunter2".into());
        let config = Config {
            upstreams: vec![one],
            ..Config::default()
        };
        config.check().unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
