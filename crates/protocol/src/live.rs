//! Frames on a page's two WebSockets.
//!
//! *Events* (`/api/v1/events?course=…&lesson=…`) carries one JSON [`Event`] a text frame, server to browser.
//! The browser sends nothing.
//!
//! *Terminals* (`/api/v1/sandbox/terminals/{name}`) carries terminal bytes in binary frames, both ways, and
//! JSON control in text frames: [`ToTerminal`] towards the sandbox, [`FromTerminal`] towards the browser.
//! The server passes them on between browser and agent, after checking sizes.

use serde::{Deserialize, Serialize};

use crate::api::{ExerciseProgress, Replay, SandboxView};
use crate::grade::SubmissionView;
use crate::verdict::Verdict;

/// Something that happened to this learner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The sandbox's state, limits, usage or end changed. Sent first on every connection.
    /// `sandbox` is null while the learner has none.
    Sandbox {
        /// The sandbox as it is now.
        sandbox: Option<SandboxView>,
    },
    /// An exercise of the lesson on this page was evaluated.
    Verdict {
        /// What was found.
        verdict: Verdict,
        /// What the learner has won by it, kept across sandboxes.
        progress: ExerciseProgress,
    },
    /// How far something is that the learner has handed in for an exercise that is graded once.
    Submission {
        /// The exercise's id.
        exercise: String,
        /// How far it is, and what it came to.
        submission: Box<SubmissionView>,
    },
    /// A command in one of the learner's terminals ended.
    Ran {
        /// The command line as typed, cut at 4 KiB.
        command: String,
        /// Its exit status.
        exit: i32,
        /// Told again, to a page that was not there when it ended.
        earlier: bool,
    },
    /// Whether sandboxes can be made at all. Sent when that changes, and on connecting while they cannot.
    Service {
        /// What is wrong, for the learner, and what is being done about it; null when all is well again.
        problem: Option<String>,
    },
    /// The exercises before one are being done for the learner. Sent at each step, and on connecting while it goes on.
    Replay(Replay),
    /// Something changed in the learner's engine: whoever shows it looks again. Coalesced over 100 ms; told while a page shows a lesson.
    Engine {
        /// Whether images or their tags may have.
        images: bool,
        /// Whether containers, networks or volumes may have.
        containers: bool,
    },
    /// Files of the workspace changed. Coalesced over 100 ms; told while a page shows a lesson.
    Files {
        /// Relative to the workspace, at most a hundred; none means that any may have.
        paths: Vec<String>,
    },
    /// Something that the learner should read.
    Notice(Notice),
}

/// A message for the learner that is not about an exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// How loud.
    pub level: Level,
    /// What happened and what to do: plain text, a sentence or two.
    pub text: String,
}

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Good to know.
    Info,
    /// Something is about to be lost or is slow.
    Warn,
    /// Something was lost or does not work.
    Bad,
}

/// The greatest number of terminal bytes that may be on their way to a browser without being acknowledged.
/// xterm.js renders 5 to 35 MB/s and drops its buffer past 50 MB; half a megabyte keeps the screen within 100 ms of the truth.
pub const TERMINAL_WINDOW: u64 = 384 * 1024;

/// The browser acknowledges at least every so many rendered bytes.
pub const TERMINAL_ACK_EVERY: u64 = 64 * 1024;

/// The largest frame that a browser may send to a terminal; larger pastes are cut into several.
pub const TERMINAL_FRAME_MAX: usize = 64 * 1024;

/// WebSocket close code: this client stopped acknowledging and was let go. It may come back and is shown the screen.
pub const CLOSE_TOO_SLOW: u16 = 4000;
/// WebSocket close code: the shell of this terminal ended.
pub const CLOSE_ENDED: u16 = 4001;
/// WebSocket close code: there is no sandbox (any more). Coming back is of no use until there is one.
pub const CLOSE_NO_SANDBOX: u16 = 4004;

/// Control towards a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToTerminal {
    /// This client's size changed, or it took the focus: the terminal takes its size.
    Resize {
        /// Columns, 2 to 1000.
        cols: u16,
        /// Rows, 1 to 1000.
        rows: u16,
    },
    /// The client has rendered so many bytes since it attached (a running total, not a difference).
    Ack {
        /// Total bytes rendered.
        bytes: u64,
    },
}

/// Control from a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromTerminal {
    /// First frame after attaching. The binary frames that follow, up to [`FromTerminal::Live`], draw the
    /// scrollback and the screen as they were: clear the screen before.
    Replay {
        /// Columns that the terminal has now.
        cols: u16,
        /// Rows that it has now.
        rows: u16,
        /// True if the shell was started by this attachment.
        fresh: bool,
    },
    /// The replay is over.
    Live,
    /// Another client changed the size.
    Size {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// The shell ended; the socket is about to close with [`CLOSE_ENDED`].
    Ended {
        /// Its exit status, or 128 and the signal.
        status: i32,
    },
}
