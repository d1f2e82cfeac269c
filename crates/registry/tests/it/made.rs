//! Images made for tests: archives as `docker save` writes them, with the layers that a test wants.

use std::path::{Path, PathBuf};

use drydock_registry::digest_of;
use serde_json::json;

/// An image of some layers, each with one file of this text.
pub(crate) struct Image {
    /// Its configuration.
    pub(crate) config: Vec<u8>,
    layers: Vec<Vec<u8>>,
}

impl Image {
    pub(crate) fn of(texts: &[&str]) -> Self {
        let layers: Vec<Vec<u8>> = texts.iter().map(|text| layer(text)).collect();
        let diff_ids: Vec<String> = layers.iter().map(|layer| digest_of(layer)).collect();
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["true"], "Labels": {"drydock.edition": "classroom"}},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": texts.iter().map(|text| json!({"created_by": text})).collect::<Vec<_>>(),
        });
        Self {
            config: config.to_string().into_bytes(),
            layers,
        }
    }

    /// What `docker images` would show as its id.
    pub(crate) fn id(&self) -> String {
        digest_of(&self.config)
    }

    /// Writes it as `docker save` does.
    pub(crate) fn save(&self, folder: &Path, names: &[&str]) -> PathBuf {
        let path = folder.join(format!("{}.tar", &self.id()[7..19]));
        let mut tar = tar::Builder::new(std::fs::File::create(&path).expect("a file"));
        let config = format!("{}.json", &self.id()[7..]);
        let files: Vec<String> = self
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| format!("{index}-{}/layer.tar", &digest_of(layer)[7..]))
            .collect();
        for (name, layer) in files.iter().zip(&self.layers) {
            put(&mut tar, name, layer);
        }
        put(&mut tar, &config, &self.config);
        let manifest = json!([{"Config": config, "RepoTags": names, "Layers": files}]);
        put(&mut tar, "manifest.json", manifest.to_string().as_bytes());
        tar.finish().expect("it can be written");
        path
    }
}

/// Puts a file into an archive.
pub(crate) fn put<W: std::io::Write>(tar: &mut tar::Builder<W>, name: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append_data(&mut header, name, bytes)
        .expect("it can be written");
}

fn layer(text: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    put(&mut tar, "etc/text", text.as_bytes());
    tar.into_inner().expect("it is in memory")
}
