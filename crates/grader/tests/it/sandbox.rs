//! A sandbox for tests: a real engine, and beside it files and a journal that the test writes.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;

use bollard::Docker;
use bytes::Bytes;
use drydock_grader::facts::ScriptFact;
use drydock_grader::{Agent, FactError, Looked, Piece, Sandbox};
use drydock_protocol::agent::{AgentEvent, JournalEntry, JournalPage, Journalled};
use drydock_protocol::api::{FileEntry, FileKind, Listing};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::broadcast;

pub(crate) struct Desk {
    engine: Docker,
    agent: Drawer,
}

/// Files, and what was run.
pub(crate) struct Drawer {
    files: Mutex<BTreeMap<String, (Bytes, u32)>>,
    journal: Mutex<Vec<JournalEntry>>,
    events: broadcast::Sender<AgentEvent>,
}

impl Desk {
    pub(crate) fn new(engine: &Docker) -> Self {
        let agent = Drawer {
            files: Mutex::default(),
            journal: Mutex::default(),
            events: broadcast::channel(64).0,
        };
        Self {
            engine: engine.clone(),
            agent,
        }
    }

    pub(crate) fn write(&self, path: &str, text: impl Into<Bytes>, mode: u32) {
        self.agent
            .files
            .lock()
            .unwrap()
            .insert(path.to_owned(), (text.into(), mode));
        let _ = self.agent.events.send(AgentEvent::Files {
            paths: vec![path.to_owned()],
        });
    }

    /// Writes a file of which no event tells.
    pub(crate) fn write_quietly(&self, path: &str, text: impl Into<Bytes>) {
        self.agent
            .files
            .lock()
            .unwrap()
            .insert(path.to_owned(), (text.into(), 0o644));
    }

    pub(crate) fn run(&self, command: &str, exit: i32) {
        let mut journal = self.agent.journal.lock().unwrap();
        let what = Journalled::Ran {
            terminal: "main".into(),
            command: command.into(),
            exit,
        };
        let entry = JournalEntry {
            seq: journal.len() as u64 + 1,
            at: 0,
            what,
        };
        journal.push(entry.clone());
        let _ = self.agent.events.send(AgentEvent::Journal(entry));
    }
}

impl Sandbox for Desk {
    type Agent = Drawer;

    fn engine(&self) -> &Docker {
        &self.engine
    }

    fn address(&self) -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }

    fn agent(&self) -> &Drawer {
        &self.agent
    }
}

impl Agent for Drawer {
    async fn look(&self, path: &str) -> Result<Looked, FactError> {
        let files = self.files.lock().unwrap();
        if path.is_empty() {
            let entry = |(name, (bytes, mode)): (&String, &(Bytes, u32))| FileEntry {
                name: name.clone(),
                kind: FileKind::File,
                size: bytes.len() as u64,
                mode: *mode,
                modified: 0,
            };
            return Ok(Looked::Folder(Listing {
                entries: files.iter().map(entry).collect(),
                truncated: false,
            }));
        }
        Ok(files
            .get(path)
            .map_or(Looked::Nothing, |(bytes, _)| Looked::File(bytes.clone())))
    }

    async fn piece(&self, path: &str, from: u64, length: u64) -> Result<Piece, FactError> {
        let files = self.files.lock().unwrap();
        let Some((bytes, _)) = files.get(path) else {
            return Ok(Piece::Nothing);
        };
        let from = usize::try_from(from).unwrap().min(bytes.len());
        let end = from
            .saturating_add(usize::try_from(length).unwrap())
            .min(bytes.len());
        Ok(Piece::Of {
            bytes: bytes.slice(from..end),
            size: bytes.len() as u64,
        })
    }

    async fn script(&self, _script: &str) -> Result<ScriptFact, FactError> {
        Ok(ScriptFact::default())
    }

    async fn journal(&self, since: u64) -> Result<JournalPage, FactError> {
        let journal = self.journal.lock().unwrap();
        Ok(JournalPage {
            entries: journal
                .iter()
                .filter(|entry| entry.seq > since)
                .cloned()
                .collect(),
        })
    }

    async fn events(
        &self,
        _since: u64,
    ) -> Result<BoxStream<'static, Result<AgentEvent, FactError>>, FactError> {
        let receiver = self.events.subscribe();
        let events = futures::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.ok().map(|event| (Ok(event), receiver))
        });
        Ok(events.boxed())
    }
}
