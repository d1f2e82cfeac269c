//! What things are called: containers, volumes and networks of the host engine, repositories, and images.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The value of [`drydock_sandbox::LABEL_ROLE`] on all that this crate makes.
pub const ROLE: &str = "registry";
/// Label: what a container was made from, as a hash.
pub(crate) const LABEL_SPEC: &str = "drydock.spec";

/// The repositories of classroom images stand under it.
pub const CLASSROOM: &str = "classroom";
/// Each learner's repositories stand under it and their id.
pub const LEARNERS: &str = "learners";

/// The host that a reference without one is on.
const DEFAULT_HOST: &str = "docker.io";
/// The longest name of a repository that the registry takes.
const REPOSITORY_MAX: usize = 255;

/// The network that the registries are on, which leads nowhere.
pub(crate) fn network(instance: &str) -> String {
    format!("drydock-{instance}-registry")
}

/// The network over which caches reach their upstreams.
pub(crate) fn upstream_network(instance: &str) -> String {
    format!("drydock-{instance}-upstream")
}

/// The container of the classroom registry, and its volume where the settings name none.
pub(crate) fn classroom(instance: &str) -> String {
    format!("drydock-{instance}-registry")
}

/// The container and the volume of the cache of a host.
pub(crate) fn cache(instance: &str, host: &str) -> String {
    format!("drydock-{instance}-cache-{}", host_part(host))
}

/// A registry's host as a part of a repository's name, in which no colon can stand.
pub fn host_part(host: &str) -> String {
    host.replace(':', "_")
}

/// Whether this is what a learner's id looks like: what stands between may become a part of a path.
pub fn is_learner(id: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&id.len())
        && id.bytes().all(|byte| inner(byte) || byte == b'-')
        && id.bytes().next().is_some_and(inner)
        && id.bytes().last().is_some_and(inner)
}

/// An image's name: `nginx:1.26`, `ghcr.io/org/tool:1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The registry's host, in the form that everyone writes: `docker.io`.
    pub host: String,
    /// The path on it: `library/nginx`.
    pub path: String,
    /// The tag; `latest` where none was given.
    pub tag: String,
}

impl Reference {
    /// The repository in the classroom registry: `classroom/docker.io/library/nginx`.
    pub fn repository(&self) -> String {
        format!("{CLASSROOM}/{}/{}", host_part(&self.host), self.path)
    }

    /// The name without the tag, as people write it: `nginx`, `ghcr.io/org/tool`.
    pub fn name(&self) -> String {
        if self.host == DEFAULT_HOST {
            self.path
                .strip_prefix("library/")
                .filter(|rest| !rest.contains('/'))
                .unwrap_or(&self.path)
                .to_owned()
        } else {
            format!("{}/{}", self.host, self.path)
        }
    }

    /// The name with everything that is usually left out: `docker.io/library/nginx:1.26`.
    pub fn full(&self) -> String {
        format!("{}/{}:{}", self.host, self.path, self.tag)
    }

    /// The reference of a repository of the classroom registry, with a tag. None if it is not one of classroom images.
    pub fn of_repository(repository: &str, tag: &str) -> Option<Self> {
        let rest = repository.strip_prefix(CLASSROOM)?.strip_prefix('/')?;
        let (host, path) = rest.split_once('/')?;
        // The one underscore that a host can have is where the colon before its port was.
        Some(Self {
            host: host.replace('_', ":"),
            path: path.to_owned(),
            tag: tag.to_owned(),
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.name(), self.tag)
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |wanted| Error::Name {
            text: text.to_owned(),
            wanted,
        };
        if text.contains('@') {
            return Err(wrong("a name with a tag: images are kept by name, not by digest"));
        }
        let (name, tag) = match text.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (text, "latest"),
        };
        let (host, path) = match name.split_once('/') {
            // As Docker tells a host from the first part of a path.
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path.to_owned()),
            Some(_) => (DEFAULT_HOST, name.to_owned()),
            None => (DEFAULT_HOST, format!("library/{name}")),
        };
        let host = match host {
            "index.docker.io" | "registry-1.docker.io" => DEFAULT_HOST,
            other => other,
        };
        let path = if host == DEFAULT_HOST && !path.contains('/') {
            format!("library/{path}")
        } else {
            path
        };
        let reference = Self {
            host: host.to_owned(),
            path,
            tag: tag.to_owned(),
        };
        if is_host(host)
            && reference.path.split('/').all(is_component)
            && is_tag(tag)
            && reference.repository().len() <= REPOSITORY_MAX
        {
            Ok(reference)
        } else {
            Err(wrong(
                "the name of an image, such as nginx:1.26 or ghcr.io/org/tool:1",
            ))
        }
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = host
        .split_once(':')
        .map_or((host, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    name.split('.').all(label) && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Letters and digits, between which one of `.`, `_`, `__` or dashes may stand.
fn is_component(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let separators = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    text.bytes().next().is_some_and(inner)
        && text.bytes().last().is_some_and(inner)
        && separators
            .filter(|between| !between.is_empty())
            .all(|between| matches!(between, "." | "_" | "__") || between.bytes().all(|byte| byte == b'-'))
}

fn is_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_docker_reads_them() {
        for (text, full, shown) in [
            ("nginx", "docker.io/library/nginx:latest", "nginx:latest"),
            ("nginx:1.26", "docker.io/library/nginx:1.26", "nginx:1.26"),
            ("docker.io/nginx:1", "docker.io/library/nginx:1", "nginx:1"),
            (
                "index.docker.io/library/nginx",
                "docker.io/library/nginx:latest",
                "nginx:latest",
            ),
            ("org/tool:1", "docker.io/org/tool:1", "org/tool:1"),
            (
                "ghcr.io/org/tool",
                "ghcr.io/org/tool:latest",
                "ghcr.io/org/tool:latest",
            ),
            (
                "localhost:5000/a__b/c-d",
                "localhost:5000/a__b/c-d:latest",
                "localhost:5000/a__b/c-d:latest",
            ),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.full(), full);
            assert_eq!(reference.to_string(), shown);
            let back = Reference::of_repository(&reference.repository(), &reference.tag);
            assert_eq!(back, Some(reference), "{text}");
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            ":",
            "nginx:",
            "Nginx",
            "../etc",
            "a//b",
            "/a",
            "a/",
            "a/../b",
            "a:b:c",
            "a b",
            "a@sha256:00",
            "a_-b",
            "-a/b",
            "ghcr.io:x/a",
            "ghcr.io/",
            "a:.b",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
        assert!(format!("{}:1", "a".repeat(300)).parse::<Reference>().is_err());
    }

    #[test]
    fn a_learners_id_stays_one_part_of_a_path() {
        assert!(is_learner("7f-a"));
        for id in ["", ".", "..", "a/b", "A", "-", "-a", "a-", "a.b", &"a".repeat(65)] {
            assert!(!is_learner(id), "{id}");
        }
    }
}
