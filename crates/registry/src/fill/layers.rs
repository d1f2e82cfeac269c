//! What layers became when they were compressed: kept beside the archives, so that what has not changed is neither
//! compressed nor sent again.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::manifest::is_digest;

/// Raised when layers are compressed in another way.
const VERSION: u32 = 1;

/// The layers that have been sent, by the digest of their bytes before they were compressed. It is only a help: what it
/// says is there is asked of the registry.
#[derive(Debug, Default)]
pub struct Layers {
    path: Option<PathBuf>,
    known: Mutex<BTreeMap<String, Layer>>,
}

/// A layer as the registry has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Layer {
    /// Of the compressed bytes.
    pub(crate) digest: String,
    /// How many there are.
    pub(crate) size: u64,
    /// A repository that it was put into.
    pub(crate) repository: String,
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    layers: BTreeMap<String, Layer>,
}

impl Layers {
    /// Those that a file knows. One that is not there, or damaged, knows none.
    pub fn open(path: &Path) -> Self {
        let known = std::fs::read(path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Written>(&text).ok())
            .filter(|written| written.version == VERSION)
            .map(|written| written.layers)
            .unwrap_or_default();
        Self {
            path: Some(path.to_owned()),
            known: Mutex::new(known),
        }
    }

    pub(crate) fn get(&self, diff_id: &str) -> Option<Layer> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let layer = known.get(diff_id)?;
        // It becomes a part of an address.
        is_digest(&layer.digest).then(|| layer.clone())
    }

    pub(crate) fn put(&self, diff_id: &str, layer: Layer) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(diff_id.to_owned(), layer);
    }

    /// Writes the file, all of it or nothing.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let Some(path) = &self.path else { return Ok(()) };
        let layers = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let written = Written {
            version: VERSION,
            layers,
        };
        let saving = || {
            let text = serde_json::to_vec_pretty(&written)?;
            let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
            file.write_all(&text)?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        };
        saving().map_err(|why| Error::File {
            path: path.clone(),
            why,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::digest_of;

    #[test]
    fn what_is_known_is_found_again_and_damage_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("layers.json");
        let layers = Layers::open(&path);
        let layer = Layer {
            digest: digest_of(b"x"),
            size: 1,
            repository: "classroom/docker.io/library/x".to_owned(),
        };
        layers.put("sha256:1", layer.clone());
        layers.save().unwrap();
        assert_eq!(Layers::open(&path).get("sha256:1"), Some(layer.clone()));
        let evil = Layer {
            digest: "sha256:../x".to_owned(),
            ..layer
        };
        layers.put("sha256:2", evil);
        assert_eq!(layers.get("sha256:2"), None);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Layers::open(&path).get("sha256:1"), None);
    }
}
