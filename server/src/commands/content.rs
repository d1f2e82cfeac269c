//! Where lessons come from: the folder that the settings name, or what the binary carries.

use std::path::{Path, PathBuf};

use anyhow::bail;
use drydock_lesson::Library;

use crate::settings::Settings;

/// The course that the binary carries, written out to be read like any other.
#[derive(rust_embed::RustEmbed)]
#[folder = "../content"]
struct Carried;

/// The folder of the courses.
pub fn folder(settings: &Settings) -> anyhow::Result<PathBuf> {
    if !settings.content.as_os_str().is_empty() {
        return Ok(settings.content.clone());
    }
    let folder = settings.data_dir.join("content");
    unpack::<Carried>(&folder)?;
    Ok(folder)
}

/// Writes files that the binary carries to a folder, which afterwards holds these and nothing else.
pub fn unpack<Files: rust_embed::RustEmbed>(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    for name in Files::iter() {
        let Some(file) = Files::get(&name) else { continue };
        let path = folder.join(name.as_ref());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.data)?;
    }
    Ok(())
}

/// The courses, read and found sound.
pub fn library(settings: &Settings) -> anyhow::Result<Library> {
    let folder = folder(settings)?;
    match Library::load(&folder) {
        Ok(library) => Ok(library),
        Err(problems) => {
            for problem in &problems {
                eprintln!("{problem}\n");
            }
            bail!("{} in the lessons under {}; they are listed above", counted(problems.len(), "problem"), folder.display())
        }
    }
}

/// "1 problem", "2 problems".
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
