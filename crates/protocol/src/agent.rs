//! What the server and the agent inside a sandbox say to each other.
//!
//! HTTP/1.1 on TCP port [`PORT`] of the sandbox's address; every request carries `Authorization: Bearer <token>`.
//! Everything here is a *claim* of a sandbox that its learner owns: the server caps sizes, depths and times
//! and never takes a path, a number or a string from it as more than something to show.
//!
//! | method and path | what |
//! |---|---|
//! | `GET /status` | [`Status`] |
//! | `GET /terminals` | names of the open terminals, JSON list |
//! | `GET /terminals/{name}` | WebSocket, as in [`crate::live`]; starts the shell if there is none of that name, in the size `?cols=&rows=` if given |
//! | `DELETE /terminals/{name}` | ends it |
//! | `POST /exec` | [`crate::api::ExecRequest`] → [`crate::api::ExecResult`] |
//! | `GET /files?path=` | folder: [`crate::api::Listing`] as JSON with `X-Drydock-Kind: folder`; file: its bytes with `X-Drydock-Kind: file`, at most 8 MiB |
//! | `GET /files?path=&from=N&length=N` | the same for a file of any size, a piece of it: at most so many bytes from there on, at most [`PIECE_MAX`]; `X-Drydock-Size` says how large the file is |
//! | `PUT /files?path=` | writes a file (folders on the way are made; atomically, by rename; `&mode=755` sets its permissions, else it keeps them); `DELETE` removes a file, or a folder with all in it |
//! | `POST /files?path=&to=` | moves a file or folder to a path where nothing is; folders on the way are made |
//! | `GET /journal?since=N` | [`JournalPage`] |
//! | `GET /events?since=N` | WebSocket; text frames, one [`AgentEvent`] each |
//! | `POST /engine/start` | starts the engine, if that was not done before, and keeps it running from then on; [`EngineStatus`] |
//! | `GET /engine` | `Upgrade: drydock-engine`: after 101 the connection is the engine's socket, byte for byte |

use serde::{Deserialize, Serialize};

use crate::UnixSeconds;
use crate::api::Usage;

/// The port that the agent listens on, inside the sandbox's network.
pub const PORT: u16 = 7070;

/// The token of `Upgrade:` on `/engine`.
pub const ENGINE_UPGRADE: &str = "drydock-engine";

/// The largest file that goes through `/files`, in bytes.
pub const FILE_MAX: u64 = 8 * 1024 * 1024;

/// The largest piece of a file that is read at one time, in bytes.
pub const PIECE_MAX: u64 = 1024 * 1024;

/// The header that says how large the file is that a piece was read of, in bytes.
pub const SIZE_HEADER: &str = "x-drydock-size";

/// How the sandbox is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether the learner's engine answers.
    pub engine: EngineStatus,
    /// What the sandbox uses.
    pub usage: Usage,
    /// Seconds since a terminal last received input, or since the start.
    pub idle_s: u64,
}

/// The learner's engine as the agent sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum EngineStatus {
    /// Not answering yet.
    Starting,
    /// Answering.
    Ready {
        /// How often it has been started: 1 if it never fell over.
        starts: u32,
    },
    /// It ended and is about to be started again.
    Restarting {
        /// The tail of what it last said, at most 2 KiB.
        said: String,
    },
}

/// Entries of the journal from a number on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPage {
    /// In order.
    pub entries: Vec<JournalEntry>,
}

/// The record of one thing that the learner did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Counts up from 1, without gaps, for as long as the sandbox lives.
    pub seq: u64,
    /// When.
    pub at: UnixSeconds,
    /// What.
    #[serde(flatten)]
    pub what: Journalled,
}

/// What a journal entry records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Journalled {
    /// A command in a terminal ended.
    Ran {
        /// The terminal's name.
        terminal: String,
        /// The command line as typed, cut at 4 KiB.
        command: String,
        /// Its exit status.
        exit: i32,
    },
    /// A file was written through the agent (a Save button, the editor).
    Saved {
        /// Path relative to the workspace.
        path: String,
    },
}

/// Something that happened in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AgentEvent {
    /// A new entry of the journal.
    Journal(JournalEntry),
    /// Files of the workspace changed; coalesced over about 50 ms.
    Files {
        /// Paths relative to the workspace, at most a hundred; empty means "many, look again".
        paths: Vec<String>,
    },
    /// The learner's engine came up, or went away.
    Engine(EngineStatus),
}
