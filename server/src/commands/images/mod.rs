//! `drydock images`: the images that sandboxes are made from, and those that the classroom has.

mod build;
mod fill;
mod list;
mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use drydock_registry::{Client, Visit};
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::settings::Settings;

/// What can be done with images.
#[derive(Debug, Subcommand)]
pub enum Images {
    /// Build what is missing or has changed, and put it into the classroom's registry.
    Build,
    /// Tell which images the classroom has, and where.
    List,
    /// Put images into the classroom's registry: of the host engine, or from archives that `docker save` wrote.
    Push {
        /// Names such as nginx:1.26 or ghcr.io/org/tool:1, or files. None: the images that `build` made.
        #[arg(value_name = "NAME|FILE")]
        what: Vec<String>,
    },
    /// Write classroom images to one file, for a machine without internet.
    Export {
        /// The file; an archive that `docker load` understands too.
        file: PathBuf,
        /// Just these images.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Put the images of a file that `export` or `docker save` wrote into the classroom's registry.
    Import {
        /// The file.
        file: PathBuf,
    },
    /// Take images out of the classroom's registry.
    Remove {
        /// Their names, such as nginx:1.26.
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
}

/// An entry of the index beside the archives.
#[derive(Debug, Deserialize)]
struct Archive {
    file: String,
    size: u64,
    id: String,
}

/// What there is to say about the classroom's images: `images/classroom/catalog.toml`.
pub fn catalogue() -> &'static str {
    include_str!("../../../../images/classroom/catalog.toml")
}

/// Runs it.
pub async fn run(settings: &Settings, what: Images) -> anyhow::Result<ExitCode> {
    match what {
        Images::Build => {
            build::run(settings).await?;
            if settings.registry.enabled {
                within(settings, async |client| fill::archives(settings, client).await).await?;
            }
        }
        Images::List => within(settings, async |client| list::run(settings, client).await).await?,
        Images::Push { what } if what.is_empty() => {
            within(settings, async |client| fill::archives(settings, client).await).await?;
        }
        Images::Push { what } => {
            within(settings, async |client| fill::push(settings, client, &what).await).await?;
        }
        Images::Export { file, names } => {
            within(settings, async |client| fill::export(client, &file, &names).await).await?;
        }
        Images::Import { file } => {
            within(settings, async |client| {
                fill::import(settings, client, &file).await
            })
            .await?;
        }
        Images::Remove { names } => {
            within(settings, async |client| fill::remove(client, &names).await).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Does something in the classroom's registry, which is left as it was found: whether or not it ran, and also when the person at
/// the keyboard has had enough.
async fn within(
    settings: &Settings,
    work: impl AsyncFnOnce(&Client) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if !settings.registry.enabled {
        bail!("the classroom has no registry: `registry.enabled` is false in the settings");
    }
    // From here on, an interruption is ours to deal with.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut ended = signal(SignalKind::terminate())?;
    let host = crate::host::connect(&settings.docker_host)?;
    let visit = Visit::begin(host, &settings.sandbox.instance, &settings.registry).await?;
    let client = visit.client();
    let stopped = || {
        Err(anyhow!(
            "stopped before it was done: no image has been changed by half"
        ))
    };
    let done = tokio::select! {
        biased;
        _ = interrupted.recv() => stopped(),
        _ = ended.recv() => stopped(),
        done = work(&client) => done,
    };
    let left = visit.end().await;
    done?;
    Ok(left?)
}

/// The images that the classroom is known to have without asking its registry: those of the catalog, and those that were built.
pub(crate) fn known(settings: &Settings) -> anyhow::Result<Vec<drydock_lesson::expect::Reference>> {
    let catalogue = drydock_registry::Catalogue::parse(catalogue())?;
    let built = index(&folder(settings))?.unwrap_or_default();
    let names = catalogue.references().chain(built.keys().map(String::as_str));
    Ok(names.filter_map(|name| name.parse().ok()).collect())
}

/// Where `build` keeps the archives.
fn folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("images")
}

/// What `build` has made, by its name. None: nothing yet.
fn index(folder: &Path) -> anyhow::Result<Option<BTreeMap<String, Archive>>> {
    let path = folder.join("index.json");
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
