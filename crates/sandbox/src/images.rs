//! The classroom's images: archives in the data folder, streamed into a learner's engine.
//!
//! `images/index.json` says which file holds which reference. Whoever builds the archives writes it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::ImportImageOptionsBuilder;
use futures::StreamExt;
use serde::Deserialize;
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

use crate::{Config, Error};

/// How long one image may take to load.
const LOAD: Duration = Duration::from_secs(600);
/// How much is read at a time.
const CHUNK: usize = 256 * 1024;

/// An archive as `docker save` writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Archive {
    /// Its name in the folder.
    file: String,
    /// Its size in bytes.
    size: u64,
    /// The id of the image in it.
    #[serde(default)]
    id: String,
}

/// Loads a classroom image into a learner's engine, unless that has an image of this name already. `progress` is told how
/// much has been sent, in percent.
pub(crate) async fn load(
    config: &Config,
    engine: &Docker,
    reference: &str,
    progress: impl Fn(u8) + Send + Sync + 'static,
) -> Result<(), Error> {
    let failed = |why: String| Error::Load {
        reference: reference.to_owned(),
        why,
    };
    if engine.inspect_image(reference).await.is_ok() {
        return Ok(());
    }
    let (path, archive) = find(config, reference).await?;
    let file = tokio::fs::File::open(&path)
        .await
        .map_err(|source| Error::Record { path, source })?;
    let mut sent = 0_u64;
    let bytes = ReaderStream::with_capacity(file, CHUNK).inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            sent += chunk.len() as u64;
            progress(
                u8::try_from(sent * 100 / archive.size.max(1))
                    .unwrap_or(100)
                    .min(100),
            );
        }
    });
    // The answer may begin only after all has been read.
    let engine = engine.clone().with_timeout(LOAD);
    let options = ImportImageOptionsBuilder::new().quiet(true).build();
    let loading = async {
        let mut answers = engine.import_image_stream(options, bytes, None);
        while let Some(answer) = answers.next().await {
            answer.map_err(|error| failed(error.to_string()))?;
        }
        Ok::<(), Error>(())
    };
    timeout(LOAD, loading)
        .await
        .map_err(|_| failed(format!("not done within {} s", LOAD.as_secs())))??;
    engine
        .inspect_image(reference)
        .await
        .map(drop)
        .map_err(|error| failed(error.to_string()))
}

/// Whether a learner's engine has all of these.
pub(crate) async fn has_all(engine: &Docker, references: &[String]) -> bool {
    for reference in references {
        if engine.inspect_image(reference).await.is_err() {
            return false;
        }
    }
    true
}

/// Those of the references that the classroom has, with the ids of their images.
pub(crate) async fn archived(config: &Config, references: &[String]) -> Result<Vec<(String, String)>, Error> {
    let mut found = Vec::new();
    for reference in references {
        match find(config, reference).await {
            Ok((_, archive)) => found.push((reference.clone(), archive.id)),
            Err(Error::NoArchive { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn find(config: &Config, reference: &str) -> Result<(PathBuf, Archive), Error> {
    let folder = config.data_dir.join("images");
    let index = folder.join("index.json");
    let text = match tokio::fs::read(&index).await {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::from(*b"{}"),
        Err(source) => return Err(Error::Record { path: index, source }),
    };
    let mut archives: BTreeMap<String, Archive> =
        serde_json::from_slice(&text).map_err(|error| Error::Record {
            path: index.clone(),
            source: error.into(),
        })?;
    let with_tag = if reference.contains('@')
        || reference
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains(':'))
    {
        reference.to_owned()
    } else {
        format!("{reference}:latest")
    };
    let archive = archives
        .remove(reference)
        .or_else(|| archives.remove(&with_tag))
        .ok_or_else(|| Error::NoArchive {
            reference: reference.to_owned(),
        })?;
    // The index is ours, but a name in it still stays in its folder.
    let name = std::path::Path::new(&archive.file)
        .file_name()
        .ok_or_else(|| Error::NoArchive {
            reference: reference.to_owned(),
        })?;
    Ok((folder.join(name), archive))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn found(reference: &str) -> Result<(PathBuf, Archive), Error> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("images")).unwrap();
        let index = r#"{"busybox:latest":{"file":"b.tar","size":3,"id":"sha256:1"},
            "evil:1":{"file":"../../etc/passwd","size":3,"id":"sha256:2"}}"#;
        std::fs::write(folder.path().join("images/index.json"), index).unwrap();
        find(
            &Config {
                data_dir: folder.path().to_owned(),
                ..Config::default()
            },
            reference,
        )
        .await
    }

    #[tokio::test]
    async fn an_archive_is_found_by_its_reference_with_or_without_latest() {
        assert_eq!(found("busybox").await.unwrap().1.file, "b.tar");
        assert_eq!(found("busybox:latest").await.unwrap().1.file, "b.tar");
        assert!(matches!(
            found("busybox:1.36").await,
            Err(Error::NoArchive { .. })
        ));
    }

    #[tokio::test]
    async fn a_file_stays_in_the_folder() {
        assert!(found("evil:1").await.unwrap().0.ends_with("images/passwd"));
    }

    #[tokio::test]
    async fn no_index_means_no_images() {
        let config = Config {
            data_dir: "/nonexistent".into(),
            ..Config::default()
        };
        assert!(matches!(
            find(&config, "busybox").await,
            Err(Error::NoArchive { .. })
        ));
    }
}
