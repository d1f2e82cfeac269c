//! Takes a name out of the classroom's part of the registry.

use bytes::Bytes;

use crate::client::Client;
use crate::manifest::{Content, Manifest};
use crate::{Error, Reference};

/// Removes an image's name. Other names of the same image stay. Its layers go when the registry is started next, if
/// nobody else has them.
pub async fn remove(client: &Client, reference: &Reference) -> Result<(), Error> {
    let repository = reference.repository();
    let Some(manifest) = client.manifest(&repository, &reference.tag).await? else {
        return Err(Error::NoImage {
            reference: reference.to_string(),
        });
    };
    if !has_other_name(client, &repository, &manifest.digest, Some(&reference.tag)).await? {
        return drop_manifest(client, &repository, &manifest).await;
    }
    // A manifest can only be removed with all its names. So this name gets one of its own first: the same text with
    // another end, which is the same image to whoever pulls it just now.
    let mut text = manifest.bytes.to_vec();
    text.push(b'\n');
    let own = Manifest::new(manifest.media_type, Bytes::from(text));
    client.put_manifest(&repository, &reference.tag, &own).await?;
    client.delete_manifest(&repository, &own.digest).await
}

/// Removes a manifest that no name leads to any more.
pub(super) async fn drop_if_untagged(client: &Client, repository: &str, digest: &str) -> Result<(), Error> {
    if has_other_name(client, repository, digest, None).await? {
        return Ok(());
    }
    match client.manifest(repository, digest).await? {
        Some(manifest) => drop_manifest(client, repository, &manifest).await,
        None => Ok(()),
    }
}

async fn has_other_name(
    client: &Client,
    repository: &str,
    digest: &str,
    but: Option<&str>,
) -> Result<bool, Error> {
    for tag in client.tags(repository).await? {
        if Some(tag.as_str()) != but
            && client.manifest_digest(repository, &tag).await?.as_deref() == Some(digest)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn drop_manifest(client: &Client, repository: &str, manifest: &Manifest) -> Result<(), Error> {
    client.delete_manifest(repository, &manifest.digest).await?;
    // What a list of images names has no names of its own. Another list may share it, so it goes with the last one.
    if let Content::Index(parts) = manifest.content()?
        && client.tags(repository).await?.is_empty()
    {
        for part in parts {
            client.delete_manifest(repository, &part.digest).await?;
        }
    }
    Ok(())
}
