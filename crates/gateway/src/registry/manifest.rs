//! What a manifest says of an image: its parts, with their sizes. Written by whoever pushed it.

use std::collections::HashMap;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;

use super::route::is_digest;

/// The largest manifest, as large as the registry takes.
pub(crate) const MANIFEST_MAX: usize = 4 * 1024 * 1024;

const TYPES: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// Asks for manifests of every kind that is understood here.
pub(crate) fn accept() -> HeaderMap {
    HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(TYPES))])
}

/// What a client accepts; whoever names no kind of manifest, as people do who use curl, is given any. The registry behind us
/// would say that there is none.
pub(crate) fn understood(mut headers: HeaderMap) -> HeaderMap {
    let names_one = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("manifest") || value.contains("image.index"));
    if !names_one {
        headers.extend(accept());
    }
    headers
}

/// A manifest, or an index of some.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Manifest {
    #[serde(rename = "schemaVersion")]
    schema_version: u64,
    config: Option<Part>,
    layers: Vec<Part>,
    manifests: Vec<Part>,
}

#[derive(Debug, Deserialize)]
struct Part {
    digest: String,
    #[serde(default)]
    size: u64,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Platform {
    os: String,
    architecture: String,
}

impl Manifest {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Whether it is of the only kind that is in use. On some others the registry stumbles.
    pub(crate) fn is_current(&self) -> bool {
        self.schema_version == 2
    }

    /// The blobs that it names, by their digests, with the bytes of each.
    pub(crate) fn blobs(&self) -> HashMap<&str, u64> {
        self.config
            .iter()
            .chain(&self.layers)
            .filter(|part| is_digest(&part.digest))
            .map(|part| (part.digest.as_str(), part.size))
            .collect()
    }

    /// The digest of the image's configuration.
    pub(crate) fn image_id(&self) -> Option<&str> {
        let config = self.config.as_ref()?;
        is_digest(&config.digest).then_some(config.digest.as_str())
    }

    /// The manifests that an index names.
    pub(crate) fn children(&self) -> impl Iterator<Item = &str> {
        self.manifests
            .iter()
            .map(|part| part.digest.as_str())
            .filter(|digest| is_digest(digest))
    }

    /// Of an index, the manifest for an ordinary machine, or else the first that is for any.
    pub(crate) fn likeliest_child(&self) -> Option<&str> {
        let fits = |part: &&Part| {
            part.platform
                .as_ref()
                .is_some_and(|platform| platform.os == "linux" && platform.architecture == "amd64")
        };
        let chosen = self.manifests.iter().find(fits).or(self.manifests.first())?;
        is_digest(&chosen.digest).then_some(chosen.digest.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_and_nonsense_is_left_out() {
        let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
        let text = format!(
            r#"{{"config": {{"digest": "{}", "size": 7}}, "layers": [{{"digest": "{}", "size": 9}}, {{"digest": "../x", "size": 1}}]}}"#,
            digest("a"),
            digest("b")
        );
        let manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.image_id(), Some(digest("a").as_str()));
        let blobs = manifest.blobs();
        assert_eq!((blobs.len(), blobs[digest("b").as_str()]), (2, 9));
        let index = format!(
            r#"{{"manifests": [{{"digest": "{}", "platform": {{"os": "unknown"}}}}, {{"digest": "{}", "platform": {{"os": "linux", "architecture": "amd64"}}}}]}}"#,
            digest("c"),
            digest("d")
        );
        let index = Manifest::parse(index.as_bytes()).unwrap();
        assert_eq!(index.likeliest_child(), Some(digest("d").as_str()));
        assert_eq!(index.children().count(), 2);
        assert!(Manifest::parse(b"{").is_none());
    }
}
