//! An archive as `docker save` writes it, into the classroom's part of the registry.
//!
//! The configuration goes as it is, so that the image keeps its id; layers are compressed on their way. The tag comes last:
//! before it nothing can be seen.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::archive::Archive;
use super::gzip;
use super::layers::{Layer, Layers};
use super::progress::{Progress, Step, megabytes};
use super::remove::drop_if_untagged;
use super::upload::upload;
use crate::client::Client;
use crate::manifest::{Content, Descriptor, Manifest, is_digest};
use crate::{Error, Reference};

/// An image that the registry now has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Under which name.
    pub reference: Reference,
    /// Of its configuration: `sha256:…`.
    pub image_id: String,
    /// Of its manifest: `sha256:…`.
    pub digest: String,
    /// Bytes of layers that were sent, compressed.
    pub sent: u64,
    /// Whether the name meant something else, or nothing, before.
    pub changed: bool,
}

/// An image in `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Saved {
    pub(super) config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    pub(super) layers: Vec<String>,
}

#[derive(Deserialize)]
struct Configuration {
    rootfs: RootFs,
}

#[derive(Deserialize)]
struct RootFs {
    #[serde(default)]
    diff_ids: Vec<String>,
}

/// Whether the registry has an image of this id (`sha256:…`) under this name.
pub async fn has(client: &Client, reference: &Reference, image_id: &str) -> Result<bool, Error> {
    let manifest = client.manifest(&reference.repository(), &reference.tag).await?;
    Ok(match manifest.map(|manifest| manifest.content()).transpose()? {
        Some(Content::Image { config, .. }) => config.digest == image_id,
        _ => false,
    })
}

/// Puts the images of an archive into the classroom's part of the registry: under the names that they have in it, or its one
/// image under `name`. What the registry has already is not sent.
pub async fn push(
    client: &Client,
    archive: &Path,
    name: Option<&Reference>,
    layers: &Layers,
    progress: &dyn Progress,
) -> Result<Vec<Pushed>, Error> {
    let archive = Archive::open(archive).await?;
    push_opened(client, &archive, name, layers, progress).await
}

pub(super) async fn push_opened(
    client: &Client,
    archive: &Archive,
    name: Option<&Reference>,
    layers: &Layers,
    progress: &dyn Progress,
) -> Result<Vec<Pushed>, Error> {
    if archive.size("manifest.json").is_none() {
        return Err(archive.wrong("it is not an archive that `docker save` writes: it has no manifest.json"));
    }
    let images: Vec<Saved> = archive.json("manifest.json").await?;
    if name.is_some() && images.len() != 1 {
        return Err(archive.wrong(format!("it has {} images where one was expected", images.len())));
    }
    let mut ready = Vec::new();
    for image in &images {
        let references = match name {
            Some(name) => vec![name.clone()],
            None => names(archive, image)?,
        };
        for reference in references {
            let step = progress.begin(&reference.to_string(), total(archive, image));
            let pushing = Pushing {
                client,
                archive,
                layers,
                step,
                repository: reference.repository(),
            };
            ready.push((reference, pushing.content(image).await?, pushing.step));
        }
    }
    // Names come last, and all at once.
    let mut pushed = Vec::new();
    for (reference, prepared, step) in ready {
        let changed = tag(client, &reference, &prepared.manifest).await?;
        step.end(&match (changed, prepared.sent) {
            (false, _) => "unchanged".to_owned(),
            (true, 0) => "named".to_owned(),
            (true, sent) => format!("sent {}", megabytes(sent)),
        });
        pushed.push(Pushed {
            reference,
            image_id: prepared.image_id,
            digest: prepared.manifest.digest,
            sent: prepared.sent,
            changed,
        });
    }
    // Without it the next push is slower, and no more.
    if let Err(error) = layers.save() {
        tracing::warn!(%error, "layers.not_remembered");
    }
    Ok(pushed)
}

fn names(archive: &Archive, image: &Saved) -> Result<Vec<Reference>, Error> {
    let names = image.repo_tags.as_deref().unwrap_or_default();
    if names.is_empty() {
        return Err(archive.wrong("an image in it has no name: save it by its name, not by its id"));
    }
    names
        .iter()
        .map(|name| {
            name.parse()
                .map_err(|error: Error| archive.wrong(error.to_string()))
        })
        .collect()
}

