//! Who has which sandbox, kept in files so that the next server finds it: `sandboxes/<id>.json` in the data folder.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use drydock_protocol::UnixSeconds;
use serde::{Deserialize, Serialize};
use tracing::warn;

use crate::names::{Owner, SandboxId};
use crate::{Error, Needs};

/// What is remembered of a sandbox. One without an owner has never been anyone's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: SandboxId,
    pub(crate) owner: Option<Owner>,
    pub(crate) needs: Needs,
    pub(crate) expires_at: UnixSeconds,
    pub(crate) extensions_left: u32,
}

/// The folder of records. Files are small and few, so it is read and written in place, without threads.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    folder: PathBuf,
}

impl Records {
    /// The records in this data folder; made if it is not there.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, Error> {
        let folder = data_dir.join("sandboxes");
        fs::create_dir_all(&folder).map_err(|source| Error::Record {
            path: folder.clone(),
            source,
        })?;
        Ok(Self { folder })
    }

    /// Every record that can be read. One that cannot is worth a line in the log: its sandbox is an orphan then.
    pub(crate) fn all(&self) -> Vec<Record> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                warn!(folder = %self.folder.display(), %error, "sandbox.records.unreadable");
                return Vec::new();
            }
        };
        entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                if path.extension()? != "json" {
                    return None;
                }
                match read(&path) {
                    Ok(record) => Some(record),
                    Err(error) => {
                        warn!(path = %path.display(), %error, "sandbox.records.unreadable");
                        None
                    }
                }
            })
            .collect()
    }

    /// Writes one, whole or not at all. A failure costs a sandbox at the next restart, not now: it is logged. An earlier
    /// record goes in any case, or a sandbox that was somebody's would be found as nobody's.
    pub(crate) fn put(&self, record: &Record) {
        let path = self.path(&record.id);
        if let Err(error) = write(&path, record) {
            warn!(path = %path.display(), %error, "sandbox.records.unwritable");
            self.remove(&record.id);
        }
    }

    /// Forgets one.
    pub(crate) fn remove(&self, id: &SandboxId) {
        let path = self.path(id);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                warn!(path = %path.display(), %error, "sandbox.records.unwritable");
            }
            _ => {}
        }
    }

    fn path(&self, id: &SandboxId) -> PathBuf {
        self.folder.join(format!("{id}.json"))
    }
}

fn read(path: &Path) -> io::Result<Record> {
    serde_json::from_slice(&fs::read(path)?).map_err(io::Error::from)
}

fn write(path: &Path, record: &Record) -> io::Result<()> {
    let unfinished = path.with_extension("new");
    let mut file = fs::File::create(&unfinished)?;
    serde_json::to_writer(&mut file, record)?;
    file.flush()?;
    fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            id: SandboxId::random(),
            owner: Some(Owner::new("learner/../1")),
            needs: Needs {
                images: vec!["busybox".into()],
                ..Needs::default()
            },
            expires_at: 1_700_000_000,
            extensions_left: 2,
        }
    }

    #[test]
    fn what_is_put_is_found_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        let record = record();
        records.put(&record);
        assert_eq!(
            Records::open(folder.path()).unwrap().all(),
            std::slice::from_ref(&record)
        );
        records.remove(&record.id);
        records.remove(&record.id);
        assert_eq!(records.all(), []);
    }

    #[test]
    fn a_broken_record_does_not_hide_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let records = Records::open(folder.path()).unwrap();
        fs::write(records.folder.join("aaaaaaaaaaaa.json"), "{\"id\":").unwrap();
        fs::write(records.folder.join("bbbbbbbbbbbb.new"), "").unwrap();
        let record = record();
        records.put(&record);
        assert_eq!(records.all(), [record]);
    }
}
