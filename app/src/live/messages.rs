//! Messages for the learner, on the page until they are dismissed or their time is over.

use std::cell::Cell;

use drydock_protocol::api::Problem;
use drydock_protocol::live::Level;

use super::Watched;
use crate::{api, browser};

/// As many are on show at most: a page full of messages is none.
const SHOWN_MAX: usize = 4;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// Unique on this page.
    pub(crate) id: u32,
    /// How loud.
    pub(crate) tone: Tone,
    /// What it says, with code in backticks.
    pub(crate) text: String,
}

/// How loud a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// An exercise was passed.
    Passed,
    /// As the protocol has it.
    Notice(Level),
}

impl Tone {
    /// Milliseconds until it leaves by itself; bad news stays.
    fn stays_ms(self) -> Option<i32> {
        match self {
            Self::Notice(Level::Bad) => None,
            Self::Notice(Level::Warn) => Some(20_000),
            Self::Notice(Level::Info) | Self::Passed => Some(6_000),
        }
    }
}

/// The messages on show.
pub(crate) struct Messages {
    /// In the order in which they came.
    pub(crate) shown: Watched<Vec<Message>>,
    next: Cell<u32>,
}

impl Messages {
    pub(super) const fn new() -> Self {
        Self {
            shown: Watched::new(Vec::new()),
            next: Cell::new(0),
        }
    }

    /// Shows a message. The same news twice is one message.
    pub(crate) fn say(&self, tone: Tone, text: &str) {
        let id = self.next.get();
        self.next.set(id.wrapping_add(1));
        self.shown.update(|messages| {
            messages.retain(|message| message.text != text);
            if messages.len() >= SHOWN_MAX {
                messages.remove(0);
            }
            messages.push(Message {
                id,
                tone,
                text: text.to_owned(),
            });
        });
        if let Some(milliseconds) = tone.stays_ms() {
            browser::after(milliseconds, move || super::Store::of_page().messages.dismiss(id));
        }
    }

    /// Shows a problem that the learner's own action met.
    pub(crate) fn complain(&self, problem: &Problem) {
        let text = if problem.detail.is_empty() {
            &problem.title
        } else {
            &problem.detail
        };
        let level = if problem.kind == api::OFFLINE {
            Level::Warn
        } else {
            Level::Bad
        };
        self.say(Tone::Notice(level), text);
    }

    /// Takes a message away.
    pub(crate) fn dismiss(&self, id: u32) {
        if self
            .shown
            .with(|messages| messages.iter().any(|message| message.id == id))
        {
            self.shown
                .update(|messages| messages.retain(|message| message.id != id));
        }
    }
}
