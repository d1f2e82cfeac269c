//! An archive of images, made on another machine, into the classroom's part of the registry.
//!
//! What `drydock images export` writes is taken as it is, digest for digest; what `docker save` writes is taken as `push` takes
//! it. Everything in it is looked at and sent before the first name is given.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::archive::Archive;
use super::export::{DEPTH, blob_name};
use super::gzip;
use super::layers::Layers;
use super::progress::{Progress, Step, megabytes};
use super::push::{Pushed, push_opened, tag};
use super::upload::upload;
use crate::client::Client;
use crate::manifest::{ACCEPTED, Content, Descriptor, Manifest, is_digest};
use crate::{Error, Reference};

/// The most manifests in an archive.
const MANIFESTS_MAX: usize = 5_000;

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(flatten)]
    descriptor: Descriptor,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Takes in an archive. The images that are there now are the answer.
pub async fn import(
    client: &Client,
    file: &Path,
    layers: &Layers,
    progress: &dyn Progress,
) -> Result<Vec<Pushed>, Error> {
    let archive = Archive::open(file).await?;
    if archive.size("index.json").is_some() && archive.size("oci-layout").is_some() {
        let index: Index = archive.json("index.json").await?;
        let mut images = Vec::new();
        for named in &index.manifests {
            images.push(Image::read(&archive, named).await?);
        }
        // Newer engines save layouts too, but with layers that are not compressed: those go the way of the older ones.
        if archive.size("manifest.json").is_none() || images.iter().all(Image::is_compressed) {
            return layout(client, &archive, images, progress).await;
        }
    }
    push_opened(client, &archive, None, layers, progress).await
}

/// An image in a layout.
struct Image {
    reference: Reference,
    /// The parts of a list before the list: in this order they can be put.
    manifests: Vec<Manifest>,
    blobs: Vec<Descriptor>,
    /// The digest of its configuration.
    id: String,
}

impl Image {
    async fn read(archive: &Archive, named: &Named) -> Result<Self, Error> {
        let reference = name(archive, named)?;
        let mut image = Self {
            reference,
            manifests: Vec::new(),
            blobs: Vec::new(),
            id: String::new(),
        };
        let mut level = vec![named.descriptor.clone()];
        let mut depth = 0;
        while !level.is_empty() {
            depth += 1;
            if depth > DEPTH {
                return Err(archive.wrong("lists of images in it stand too deep in each other"));
            }
            let mut next = Vec::new();
            for descriptor in level {
                if image.manifests.len() >= MANIFESTS_MAX {
                    return Err(archive.wrong(format!("it has more than {MANIFESTS_MAX} manifests")));
                }
                next.extend(image.take(archive, &descriptor).await?);
            }
            level = next;
        }
        image.manifests.reverse();
        Ok(image)
    }

    /// Reads one manifest; what comes back are those that it names.
    async fn take(&mut self, archive: &Archive, descriptor: &Descriptor) -> Result<Vec<Descriptor>, Error> {
        check(archive, descriptor)?;
        if !ACCEPTED.contains(&descriptor.media_type.as_str()) {
            return Err(archive.wrong(format!(
                "{:?} in it is not a kind of image that a registry keeps",
                descriptor.media_type
            )));
        }
        let bytes = archive.read(&blob_name(&descriptor.digest)).await?;
        let manifest = Manifest::new(descriptor.media_type.clone(), bytes);
        if manifest.digest != descriptor.digest {
            return Err(damaged(archive, &descriptor.digest));
        }
        let content = manifest
            .content()
            .map_err(|error| archive.wrong(error.to_string()))?;
        self.manifests.push(manifest);
        match content {
            Content::Index(parts) => Ok(parts),
            Content::Image { config, layers } => {
                if self.id.is_empty() {
                    self.id.clone_from(&config.digest);
                }
                for blob in layers.into_iter().chain([config]) {
                    check(archive, &blob)?;
                    self.blobs.push(blob);
                }
                Ok(Vec::new())
            }
        }
    }

