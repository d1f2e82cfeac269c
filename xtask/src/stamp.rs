//! Whether a step's inputs are what they were when it last ran: a digest of them, kept in a file beside its outputs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// A digest of everything that a step's outcome depends on.
#[derive(Clone, Default)]
pub(crate) struct Inputs(Sha256);

impl Inputs {
    /// Starts with the step's own version: raise it when what the step does with the same inputs changes.
    pub(crate) fn new(version: &str) -> Self {
        Self::default().text(version)
    }

    /// Adds an option or a version.
    pub(crate) fn text(mut self, text: &str) -> Self {
        // Lengths keep ("ab", "c") apart from ("a", "bc").
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
        self
    }

    /// Adds a file: its name and what is in it.
    pub(crate) fn file(self, path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut this = self.text(&path.to_string_lossy());
        this.0.update((bytes.len() as u64).to_le_bytes());
        this.0.update(bytes);
        Ok(this)
    }

    /// Adds every file under a folder; one that is not there counts as empty.
    pub(crate) fn folder(self, path: &Path, keep: impl Fn(&Path) -> bool) -> Result<Self> {
        files_under(path, &keep)?
            .iter()
            .try_fold(self, |inputs, file| inputs.file(file))
    }

    fn digest(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Runs `make` unless `outputs` are all there and were made from the same `inputs`. True if it ran.
pub(crate) fn unless_fresh(
    stamp: &Path,
    inputs: Inputs,
    outputs: &[&Path],
    make: impl FnOnce() -> Result<()>,
) -> Result<bool> {
    let digest = inputs.digest();
    let known = fs::read_to_string(stamp).is_ok_and(|found| found == digest);
    if known && outputs.iter().all(|output| output.exists()) {
        return Ok(false);
    }
    // A step that is interrupted must not look done.
    match fs::remove_file(stamp) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot remove {}", stamp.display()));
        }
        _ => {}
    }
    make()?;
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(stamp, digest).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(true)
}

/// Every file under a folder for which `keep` holds, sorted. Folders for which it does not hold are not entered.
pub(crate) fn files_under(folder: &Path, keep: &impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        Err(error) => return Err(error).with_context(|| format!("cannot list {}", folder.display())),
    };
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot list {}", folder.display()))?
            .path();
        if !keep(&path) {
            continue;
        }
        if path.is_dir() {
            found.extend(files_under(&path, keep)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The first characters of a digest of these bytes: a name that changes when they do.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_runs_again_only_when_its_inputs_change() {
        let folder = tempfile::tempdir().unwrap();
        let (stamp, source, output) = (
            folder.path().join("a/stamp"),
            folder.path().join("source"),
            folder.path().join("output"),
        );
        let run = || {
            unless_fresh(
                &stamp,
                Inputs::new("1").file(&source).unwrap(),
                &[&output],
                || fs::write(&output, "made").map_err(Into::into),
            )
            .unwrap()
        };

        fs::write(&source, "one").unwrap();
        assert!(run());
        assert!(!run());
        fs::write(&source, "two").unwrap();
        assert!(run());
        fs::remove_file(&output).unwrap();
        assert!(run(), "a missing output is made again");
    }

    #[test]
    fn a_failed_step_is_not_taken_for_done() {
        let folder = tempfile::tempdir().unwrap();
        let stamp = folder.path().join("stamp");
        let inputs = || Inputs::new("1");
        unless_fresh(&stamp, inputs(), &[], || Ok(())).unwrap();
        unless_fresh(&stamp, Inputs::new("2"), &[], || anyhow::bail!("no")).unwrap_err();
        assert!(unless_fresh(&stamp, inputs(), &[], || Ok(())).unwrap());
    }

    #[test]
    fn names_and_contents_are_kept_apart() {
        let one = Inputs::new("").text("ab").text("c");
        let other = Inputs::new("").text("a").text("bc");
        assert_ne!(one.digest(), other.digest());
    }
}