fn total(archive: &Archive, image: &Saved) -> u64 {
    image.layers.iter().filter_map(|layer| archive.size(layer)).sum()
}

/// Gives a manifest a name. Whether the name meant something else before is the answer.
pub(super) async fn tag(client: &Client, reference: &Reference, manifest: &Manifest) -> Result<bool, Error> {
    let repository = reference.repository();
    let before = client.manifest_digest(&repository, &reference.tag).await?;
    if before.as_ref() == Some(&manifest.digest) {
        return Ok(false);
    }
    client.put_manifest(&repository, &reference.tag, manifest).await?;
    if let Some(before) = before {
        drop_if_untagged(client, &repository, &before).await?;
    }
    Ok(true)
}

/// What is in the registry, and only wants a name.
struct Prepared {
    manifest: Manifest,
    image_id: String,
    sent: u64,
}

/// One image on its way into one repository.
struct Pushing<'a> {
    client: &'a Client,
    archive: &'a Archive,
    layers: &'a Layers,
    step: Arc<dyn Step>,
    repository: String,
}

impl Pushing<'_> {
    async fn content(&self, image: &Saved) -> Result<Prepared, Error> {
        let bytes = self.archive.read(&image.config).await?;
        let configuration: Configuration = serde_json::from_slice(&bytes).map_err(|error| {
            self.archive.wrong(format!(
                "{} in it is not what it should be: {error}",
                image.config
            ))
        })?;
        let diff_ids = configuration.rootfs.diff_ids;
        if diff_ids.len() != image.layers.len() || !diff_ids.iter().all(|id| is_digest(id)) {
            return Err(self
                .archive
                .wrong("the layers of an image in it are not those that its configuration names"));
        }
        let mut sent = 0;
        let mut descriptors: Vec<Descriptor> = Vec::new();
        // An image can have a layer twice.
        let mut done: HashMap<&str, Descriptor> = HashMap::new();
        for (file, diff_id) in image.layers.iter().zip(&diff_ids) {
            let descriptor = if let Some(before) = done.get(diff_id.as_str()) {
                before.clone()
            } else {
                let (descriptor, bytes) = self.layer(file, diff_id).await?;
                sent += bytes;
                done.insert(diff_id, descriptor.clone());
                descriptor
            };
            descriptors.push(descriptor);
        }
        let config = Descriptor::config(&bytes);
        self.config(&config, bytes).await?;
        Ok(Prepared {
            manifest: Manifest::of_image(&config, &descriptors),
            image_id: config.digest,
            sent,
        })
    }

    async fn config(&self, config: &Descriptor, bytes: Bytes) -> Result<(), Error> {
        if self
            .client
            .blob_size(&self.repository, &config.digest)
            .await?
            .is_none()
        {
            self.client
                .put_blob(&self.repository, &config.digest, bytes)
                .await?;
        }
        Ok(())
    }

    /// The layer in the registry, and how many bytes were sent for it.
    async fn layer(&self, file: &str, diff_id: &str) -> Result<(Descriptor, u64), Error> {
        if let Some(known) = self.layers.get(diff_id) {
            let there = self
                .client
                .blob_size(&self.repository, &known.digest)
                .await?
                .is_some()
                || self
                    .client
                    .mount(&self.repository, &known.digest, &known.repository)
                    .await?;
            if there {
                self.step.advance(self.archive.size(file).unwrap_or(0));
                return Ok((Descriptor::layer(known.digest, known.size), 0));
            }
        }
        let reader = self.archive.reader(file)?;
        let sent = upload(
            self.client,
            &self.repository,
            gzip::compressed(reader, Arc::clone(&self.step)),
            |sent| {
                if sent.original == diff_id {
                    Ok(sent.digest.clone())
                } else {
                    Err(self.archive.wrong(format!(
                        "{file} in it is not the layer that its image names: it is damaged"
                    )))
                }
            },
        )
        .await?;
        self.layers.put(
            diff_id,
            Layer {
                digest: sent.digest.clone(),
                size: sent.size,
                repository: self.repository.clone(),
            },
        );
        Ok((Descriptor::layer(sent.digest, sent.size), sent.size))
    }
}
