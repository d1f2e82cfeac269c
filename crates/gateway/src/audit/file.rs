//! The audit log as a file of JSON lines, rotated by size. A thread of its own writes, so that a slow disk holds up no request.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::{Audit, AuditLine};
use crate::Error;

/// Lines that wait to be written.
const WAITING: usize = 4096;
const ROTATED_AT: u64 = 64 * 1024 * 1024;
/// Older files that are kept: `.1` is the youngest.
const KEPT: u32 = 4;

/// An audit log in a file.
#[derive(Debug)]
pub struct FileAudit {
    lines: Option<SyncSender<AuditLine>>,
    dropped: AtomicU64,
    writer: Option<JoinHandle<()>>,
}

impl FileAudit {
    /// Opens the file to add to it, and makes it and its folder where they are not, for nobody else to read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::with_limit(path, ROTATED_AT)
    }

    fn with_limit(path: &Path, limit: u64) -> Result<Self, Error> {
        let failed = |error: io::Error| Error::Audit {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let mut log = Log::open(path, limit).map_err(failed)?;
        let (lines, queue) = sync_channel(WAITING);
        let writer = thread::Builder::new()
            .name("gateway-audit".to_owned())
            .spawn(move || log.write(&queue))
            .map_err(failed)?;
        Ok(Self {
            lines: Some(lines),
            dropped: AtomicU64::new(0),
            writer: Some(writer),
        })
    }

    /// How many lines found no room, because the disk was too slow for them.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Audit for FileAudit {
    fn note(&self, line: AuditLine) {
        let sent = self
            .lines
            .as_ref()
            .is_some_and(|lines| lines.try_send(line).is_ok());
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("drydock_gateway_audit_dropped_total").increment(1);
        }
    }
}

impl Drop for FileAudit {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

struct Log {
    path: PathBuf,
    file: BufWriter<File>,
    size: u64,
    limit: u64,
}

impl Log {
    fn open(path: &Path, limit: u64) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
            fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        let file = open(path)?;
        Ok(Self {
            size: file.metadata()?.len(),
            path: path.to_owned(),
            file: BufWriter::new(file),
            limit,
        })
    }

    fn write(&mut self, queue: &Receiver<AuditLine>) {
        let mut well = true;
        while let Ok(first) = queue.recv() {
            // What waits is written in one go.
            let written = std::iter::once(first)
                .chain(queue.try_iter())
                .try_for_each(|line| self.line(&line))
                .and_then(|()| self.file.flush());
            if let Err(error) = &written
                && well
            {
                tracing::error!(path = %self.path.display(), %error, "gateway.audit_not_written");
            }
            well = written.is_ok();
        }
    }

    fn line(&mut self, line: &AuditLine) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        if self.size + bytes.len() as u64 > self.limit && self.size > 0 {
            self.rotate()?;
        }
        self.size += bytes.len() as u64;
        self.file.write_all(&bytes)
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file.flush()?;
        let named = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..KEPT).rev() {
            match fs::rename(named(number), named(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        fs::rename(&self.path, named(1))?;
        self.file = BufWriter::new(open(&self.path)?);
        self.size = 0;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::super::{AuditKind, Entry};
    use super::*;
    use std::sync::Arc;

    fn lines(path: &Path) -> usize {
        fs::read_to_string(path).unwrap().lines().count()
    }

    #[test]
    fn lines_are_json_and_the_file_is_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway/audit.jsonl");
        let audit = Arc::new(FileAudit::with_limit(&path, 2000).unwrap());
        for _ in 0..100 {
            let address = "10.0.0.1".parse().unwrap();
            drop(Entry::new(audit.clone(), address, AuditKind::Tunnel, "CONNECT"));
        }
        assert_eq!(audit.dropped(), 0);
        drop(audit);
        let mut kept = 0;
        for name in [
            "audit.jsonl",
            "audit.jsonl.1",
            "audit.jsonl.2",
            "audit.jsonl.3",
            "audit.jsonl.4",
        ] {
            let file = path.with_file_name(name);
            assert!(fs::metadata(&file).unwrap().len() <= 2000, "{name}");
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            kept += lines(&file);
        }
        assert!((30..100).contains(&kept), "{kept}");
        assert!(!path.with_file_name("audit.jsonl.5").exists());
        let text = fs::read_to_string(&path).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(line["method"], "CONNECT");
    }

    #[test]
    fn what_was_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        for _ in 0..2 {
            let audit = Arc::new(FileAudit::open(&path).unwrap());
            drop(Entry::new(
                audit,
                "10.0.0.1".parse().unwrap(),
                AuditKind::Http,
                "GET",
            ));
        }
        assert_eq!(lines(&path), 2);
    }
}
