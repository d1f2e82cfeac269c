//! Image references, and patterns of them.
//!
//! `nginx` means `nginx:latest`, `docker.io/library/nginx` means `nginx`, and everything up to the tag is the
//! *repository*, with the registry's host and port in it if there is one.

mod pushed;

use std::fmt;
use std::str::FromStr;

use super::error::ExpectError;
use super::pattern::{Glob, glob};
use super::quantity::from_scalar;

pub use pushed::PushedPattern;

/// The longest name that the engine takes, and so the longest that is looked at.
const REPOSITORY_MAX: usize = 255;
const TAG_MAX: usize = 128;

/// The name of one image: `nginx:1.26`, `registry.example.com:5000/me/app:v1`, `nginx@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    repository: String,
    version: Version<String>,
}

/// What comes after a repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Version<T> {
    Tag(T),
    Digest(T),
}

impl Reference {
    /// Reads a name as an engine gives it, without judging it. None for `<none>:<none>` and other non-names.
    pub fn from_engine(text: &str) -> Option<Self> {
        let (repository, version) = split(text);
        if repository.is_empty() || repository == "<none>" || text.len() > REPOSITORY_MAX + TAG_MAX {
            return None;
        }
        let version = match version {
            Some(Version::Tag("<none>") | Version::Digest("<none>")) => return None,
            Some(Version::Tag(tag)) => Version::Tag(tag.to_owned()),
            Some(Version::Digest(digest)) => Version::Digest(digest.to_owned()),
            None => Version::Tag("latest".to_owned()),
        };
        Some(Self {
            repository: familiar(repository).to_owned(),
            version,
        })
    }

    /// Everything up to the tag: `nginx`, `registry.example.com:5000/me/app`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, if it is not a reference by digest.
    pub fn tag(&self) -> Option<&str> {
        match &self.version {
            Version::Tag(tag) => Some(tag),
            Version::Digest(_) => None,
        }
    }
}

impl FromStr for Reference {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        check(text, false)?;
        Self::from_engine(text).ok_or_else(|| wrong(text, "it has no repository"))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Tag(tag) => write!(f, "{}:{tag}", self.repository),
            Version::Digest(digest) => write!(f, "{}@{digest}", self.repository),
        }
    }
}

/// A reference in which `*` stands for any letters and `?` for one, within the repository (slashes and host
/// included) and within the tag: `*:v1.0` is anything tagged `v1.0`, `nginx:*` every `nginx`.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferencePattern {
    repository: Glob,
    version: Version<Glob>,
}

impl ReferencePattern {
    /// Whether an engine's reference is meant.
    pub fn matches(&self, reference: &Reference) -> bool {
        let version = match (&self.version, &reference.version) {
            (Version::Tag(wanted), Version::Tag(found))
            | (Version::Digest(wanted), Version::Digest(found)) => wanted.matches(found),
            _ => false,
        };
        version && self.repository.matches(&reference.repository)
    }

    /// Whether the repository alone is meant: the right name under another tag.
    pub fn matches_repository(&self, reference: &Reference) -> bool {
        self.repository.matches(&reference.repository)
    }

    /// The one reference that it means, if it has no `*` or `?`.
    pub fn exact(&self) -> Option<Reference> {
        let version = match &self.version {
            Version::Tag(tag) if !tag.has_wildcards() => Version::Tag(tag.as_str().to_owned()),
            Version::Digest(digest) if !digest.has_wildcards() => Version::Digest(digest.as_str().to_owned()),
            _ => return None,
        };
        (!self.repository.has_wildcards()).then(|| Reference {
            repository: self.repository.as_str().to_owned(),
            version,
        })
    }

    /// The repository's part, as it was written.
    pub fn repository(&self) -> &Glob {
        &self.repository
    }

    /// The tag's part, if it is not a reference by digest.
    pub fn tag(&self) -> Option<&Glob> {
        match &self.version {
            Version::Tag(tag) => Some(tag),
            Version::Digest(_) => None,
        }
    }
}

