//! Classroom images from the registry into one file, for a machine without internet: an OCI image layout in a tar archive, which
//! `docker load` understands as well.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::fs::File;

use super::progress::{Progress, Step};
use super::writer::Writer;
use crate::client::Client;
use crate::manifest::{Content, Descriptor, Manifest, OCI_INDEX, is_digest};
use crate::names::CLASSROOM;
use crate::{Error, Reference};

/// How deep lists of images may stand in lists.
pub(super) const DEPTH: usize = 3;

/// Writes these images, or all that there are, to `file`, which is there when all of it is. How many they were is the answer.
pub async fn export(
    client: &Client,
    names: &[Reference],
    file: &Path,
    progress: &dyn Progress,
) -> Result<usize, Error> {
    let names = if names.is_empty() {
        all(client).await?
    } else {
        names.to_vec()
    };
    let contents = Contents::gather(client, &names).await?;
    let failed = |why| Error::File {
        path: file.to_owned(),
        why,
    };
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // Removed again if this does not come to its end.
    let part = tempfile::Builder::new()
        .prefix(".drydock-export-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(folder)
        .map_err(failed)?;
    let writer = File::from_std(part.reopen().map_err(failed)?);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let step = progress.begin(&name, contents.blobs.values().map(|(_, size)| size).sum());
    let mut archive = Writer::new(writer, file);
    contents.write(client, &mut archive, &step).await?;
    archive.end().await?;
    part.persist(file).map_err(|error| failed(error.error))?;
    step.end(&match names.len() {
        1 => "1 image".to_owned(),
        count => format!("{count} images"),
    });
    Ok(names.len())
}

async fn all(client: &Client) -> Result<Vec<Reference>, Error> {
    let mut found = Vec::new();
    for repository in client.repositories(CLASSROOM).await? {
        let tags = client.tags(&repository).await?;
        found.extend(
            tags.iter()
                .filter_map(|tag| Reference::of_repository(&repository, tag)),
        );
    }
    Ok(found)
}

/// What goes into the archive.
#[derive(Default)]
struct Contents {
    /// With the names of each.
    images: Vec<(Reference, Manifest)>,
    manifests: BTreeMap<String, Manifest>,
    /// By digest: where to get it, and its size.
    blobs: BTreeMap<String, (String, u64)>,
}

impl Contents {
    async fn gather(client: &Client, names: &[Reference]) -> Result<Self, Error> {
        let mut contents = Self::default();
        for reference in names {
            let repository = reference.repository();
            let missing = || Error::NoImage {
                reference: reference.to_string(),
            };
            let manifest = client
                .manifest(&repository, &reference.tag)
                .await?
                .ok_or_else(missing)?;
            contents.images.push((reference.clone(), manifest.clone()));
            let mut level = vec![manifest];
            for _ in 0..DEPTH {
                let mut next = Vec::new();
                for manifest in level {
                    for part in contents.note(&repository, manifest)? {
                        next.push(
                            client
                                .manifest(&repository, &part.digest)
                                .await?
                                .ok_or_else(missing)?,
                        );
                    }
                }
                level = next;
            }
        }
        Ok(contents)
    }

    /// Notes what a manifest names; what comes back are manifests that have to be looked at too.
    fn note(&mut self, repository: &str, manifest: Manifest) -> Result<Vec<Descriptor>, Error> {
        if self.manifests.contains_key(&manifest.digest) {
            return Ok(Vec::new());
        }
        let content = manifest.content()?;
        self.manifests.insert(manifest.digest.clone(), manifest);
        match content {
            Content::Image { config, layers } => {
                for blob in layers.into_iter().chain([config]) {
                    if !is_digest(&blob.digest) {
                        return Err(Error::Name {
                            text: blob.digest,
                            wanted: "a digest: the classroom registry is damaged",
                        });
                    }
                    self.blobs
                        .entry(blob.digest)
                        .or_insert((repository.to_owned(), blob.size));
                }
                Ok(Vec::new())
            }
            Content::Index(parts) => Ok(parts),
        }
    }

    async fn write(
        &self,
        client: &Client,
        archive: &mut Writer<'_>,
        step: &Arc<dyn Step>,
    ) -> Result<(), Error> {
        let layout = json!({"imageLayoutVersion": "1.0.0"});
        archive.small("oci-layout", layout.to_string().as_bytes()).await?;
        archive
            .small("index.json", self.index().to_string().as_bytes())
            .await?;
        archive
            .small("manifest.json", self.for_docker().to_string().as_bytes())
            .await?;
        for (digest, manifest) in &self.manifests {
            archive.small(&blob_name(digest), &manifest.bytes).await?;
        }
        for (digest, (repository, size)) in &self.blobs {
            archive.blob(client, repository, digest, *size, step).await?;
        }
        Ok(())
    }

    fn index(&self) -> Value {
        let manifests: Vec<Value> = self
            .images
            .iter()
            .map(|(reference, manifest)| {
                json!({
                    "mediaType": manifest.media_type,
                    "digest": manifest.digest,
                    "size": manifest.bytes.len(),
                    "annotations": {
                        "io.containerd.image.name": reference.full(),
                        "org.opencontainers.image.ref.name": reference.tag,
                    },
                })
            })
            .collect();
        json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests})
    }

    /// The same for engines that do not read layouts.
    fn for_docker(&self) -> Value {
        let mut seen = BTreeSet::new();
        let images: Vec<Value> = self
            .images
            .iter()
            .filter(|(_, manifest)| seen.insert(&manifest.digest))
            .filter_map(|(_, manifest)| {
                let Ok(Content::Image { config, layers }) = manifest.content() else {
                    return None;
                };
                let names: Vec<String> = self
                    .images
                    .iter()
                    .filter(|(_, other)| other.digest == manifest.digest)
                    .map(|(reference, _)| reference.to_string())
                    .collect();
                let layers: Vec<String> = layers.iter().map(|layer| blob_name(&layer.digest)).collect();
                Some(json!({"Config": blob_name(&config.digest), "RepoTags": names, "Layers": layers}))
            })
            .collect();
        Value::Array(images)
    }
}

/// Where a blob is in a layout.
pub(super) fn blob_name(digest: &str) -> String {
    format!("blobs/{}", digest.replacen(':', "/", 1))
}
