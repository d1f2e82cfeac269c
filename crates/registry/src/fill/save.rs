//! An image of the host engine, into the classroom's part of the registry.

use std::path::Path;

use bollard::Docker;
use futures::StreamExt;
use tokio::io::AsyncWriteExt;

use super::layers::Layers;
use super::progress::{Progress, megabytes};
use super::push::{Pushed, push};
use crate::client::Client;
use crate::host::{Host, unless_missing};
use crate::{Error, Reference};

/// Puts an image that the host engine has into the registry, under the same name. It is written to `folder` on its way: what
/// an image consists of stands at the end of what the engine sends.
pub async fn push_from_engine(
    docker: Docker,
    reference: &Reference,
    folder: &Path,
    client: &Client,
    layers: &Layers,
    progress: &dyn Progress,
) -> Result<Pushed, Error> {
    let host = Host::new(docker);
    let name = reference.to_string();
    let asked = host
        .call(format!("look at image {name}"), host.docker.inspect_image(&name))
        .await;
    let image = unless_missing(asked)?.ok_or_else(|| Error::NoHostImage {
        reference: name.clone(),
    })?;
    let size = image.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
    let failed = |why| Error::File {
        path: folder.to_owned(),
        why,
    };
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut writer = tokio::fs::File::from_std(file.reopen().map_err(failed)?);
    let step = progress.begin(&format!("{name} from the engine"), size);
    let mut chunks = host.docker.export_image(&name);
    let mut written = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = host.call(format!("save image {name}"), async { chunk }).await?;
        writer.write_all(&chunk).await.map_err(failed)?;
        written += chunk.len() as u64;
        step.advance(chunk.len() as u64);
    }
    writer.flush().await.map_err(failed)?;
    step.end(&megabytes(written));
    let mut pushed = push(client, file.path(), Some(reference), layers, progress).await?;
    pushed.pop().ok_or(Error::NoHostImage { reference: name })
}
