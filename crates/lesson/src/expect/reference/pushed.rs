//! References of what is pushed: they name their registry.

use std::fmt;
use std::str::FromStr;

use super::{Reference, ReferencePattern};
use crate::expect::error::ExpectError;
use crate::expect::quantity::from_scalar;

/// A reference, or a pattern of references, that begins with a registry's host: `registry.example.com/*/app:v1`.
#[derive(Clone, Debug, PartialEq)]
pub struct PushedPattern(ReferencePattern);

impl PushedPattern {
    /// Whether a reference is meant.
    pub fn matches(&self, reference: &Reference) -> bool {
        self.0.matches(reference)
    }

    /// Whether the repository alone is meant: the right name under another tag.
    pub fn matches_repository(&self, reference: &Reference) -> bool {
        self.0.matches_repository(reference)
    }

    /// The one reference that it means, if it has no `*` or `?`.
    pub fn exact(&self) -> Option<Reference> {
        self.0.exact()
    }

    /// The registry's host, with its port if there is one.
    pub fn host(&self) -> &str {
        let repository = self.0.repository().as_str();
        repository.split_once('/').map_or(repository, |(host, _)| host)
    }
}

impl FromStr for PushedPattern {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let pattern = Self(text.parse()?);
        let host = pattern.host();
        let is_host = host.contains(['.', ':']) || host == "localhost";
        let why = if !is_host || !pattern.0.repository().as_str().contains('/') {
            "it begins with the registry that is pushed to, such as `registry.example.com/`"
        } else if host.contains(['*', '?']) {
            "the registry's host is written out; `*` and `?` may stand after it"
        } else {
            return Ok(pattern);
        };
        Err(ExpectError::Reference {
            text: text.to_owned(),
            why,
        })
    }
}

impl fmt::Display for PushedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

from_scalar! {
    PushedPattern, "a reference with its registry, such as `registry.example.com/me/app:v1`";
}

#[cfg(test)]
mod tests {
    use super::PushedPattern;

    #[test]
    fn what_is_pushed_names_its_registry() {
        let pattern: PushedPattern = "registry.example.com/*/app:v1".parse().unwrap();
        assert_eq!(pattern.host(), "registry.example.com");
        assert!(pattern.exact().is_none());
        let exact: PushedPattern = "localhost:5000/app".parse().unwrap();
        assert_eq!(exact.exact().unwrap().to_string(), "localhost:5000/app:latest");
        for (text, why) in [
            ("nginx:1.26", "begins with the registry"),
            ("me/app:v1", "begins with the registry"),
            ("docker.io/me/app:v1", "begins with the registry"),
            ("app.v1", "begins with the registry"),
            ("*.example.com/app", "written out"),
            ("registry.example.com/App", "lower case"),
        ] {
            let error = text.parse::<PushedPattern>().unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
