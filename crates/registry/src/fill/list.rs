//! What the classroom's part of the registry holds.

use std::collections::BTreeMap;

use futures::StreamExt;
use serde::Deserialize;

use crate::client::Client;
use crate::manifest::Content;
use crate::names::CLASSROOM;
use crate::{Error, Reference};

/// The largest configuration that is read, in bytes.
const CONFIG_MAX: usize = 4 * 1024 * 1024;

/// An image in the classroom's part of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name.
    pub reference: Reference,
    /// Of its manifest.
    pub digest: String,
    /// Of its configuration: what `docker images` calls its id. None for one that is for several platforms.
    pub image_id: Option<String>,
    /// Bytes, compressed.
    pub size: u64,
    /// What its configuration is labelled with.
    pub labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Configuration {
    #[serde(default)]
    config: Settings,
}

#[derive(Default, Deserialize)]
struct Settings {
    #[serde(default, rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

/// All of them, in the alphabet's order.
pub async fn held(client: &Client) -> Result<Vec<Held>, Error> {
    let mut found = Vec::new();
    for repository in client.repositories(CLASSROOM).await? {
        for tag in client.tags(&repository).await? {
            let Some(reference) = Reference::of_repository(&repository, &tag) else {
                continue;
            };
            // None: it was removed since.
            if let Some(one) = look_at(client, reference).await? {
                found.push(one);
            }
        }
    }
    Ok(found)
}

async fn look_at(client: &Client, reference: Reference) -> Result<Option<Held>, Error> {
    let repository = reference.repository();
    let Some(manifest) = client.manifest(&repository, &reference.tag).await? else {
        return Ok(None);
    };
    let (image_id, size, labels) = match manifest.content()? {
        Content::Image { config, layers } => {
            let size = layers.iter().map(|layer| layer.size).sum::<u64>() + config.size;
            let bytes = small_blob(client, &repository, &config.digest).await?;
            let configuration: Configuration = serde_json::from_slice(&bytes).unwrap_or_default();
            (
                Some(config.digest),
                size,
                configuration.config.labels.unwrap_or_default(),
            )
        }
        Content::Index(parts) => (None, parts.iter().map(|part| part.size).sum(), BTreeMap::new()),
    };
    Ok(Some(Held {
        reference,
        digest: manifest.digest,
        image_id,
        size,
        labels,
    }))
}

async fn small_blob(client: &Client, repository: &str, digest: &str) -> Result<Vec<u8>, Error> {
    let (_, bytes) = client.blob(repository, digest).await?;
    let mut bytes = std::pin::pin!(bytes);
    let mut all = Vec::new();
    while let Some(chunk) = bytes.next().await.transpose().map_err(|error| Error::Registry {
        doing: format!("send {digest}"),
        why: error.to_string(),
        status: None,
    })? {
        all.extend_from_slice(&chunk);
        if all.len() > CONFIG_MAX {
            break;
        }
    }
    Ok(all)
}
