//! Images into the classroom's registry, and out of it.

use std::path::Path;

use anyhow::{Context, bail};
use drydock_registry::{Client, Layers, Reference};

use super::show::Shown;
use super::{folder, index};
use crate::settings::Settings;

/// Puts the images that `build` made into the registry, so far as it does not have them.
pub(super) async fn archives(settings: &Settings, client: &Client) -> anyhow::Result<()> {
    let folder = folder(settings);
    let Some(index) = index(&folder)? else {
        bail!(
            "there are no images in {}: run `drydock images build`",
            folder.display()
        );
    };
    let layers = known(settings);
    let shown = Shown::default();
    let mut unchanged = 0;
    for (name, archive) in &index {
        let reference: Reference = name.parse()?;
        if drydock_registry::has(client, &reference, &archive.id).await? {
            unchanged += 1;
            continue;
        }
        // A name in the index is ours, but stays in its folder.
        let file = Path::new(&archive.file).file_name().unwrap_or_default();
        let pushed = drydock_registry::push(client, &folder.join(file), Some(&reference), &layers, &shown)
            .await
            .with_context(|| format!("{name} could not be put into the classroom's registry"))?;
        unchanged += pushed.iter().filter(|pushed| !pushed.changed).count();
    }
    shown.line(
        "classroom registry",
        &match unchanged {
            0 => format!("{} images", index.len()),
            all if all == index.len() => format!("{all} images, unchanged"),
            some => format!("{} images, {some} unchanged", index.len()),
        },
    );
    Ok(())
}

/// Puts images of the host engine, or archives, into the registry.
pub(super) async fn push(settings: &Settings, client: &Client, what: &[String]) -> anyhow::Result<()> {
    let host = crate::host::connect(&settings.docker_host)?;
    let layers = known(settings);
    let shown = Shown::default();
    for one in what {
        let file = Path::new(one);
        if file.is_file() || file.extension().is_some_and(|kind| kind == "tar") {
            drydock_registry::push(client, file, None, &layers, &shown).await?;
        } else {
            let reference: Reference = one.parse()?;
            let folder = folder(settings);
            std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            drydock_registry::push_from_engine(host.clone(), &reference, &folder, client, &layers, &shown)
                .await?;
        }
    }
    Ok(())
}

/// Writes images of the registry to a file.
pub(super) async fn export(client: &Client, file: &Path, names: &[String]) -> anyhow::Result<()> {
    let names = parsed(names)?;
    let count = drydock_registry::export(client, &names, file, &Shown::default()).await?;
    if count == 0 {
        bail!("the classroom's registry is empty, and so is {}", file.display());
    }
    Ok(())
}

/// Takes in the images of a file.
pub(super) async fn import(settings: &Settings, client: &Client, file: &Path) -> anyhow::Result<()> {
    let taken = drydock_registry::import(client, file, &known(settings), &Shown::default()).await?;
    if taken.is_empty() {
        bail!("there are no images in {}", file.display());
    }
    Ok(())
}

/// Takes images out of the registry.
pub(super) async fn remove(client: &Client, names: &[String]) -> anyhow::Result<()> {
    let shown = Shown::default();
    for reference in parsed(names)? {
        drydock_registry::remove(client, &reference).await?;
        shown.line(&reference.to_string(), "removed");
    }
    Ok(())
}

/// The layers that were sent before, so that none is compressed again.
fn known(settings: &Settings) -> Layers {
    let folder = folder(settings);
    // Where it cannot be made, saving says so.
    let _ = std::fs::create_dir_all(&folder);
    Layers::open(&folder.join("layers.json"))
}

fn parsed(names: &[String]) -> anyhow::Result<Vec<Reference>> {
    Ok(names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?)
}