    fn is_compressed(&self) -> bool {
        !self.blobs.iter().any(|blob| blob.media_type.ends_with("tar"))
    }
}

fn name(archive: &Archive, named: &Named) -> Result<Reference, Error> {
    let annotated = |key: &str| named.annotations.get(key);
    let text = annotated("io.containerd.image.name")
        .or_else(|| annotated("org.opencontainers.image.ref.name").filter(|name| name.contains([':', '/'])))
        .ok_or_else(|| archive.wrong(format!("{} in it has no name", named.descriptor.digest)))?;
    text.parse()
        .map_err(|error: Error| archive.wrong(error.to_string()))
}

/// Whether the archive has what is named, as large as it is said to be.
fn check(archive: &Archive, descriptor: &Descriptor) -> Result<(), Error> {
    if !is_digest(&descriptor.digest) {
        return Err(archive.wrong(format!("{:?} in it is not a digest", descriptor.digest)));
    }
    let name = blob_name(&descriptor.digest);
    match archive.size(&name) {
        None => Err(archive.wrong(format!("it lacks {name}"))),
        Some(size) if size != descriptor.size => Err(damaged(archive, &descriptor.digest)),
        Some(_) => Ok(()),
    }
}

fn damaged(archive: &Archive, digest: &str) -> Error {
    archive.wrong(format!(
        "{digest} in it is not what its digest says: it is damaged"
    ))
}

async fn layout(
    client: &Client,
    archive: &Archive,
    images: Vec<Image>,
    progress: &dyn Progress,
) -> Result<Vec<Pushed>, Error> {
    // Where each blob has been seen, so that another repository gets it from there.
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut sent = Vec::new();
    for image in &images {
        let repository = image.reference.repository();
        let total = image.blobs.iter().map(|blob| blob.size).sum();
        let step = progress.begin(&image.reference.to_string(), total);
        let mut bytes = 0;
        for blob in &image.blobs {
            let from = seen.get(&blob.digest).map(String::as_str);
            if put(client, archive, &repository, blob, from, &step).await? {
                bytes += blob.size;
            }
            seen.insert(blob.digest.clone(), repository.clone());
        }
        sent.push((bytes, step));
    }
    let mut pushed = Vec::new();
    for (image, (bytes, step)) in images.into_iter().zip(sent) {
        let repository = image.reference.repository();
        let Some((top, parts)) = image.manifests.split_last() else {
            continue;
        };
        for part in parts {
            client.put_manifest(&repository, &part.digest, part).await?;
        }
        let changed = tag(client, &image.reference, top).await?;
        step.end(&match (changed, bytes) {
            (false, _) => "unchanged".to_owned(),
            (true, 0) => "named".to_owned(),
            (true, bytes) => format!("taken in, {}", megabytes(bytes)),
        });
        pushed.push(Pushed {
            digest: top.digest.clone(),
            image_id: image.id,
            reference: image.reference,
            sent: bytes,
            changed,
        });
    }
    Ok(pushed)
}

/// Whether it had to be sent.
async fn put(
    client: &Client,
    archive: &Archive,
    repository: &str,
    blob: &Descriptor,
    from: Option<&str>,
    step: &Arc<dyn Step>,
) -> Result<bool, Error> {
    let there = client.blob_size(repository, &blob.digest).await?.is_some()
        || match from {
            Some(from) if from != repository => client.mount(repository, &blob.digest, from).await?,
            _ => false,
        };
    if there {
        step.advance(blob.size);
        return Ok(false);
    }
    let reader = archive.reader(&blob_name(&blob.digest))?;
    upload(
        client,
        repository,
        gzip::as_it_is(reader, Arc::clone(step)),
        |sent| {
            if sent.digest == blob.digest {
                Ok(sent.digest.clone())
            } else {
                Err(damaged(archive, &blob.digest))
            }
        },
    )
    .await?;
    Ok(true)
}
