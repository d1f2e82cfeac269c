//! What is written down of each request: who, what, how it ended. One line each, whatever happens to the request.

mod file;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub use file::FileAudit;

use crate::guests::Guest;

/// Longest host and path that are written down, in bytes.
const HOST_MAX: usize = 255;
const PATH_MAX: usize = 512;

/// Takes the lines. Called once for each request; must not block.
pub trait Audit: Send + Sync + 'static {
    /// Keeps one line.
    fn note(&self, line: AuditLine);
}

/// What kind of a thing a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditKind {
    /// A tunnel to a host that is let through.
    Tunnel,
    /// A request of plain HTTP to a host that is let through.
    Http,
    /// A request to a registry, which the gateway answered.
    Registry,
    /// A search for images.
    Search,
    /// Anything that was not let through.
    Refused,
}

impl AuditKind {
    fn name(self) -> &'static str {
        match self {
            Self::Tunnel => "tunnel",
            Self::Http => "http",
            Self::Registry => "registry",
            Self::Search => "search",
            Self::Refused => "refused",
        }
    }
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditLine {
    /// When the request began, RFC 3339 in UTC.
    pub time: String,
    /// The sandbox's id; empty where nobody is known at the address.
    pub sandbox: String,
    /// Whose sandbox it is, if it is somebody's.
    pub learner: Option<String>,
    /// Where the request came from.
    pub address: IpAddr,
    /// What it was.
    pub kind: AuditKind,
    /// Its method.
    pub method: String,
    /// The host that it was for, with the port where that is not the usual one.
    pub host: String,
    /// The path, without the query.
    pub path: String,
    /// The status that it was answered with; 0 if it was not.
    pub status: u16,
    /// Bytes from the sandbox, of bodies and tunnels.
    pub bytes_in: u64,
    /// Bytes to the sandbox, of bodies and tunnels.
    pub bytes_out: u64,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// Why it was refused, or what cut it short.
    pub why: Option<String>,
}

/// The counters of a request, which outlive the places where they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) inward: AtomicU64,
    pub(crate) outward: AtomicU64,
}

/// A line that is being written. It is noted when this is dropped, so that no way out of a request forgets it.
pub(crate) struct Entry {
    audit: Arc<dyn Audit>,
    began: Instant,
    line: Option<AuditLine>,
    counts: Arc<Counts>,
}

impl Entry {
    pub(crate) fn new(audit: Arc<dyn Audit>, address: IpAddr, kind: AuditKind, method: &str) -> Self {
        let time = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let line = AuditLine {
            time,
            sandbox: String::new(),
            learner: None,
            address,
            kind,
            method: cut(method, 32),
            host: String::new(),
            path: String::new(),
            status: 0,
            bytes_in: 0,
            bytes_out: 0,
            ms: 0,
            why: None,
        };
        Self {
            audit,
            began: Instant::now(),
            line: Some(line),
            counts: Arc::default(),
        }
    }

    fn with(&mut self, change: impl FnOnce(&mut AuditLine)) {
        if let Some(line) = &mut self.line {
            change(line);
        }
    }

    pub(crate) fn guest(&mut self, guest: &Guest) {
        self.with(|line| {
            line.sandbox.clone_from(&guest.sandbox);
            line.learner.clone_from(&guest.learner);
        });
    }

    pub(crate) fn kind(&mut self, kind: AuditKind) {
        self.with(|line| line.kind = kind);
    }

    pub(crate) fn host(&mut self, host: &str) {
        self.with(|line| line.host = cut(host, HOST_MAX));
    }

    pub(crate) fn path(&mut self, path: &str) {
        self.with(|line| line.path = cut(path, PATH_MAX));
    }

    pub(crate) fn status(&mut self, status: u16) {
        self.with(|line| line.status = status);
    }

    pub(crate) fn why(&mut self, why: impl Into<String>) {
        let why = why.into();
        self.with(|line| line.why = Some(why));
    }

    pub(crate) fn refused(&mut self, why: impl Into<String>) {
        self.kind(AuditKind::Refused);
        self.why(why);
    }

    /// Where the request came from.
    pub(crate) fn address(&self) -> IpAddr {
        // Taken only when it is noted or forgotten, which both consume the entry.
        self.line
            .as_ref()
            .map_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), |line| line.address)
    }

    /// Where the bytes are counted.
    pub(crate) fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }

    /// Nothing is to be noted: what the line was about goes on as requests that have lines of their own.
    pub(crate) fn forget(mut self) {
        self.line = None;
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let Some(mut line) = self.line.take() else {
            return;
        };
        line.bytes_in = self.counts.inward.load(Ordering::Relaxed);
        line.bytes_out = self.counts.outward.load(Ordering::Relaxed);
        line.ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let outcome = match (line.kind, line.status) {
            (AuditKind::Refused, _) => "refused",
            (_, 200..400) => "ok",
            (_, 400..500) => "client_error",
            _ => "failed",
        };
        metrics::counter!("drydock_gateway_requests_total", "kind" => line.kind.name(), "outcome" => outcome)
            .increment(1);
        metrics::counter!("drydock_gateway_bytes_total", "direction" => "in").increment(line.bytes_in);
        metrics::counter!("drydock_gateway_bytes_total", "direction" => "out").increment(line.bytes_out);
        self.audit.note(line);
    }
}

/// The beginning of a text that a stranger chose, on one line.
fn cut(text: &str, most: usize) -> String {
    let end = (0..=most.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    text[..end]
        .chars()
        .filter(|character| !character.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Kept(Mutex<Vec<AuditLine>>);

    impl Audit for Kept {
        fn note(&self, line: AuditLine) {
            self.0.lock().unwrap().push(line);
        }
    }

    #[test]
    fn a_line_is_noted_once_and_whatever_happens() {
        let kept = Arc::new(Kept::default());
        let entry = || Entry::new(kept.clone(), "10.0.0.1".parse().unwrap(), AuditKind::Http, "GET");
        let mut refused = entry();
        refused.host("example.com\r\n");
        refused.path(&"ä".repeat(1000));
        refused.counts().outward.fetch_add(7, Ordering::Relaxed);
        refused.refused("unlisted");
        drop(refused);
        entry().forget();
        let lines = kept.0.lock().unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].host.as_str(), lines[0].bytes_out), ("example.com", 7));
        assert_eq!(lines[0].path.len(), PATH_MAX);
        let json = serde_json::to_value(&lines[0]).unwrap();
        assert_eq!(
            (json["kind"].as_str(), json["why"].as_str()),
            (Some("refused"), Some("unlisted"))
        );
    }
}
