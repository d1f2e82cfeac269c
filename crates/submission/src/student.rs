//! Who handed something in: the name of the file or folder says it.

use std::path::Path;

/// Endings of archives, longest first.
const ENDINGS: [&str; 4] = [".tar.gz", ".tgz", ".tar", ".zip"];

/// The longest name, in characters.
const NAME_MAX: usize = 128;

/// The student's id: the file's name without the ending of an archive, and without what would break a line of a table.
pub fn student_of(path: &Path) -> String {
    // `.` and `..` have no name of their own.
    let whole = path.file_name().map(ToOwned::to_owned).or_else(|| {
        let whole = path.canonicalize().ok()?;
        Some(whole.file_name()?.to_owned())
    });
    let name = whole.unwrap_or_default().to_string_lossy().into_owned();
    let lower = name.to_ascii_lowercase();
    let ending = ENDINGS
        .iter()
        .find(|ending| lower.ends_with(**ending) && lower.len() > ending.len());
    let stem = &name[..name.len() - ending.map_or(0, |ending| ending.len())];
    stem.chars()
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .take(NAME_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_without_the_ending() {
        for (path, student) in [
            ("in/alice.tar.gz", "alice"),
            ("in/bob.TGZ", "bob"),
            ("carol.zip", "carol"),
            ("in/dave/", "dave"),
            ("e.v.e.tar", "e.v.e"),
            (".zip", ".zip"),
            ("in/a\nb.tar", "a?b"),
        ] {
            assert_eq!(student_of(Path::new(path)), student, "{path}");
        }
    }
}
