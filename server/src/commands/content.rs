//! Where lessons come from: the folder that the settings name, or what the binary carries.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
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
        std::fs::write(&path, &file.data)?;
        // What is carried has no modes; scripts are told by their first line.
        if file.data.starts_with(b"#!") {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

/// The courses, read and found sound.
pub fn library(settings: &Settings) -> anyhow::Result<Library> {
    let folder = folder(settings)?;
    Library::load(&folder).map_err(|problems| {
        anyhow!(
            "the lessons under {} cannot be served\n{problems}",
            folder.display()
        )
    })
}

/// The images that any lesson wants before the first prompt: what sandboxes of the pool come with.
pub fn images(library: &Library) -> Vec<String> {
    let lessons = library.courses().iter().flat_map(|course| &course.lessons);
    let mut images: Vec<String> = lessons
        .flat_map(|lesson| lesson.sandbox.images.iter().map(ToString::to_string))
        .collect();
    images.sort();
    images.dedup();
    images
}

/// "1 problem", "2 problems".
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
