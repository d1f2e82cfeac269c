//! A lesson's `workspace` folder: the files that the learner's home starts with.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::lesson::WorkspaceFile;
use crate::limits;
use crate::load::{bytes, show, unreadable};
use crate::problem::Problem;

/// Reads a workspace; one that is not there is empty.
pub(crate) fn read(root: &Path) -> Result<Vec<WorkspaceFile>, Problem> {
    let mut walk = Walk {
        root,
        files: Vec::new(),
        entries: 0,
        bytes_left: limits::WORKSPACE_MAX_BYTES,
    };
    match fs::symlink_metadata(root) {
        Ok(found) if found.is_dir() => walk.folder("", 0)?,
        Ok(_) => {
            return Err(Problem::of_file(show(root), "this is not a folder")
                .help("put the folder itself here: links are not followed"));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(root, &error)),
    }
    walk.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.files)
}

struct Walk<'a> {
    root: &'a Path,
    files: Vec<WorkspaceFile>,
    entries: usize,
    bytes_left: u64,
}

impl Walk<'_> {
    /// Takes in everything under a folder, by its path from the root.
    fn folder(&mut self, relative: &str, depth: usize) -> Result<(), Problem> {
        let path = self.root.join(relative);
        if depth > limits::WORKSPACE_MAX_DEPTH {
            let message = format!(
                "the workspace goes deeper than {} folders",
                limits::WORKSPACE_MAX_DEPTH
            );
            return Err(Problem::of_file(show(&path), message));
        }
        for entry in fs::read_dir(&path).map_err(|error| unreadable(&path, &error))? {
            let entry = entry.map_err(|error| unreadable(&path, &error))?;
            self.entries += 1;
            if self.entries > limits::WORKSPACE_MAX_ENTRIES {
                let message = format!(
                    "the workspace has more than {} files and folders",
                    limits::WORKSPACE_MAX_ENTRIES
                );
                return Err(Problem::of_file(show(self.root), message));
            }
            let name = entry.file_name().into_string().map_err(|name| {
                Problem::of_file(show(&path), format!("the name {} is not UTF-8", name.display()))
            })?;
            let relative = if relative.is_empty() {
                name
            } else {
                format!("{relative}/{name}")
            };
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(&entry.path(), &error))?;
            if kind.is_dir() {
                self.folder(&relative, depth + 1)?;
            } else {
                self.file(relative, &entry.path())?;
            }
        }
        Ok(())
    }

    fn file(&mut self, relative: String, path: &Path) -> Result<(), Problem> {
        let bytes = bytes(path, self.bytes_left)?;
        self.bytes_left -= bytes.len() as u64;
        let mode = fs::symlink_metadata(path)
            .map_err(|error| unreadable(path, &error))?
            .permissions()
            .mode();
        self.files.push(WorkspaceFile {
            path: relative,
            bytes,
            executable: mode & 0o100 != 0,
        });
        Ok(())
    }
}
