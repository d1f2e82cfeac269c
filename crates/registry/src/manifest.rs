//! Manifests: what a tag names. They are kept as the bytes that they came in, since their digest is taken over those.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::spec::hex;

/// An image, as Docker has written it since 2016; what every client takes.
pub(crate) const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// A list of images for several platforms.
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// An image, in OCI's words.
pub(crate) const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// A list of images for several platforms, in OCI's words.
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// All of these.
pub(crate) const ACCEPTED: [&str; 4] = [DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX];

const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// A manifest as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What it is, as a media type.
    pub media_type: String,
    /// Of its bytes: `sha256:…`.
    pub digest: String,
    /// JSON.
    pub bytes: Bytes,
}

/// What a manifest says about a blob or about another manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    #[serde(default)]
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// `sha256:…`.
    pub digest: String,
}

/// What a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// One image.
    Image {
        /// Its configuration, whose digest is the image's id.
        config: Descriptor,
        /// Its layers, the lowest first.
        layers: Vec<Descriptor>,
    },
    /// Images for several platforms.
    Index(Vec<Descriptor>),
}

#[derive(Deserialize)]
struct Parsed {
    config: Option<Descriptor>,
    layers: Option<Vec<Descriptor>>,
    manifests: Option<Vec<Descriptor>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    schema_version: u8,
    media_type: &'a str,
    config: &'a Descriptor,
    layers: &'a [Descriptor],
}

impl Manifest {
    /// The manifest that these bytes are.
    pub fn new(media_type: String, bytes: Bytes) -> Self {
        Self {
            media_type,
            digest: digest_of(&bytes),
            bytes,
        }
    }

    /// The manifest of an image made of this configuration and these layers: the same bytes each time.
    pub fn of_image(config: &Descriptor, layers: &[Descriptor]) -> Self {
        let written = Written {
            schema_version: 2,
            media_type: DOCKER_MANIFEST,
            config,
            layers,
        };
        let bytes = serde_json::to_vec(&written).unwrap_or_default();
        Self::new(DOCKER_MANIFEST.to_owned(), bytes.into())
    }

    /// What it names.
    pub fn content(&self) -> Result<Content, Error> {
        let wrong = |why: String| Error::Registry {
            doing: format!("be understood: {}", self.digest),
            why,
            status: None,
        };
        let parsed: Parsed = serde_json::from_slice(&self.bytes).map_err(|error| wrong(error.to_string()))?;
        match parsed {
            Parsed {
                config: Some(config),
                layers: Some(layers),
                ..
            } => Ok(Content::Image { config, layers }),
            Parsed {
                manifests: Some(manifests),
                ..
            } => Ok(Content::Index(manifests)),
            _ => Err(wrong("it is neither an image nor a list of images".to_owned())),
        }
    }

    /// What another manifest, or an index, says about it.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            size: self.bytes.len() as u64,
            digest: self.digest.clone(),
        }
    }
}

impl Descriptor {
    /// An image's configuration.
    pub(crate) fn config(bytes: &[u8]) -> Self {
        Self {
            media_type: DOCKER_CONFIG.to_owned(),
            size: bytes.len() as u64,
            digest: digest_of(bytes),
        }
    }

    /// A compressed layer.
    pub(crate) fn layer(digest: String, size: u64) -> Self {
        Self {
            media_type: DOCKER_LAYER.to_owned(),
            size,
            digest,
        }
    }
}

/// `sha256:…` of bytes.
pub fn digest_of(bytes: &[u8]) -> String {
    written(Sha256::digest(bytes).as_slice())
}

/// `sha256:…` of a hash.
pub(crate) fn written(hash: &[u8]) -> String {
    format!("sha256:{}", hex(hash))
}

/// Whether this is a digest of the kind that everyone uses. What stands in it may become a part of a path.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hash| {
        hash.len() == 64
            && hash
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_the_same_each_time_and_says_what_it_was_made_of() {
        let config = Descriptor::config(b"{}");
        let layers = vec![Descriptor::layer(digest_of(b"layer"), 5)];
        let manifest = Manifest::of_image(&config, &layers);
        assert_eq!(manifest, Manifest::of_image(&config, &layers));
        assert_eq!(manifest.content().unwrap(), Content::Image { config, layers });
        let text = String::from_utf8(manifest.bytes.to_vec()).unwrap();
        assert!(
            text.starts_with(
                r#"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","#
            ),
            "{text}"
        );
    }

    #[test]
    fn digests_are_told_from_paths() {
        assert!(is_digest(&digest_of(b"")));
        assert!(!is_digest("sha256:../../../etc/passwd"));
        assert!(!is_digest(&digest_of(b"").to_uppercase()));
        assert!(!is_digest("sha512:00"));
    }
}
