//! The two files that say which images an archive holds: Docker's `manifest.json`, and the `index.json` of an OCI layout. `docker
//! save` has written the first since Docker 1.10, and both since Docker 25.

use std::collections::BTreeMap;

use drydock_lesson::expect::Reference;
use serde::Deserialize;

use crate::facts::ArchivedImage;

/// Images of one archive, and names of one image.
const IMAGES_MAX: usize = 200;
const NAMES_MAX: usize = 200;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    repo_tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    annotations: Option<BTreeMap<String, String>>,
}

/// The images that a file of that name lists. None if it lists none in a way that is known.
pub(super) fn read(name: &str, bytes: &[u8]) -> Option<Vec<ArchivedImage>> {
    if name == "index.json" {
        let index: Index = serde_json::from_slice(bytes).ok()?;
        let images = index.manifests.into_iter().take(IMAGES_MAX);
        return Some(images.map(Descriptor::image).collect());
    }
    let saved: Vec<Saved> = serde_json::from_slice(bytes).ok()?;
    let images = saved.into_iter().take(IMAGES_MAX);
    Some(images.map(Saved::image).collect())
}

impl Saved {
    fn image(self) -> ArchivedImage {
        // `blobs/sha256/HEX`, or in older archives `HEX.json`.
        let hex = self.config.rsplit('/').next().unwrap_or_default();
        let tags = self.repo_tags.unwrap_or_default();
        ArchivedImage {
            names: tags
                .iter()
                .take(NAMES_MAX)
                .filter_map(|name| Reference::from_engine(name))
                .collect(),
            id: id(hex.strip_suffix(".json").unwrap_or(hex)),
        }
    }
}

impl Descriptor {
    fn image(self) -> ArchivedImage {
        let annotations = self.annotations.unwrap_or_default();
        let whole = annotations.get("io.containerd.image.name");
        // Others write the whole name where Docker writes the tag alone.
        let other = annotations
            .get("org.opencontainers.image.ref.name")
            .filter(|name| name.contains(['/', ':']));
        ArchivedImage {
            names: whole
                .or(other)
                .and_then(|name| Reference::from_engine(name))
                .into_iter()
                .collect(),
            id: id(self.digest.strip_prefix("sha256:").unwrap_or_default()),
        }
    }
}

fn id(hex: &str) -> Option<String> {
    let is_hex = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| format!("sha256:{}", hex.to_ascii_lowercase()))
}
