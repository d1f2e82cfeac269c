//! The learner's folders as rows of a tree.

use std::collections::{BTreeMap, BTreeSet};

use drydock_protocol::api::{FileEntry, FileKind};

/// A file or folder, where it stands in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    /// Relative to the workspace.
    pub(crate) path: String,
    /// Its own name.
    pub(crate) name: String,
    /// Whether it can be opened up.
    pub(crate) is_folder: bool,
    /// How many folders it is in.
    pub(crate) depth: usize,
}

/// What is seen of the folders that are open, from the top. `listings` has the entries of each folder that was asked for; the
/// workspace itself is the empty path.
pub(crate) fn rows(listings: &BTreeMap<String, Vec<FileEntry>>, open: &BTreeSet<String>) -> Vec<Row> {
    let mut rows = Vec::new();
    add(&mut rows, "", 0, listings, open);
    rows
}

fn add(
    rows: &mut Vec<Row>,
    folder: &str,
    depth: usize,
    listings: &BTreeMap<String, Vec<FileEntry>>,
    open: &BTreeSet<String>,
) {
    for entry in listings.get(folder).into_iter().flatten() {
        if !is_shown(folder, &entry.name) {
            continue;
        }
        let path = join(folder, &entry.name);
        let is_folder = entry.kind == FileKind::Folder;
        rows.push(Row {
            path: path.clone(),
            name: entry.name.clone(),
            is_folder,
            depth,
        });
        if is_folder && open.contains(&path) {
            add(rows, &path, depth + 1, listings, open);
        }
    }
}

/// At the top, what begins with a dot is the shell's and Docker's own; further down it is the learner's, but for what git keeps.
fn is_shown(folder: &str, name: &str) -> bool {
    if folder.is_empty() {
        !name.starts_with('.') || matches!(name, ".dockerignore" | ".env" | ".gitignore")
    } else {
        name != ".git"
    }
}

/// The path of something in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// The folder that something is in.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What is changed of a path by a new name, as a range of UTF-16 units: the last name without its extension.
pub(crate) fn stem(path: &str) -> (u32, u32) {
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let name = path.get(start..).unwrap_or_default();
    let end = name
        .rfind('.')
        .filter(|dot| *dot > 0)
        .map_or(path.len(), |dot| start + dot);
    let units = |end: usize| {
        let before = path.get(..end).unwrap_or_default();
        u32::try_from(before.encode_utf16().count()).unwrap_or(u32::MAX)
    };
    (units(start), units(end))
}

/// Whether what a folder holds may have changed, when these paths did; none means that anything may have.
pub(crate) fn touches(paths: &[String], folder: &str) -> bool {
    paths.is_empty()
        || paths
            .iter()
            .any(|path| folder_of(path) == folder || path == folder)
}

/// Whether a file may have changed, when these paths did.
pub(crate) fn is_among(paths: &[String], file: &str) -> bool {
    paths.is_empty()
        || paths
            .iter()
            .any(|path| path == file || file.starts_with(&format!("{path}/")))
}

/// What is wrong with a name for a new file, if something is.
pub(crate) fn wrong_name(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    if path.is_empty() {
        Some("A file needs a name.")
    } else if path.len() > 1024 {
        Some("A path has at most 1,024 bytes.")
    } else if parts.iter().any(|part| matches!(*part, "" | "." | "..")) || path.contains('\0') {
        Some("A path leads from your home folder downwards: `app/Dockerfile`.")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_renamed_is_the_name_without_its_extension() {
        for (path, expected) in [
            ("app/page.html", (4, 8)),
            ("Dockerfile", (0, 10)),
            (".dockerignore", (0, 13)),
            ("ü/b.tar.gz", (2, 7)),
            ("app/", (4, 4)),
        ] {
            assert_eq!(stem(path), expected, "{path}");
        }
    }

    fn entry(name: &str, kind: FileKind) -> FileEntry {
        FileEntry {
            name: name.into(),
            kind,
            size: 1,
            mode: 0o644,
            modified: 0,
        }
    }

    #[test]
    fn open_folders_show_what_is_in_them() {
        let listings = BTreeMap::from([
            (
                String::new(),
                vec![
                    entry("app", FileKind::Folder),
                    entry("site", FileKind::Folder),
                    entry(".bashrc", FileKind::File),
                    entry("notes", FileKind::File),
                ],
            ),
            (
                "app".to_owned(),
                vec![
                    entry(".git", FileKind::Folder),
                    entry("deep", FileKind::Folder),
                    entry(".dockerignore", FileKind::File),
                ],
            ),
            ("app/deep".to_owned(), vec![entry("x", FileKind::File)]),
        ]);
        let shown = |open: &[&str]| {
            let open = open.iter().map(|path| (*path).to_owned()).collect();
            let rows = rows(&listings, &open).into_iter();
            rows.map(|row| (row.path, row.depth)).collect::<Vec<_>>()
        };
        let at = |path: &str, depth| (path.to_owned(), depth);
        assert_eq!(shown(&[]), [at("app", 0), at("site", 0), at("notes", 0)]);
        assert_eq!(
            shown(&["app", "app/deep", "site"]),
            [
                at("app", 0),
                at("app/deep", 1),
                at("app/deep/x", 2),
                at("app/.dockerignore", 1),
                at("site", 0),
                at("notes", 0)
            ]
        );
    }

    #[test]
    fn a_change_concerns_the_folder_that_it_is_in() {
        let changed = ["app/Dockerfile".to_owned()];
        assert!(touches(&changed, "app") && !touches(&changed, "") && !touches(&changed, "app/deep"));
        assert!(touches(&[], "anything"));
        assert!(
            is_among(&["app".to_owned()], "app/Dockerfile") && !is_among(&changed, "app/Dockerfile.prod")
        );
    }

    #[test]
    fn a_name_does_not_lead_out() {
        for wrong in ["", "/etc/passwd", "../x", "a//b", "a/./b", "a/"] {
            assert!(wrong_name(wrong).is_some(), "{wrong}");
        }
        assert_eq!(wrong_name("app/Dockerfile"), None);
    }
}