impl FromStr for ReferencePattern {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        check(text, true)?;
        let (repository, version) = split(text);
        Ok(Self {
            repository: glob(familiar(repository)),
            version: match version {
                Some(Version::Tag(tag)) => Version::Tag(glob(tag)),
                Some(Version::Digest(digest)) => Version::Digest(glob(digest)),
                None => Version::Tag(glob("latest")),
            },
        })
    }
}

impl fmt::Display for ReferencePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Version::Tag(tag) => write!(f, "{}:{}", self.repository.as_str(), tag.as_str()),
            Version::Digest(digest) => write!(f, "{}@{}", self.repository.as_str(), digest.as_str()),
        }
    }
}

from_scalar! {
    Reference, "an image reference such as `nginx:1.26`";
    ReferencePattern, "an image reference such as `nginx:1.26` or `*:v1.0`";
}

fn wrong(text: &str, why: &'static str) -> ExpectError {
    ExpectError::Reference {
        text: text.to_owned(),
        why,
    }
}

/// Repository and version; a colon before the last slash belongs to a port.
fn split(text: &str) -> (&str, Option<Version<&str>>) {
    if let Some((repository, digest)) = text.split_once('@') {
        // `nginx:1.26@sha256:…` is allowed; the digest alone decides.
        return (split(repository).0, Some(Version::Digest(digest)));
    }
    match text.rfind(':') {
        Some(colon) if !text[colon..].contains('/') => {
            (&text[..colon], Some(Version::Tag(&text[colon + 1..])))
        }
        _ => (text, None),
    }
}

/// Drops what Docker leaves out when it shows a name.
fn familiar(repository: &str) -> &str {
    let hub = ["docker.io/", "index.docker.io/"]
        .iter()
        .find_map(|host| repository.strip_prefix(host));
    match hub {
        Some(rest) => rest.strip_prefix("library/").unwrap_or(rest),
        None => match repository.strip_prefix("library/") {
            Some(rest) if !rest.contains('/') => rest,
            _ => repository,
        },
    }
}

/// The rules that a name follows, and for patterns `*` and `?` besides.
fn check(text: &str, wildcards: bool) -> Result<(), ExpectError> {
    let (repository, version) = split(text);
    let wild = |c: char| wildcards && matches!(c, '*' | '?');
    if repository.is_empty() {
        return Err(wrong(text, "nothing stands before the tag"));
    }
    if repository.len() > REPOSITORY_MAX {
        return Err(wrong(text, "a repository has at most 255 letters"));
    }
    let (host, path) = match repository.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host), path),
        _ => (None, repository),
    };
    if let Some(host) = host {
        let (name, port) = host.split_once(':').unwrap_or((host, "0"));
        if name.is_empty()
            || !name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-') || wild(c))
        {
            return Err(wrong(
                text,
                "the registry's host has letters, digits, dots and dashes",
            ));
        }
        if port.parse::<u16>().is_err() {
            return Err(wrong(text, "the registry's port is a number up to 65535"));
        }
    }
    for part in path.split('/') {
        if part.is_empty() {
            return Err(wrong(text, "there is nothing between two slashes"));
        }
        if part.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(wrong(text, "a repository is written in lower case"));
        }
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || wild(c);
        if !part.chars().all(|c| fine(c) || matches!(c, '.' | '_' | '-')) {
            return Err(wrong(
                text,
                "a repository has letters, digits, dots, dashes and underscores",
            ));
        }
        if !part.starts_with(fine) || !part.ends_with(fine) {
            return Err(wrong(
                text,
                "each part of a repository begins and ends with a letter or a digit",
            ));
        }
    }
    match version {
        None => Ok(()),
        Some(Version::Tag(tag)) => {
            let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || wild(c);
            if tag.is_empty() || tag.len() > TAG_MAX {
                return Err(wrong(text, "a tag has 1 to 128 letters"));
            }
            if !tag.starts_with(fine) || !tag.chars().all(|c| fine(c) || matches!(c, '.' | '-')) {
                return Err(wrong(
                    text,
                    "a tag has letters, digits, dots, dashes and underscores",
                ));
            }
            Ok(())
        }
        Some(Version::Digest(digest)) => {
            let hex = digest.strip_prefix("sha256:").unwrap_or("");
            let whole = hex.len() == 64 || (wildcards && hex.contains('*'));
            if whole && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f') || wild(c)) {
                Ok(())
            } else {
                Err(wrong(text, "a digest is `sha256:` and 64 hexadecimal digits"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Reference, ReferencePattern};

    fn matches(pattern: &str, reference: &str) -> bool {
        let reference = Reference::from_engine(reference).expect("a reference");
        pattern
            .parse::<ReferencePattern>()
            .expect("a pattern")
            .matches(&reference)
    }

    #[test]
    fn a_name_without_a_tag_means_latest() {
        assert!(matches("nginx", "nginx:latest"));
        assert!(!matches("nginx", "nginx:1.26"));
        assert_eq!("nginx".parse::<Reference>().unwrap().to_string(), "nginx:latest");
    }

    #[test]
    fn docker_hub_goes_without_saying() {
        assert!(matches("docker.io/library/nginx:1.26", "nginx:1.26"));
        assert!(matches("me/app:1", "docker.io/me/app:1"));
        assert!(!matches("library/nginx/extra:1", "nginx/extra:1"));
    }

    #[test]
    fn stars_reach_over_slashes_but_not_into_the_tag() {
        assert!(matches("*:v1.0", "my-nginx:v1.0"));
        assert!(matches("*:v1.0", "registry.example.com:5000/me/nginx:v1.0"));
        assert!(!matches("*:v1.0", "nginx:v1.0.1"));
        assert!(matches("nginx:1.*", "nginx:1.26"));
        assert!(!matches("nginx:*", "my-nginx:1.26"));
        assert!(matches("my-?pp:v?", "my-app:v1"));
        assert!(!matches("my-?pp:v?", "my-pp:v1"));
        assert!(
            !matches("*", "nginx:1.26"),
            "a pattern without a tag means latest too"
        );
    }

    #[test]
    fn ports_are_not_tags() {
        let reference: Reference = "registry.example.com:5000/me/app".parse().unwrap();
        assert_eq!(reference.repository(), "registry.example.com:5000/me/app");
        assert_eq!(reference.tag(), Some("latest"));
        assert!(matches("localhost:5000/app:1", "localhost:5000/app:1"));
    }

    #[test]
    fn digests_match_digests_only() {
        let digest = format!("nginx@sha256:{}", "0f".repeat(32));
        assert!(matches(&digest, &digest));
        assert!(matches("nginx@sha256:*", &digest));
        assert!(!matches("nginx:*", &digest));
    }

    #[test]
    fn what_is_no_reference_is_refused_with_a_reason() {
        for (text, why) in [
            ("", "nothing stands before the tag"),
            (":v1", "nothing stands before the tag"),
            ("Nginx", "lower case"),
            ("a//b", "between two slashes"),
            ("nginx:", "1 to 128"),
            ("nginx:a b", "a tag has letters"),
            ("-nginx", "begins and ends"),
            ("host:99999/app.com", "up to 65535"),
            ("nginx@sha256:12", "64 hexadecimal"),
            ("nginx:${VERSION}", "a tag has letters"),
        ] {
            let error = text.parse::<ReferencePattern>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(
            "nginx:*".parse::<Reference>().is_err(),
            "a reference is no pattern"
        );
    }

    #[test]
    fn names_from_an_engine_are_never_trusted_to_be_names() {
        assert_eq!(Reference::from_engine("<none>:<none>"), None);
        assert_eq!(Reference::from_engine("<none>@<none>"), None);
        assert_eq!(Reference::from_engine(&"x".repeat(100_000)), None);
    }
}
