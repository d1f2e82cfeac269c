//! The record of what the learner did: the newest entries, numbered for good.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use drydock_protocol::agent::{AgentEvent, JournalEntry, Journalled};

use crate::events::Events;

/// How many entries are kept.
const ENTRIES_MAX: usize = 10_000;
/// How many bytes of text they may hold together.
const TEXT_MAX_BYTES: usize = 4 * 1024 * 1024;

/// A bounded record. Numbers count up from 1 and are never used again, also when old entries are dropped.
#[derive(Debug)]
pub struct Journal {
    kept: Mutex<Kept>,
    events: Events,
}

#[derive(Debug, Default)]
struct Kept {
    entries: VecDeque<JournalEntry>,
    text_bytes: usize,
    last_seq: u64,
}

impl Journal {
    /// An empty journal that announces its entries to `events`.
    pub fn new(events: Events) -> Self {
        Self {
            kept: Mutex::default(),
            events,
        }
    }

    /// Adds an entry, and announces it.
    pub fn record(&self, what: Journalled) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.last_seq += 1;
        let entry = JournalEntry {
            seq: kept.last_seq,
            at: now(),
            what,
        };
        kept.text_bytes += text_bytes(&entry);
        kept.entries.push_back(entry.clone());
        while kept.entries.len() > ENTRIES_MAX || kept.text_bytes > TEXT_MAX_BYTES {
            let Some(oldest) = kept.entries.pop_front() else {
                break;
            };
            kept.text_bytes -= text_bytes(&oldest);
        }
        // Still under the lock, so that entries are announced in their order.
        self.events.announce(AgentEvent::Journal(entry));
    }

    /// The entries with a number above `seq`, in order.
    pub fn since(&self, seq: u64) -> Vec<JournalEntry> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let first = kept.entries.partition_point(|entry| entry.seq <= seq);
        kept.entries.range(first..).cloned().collect()
    }
}

fn text_bytes(entry: &JournalEntry) -> usize {
    match &entry.what {
        Journalled::Ran {
            terminal, command, ..
        } => terminal.len() + command.len(),
        Journalled::Saved { path } => path.len(),
    }
}

/// Seconds since 1970 by this machine's clock.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(journal: &Journal, path: &str) {
        journal.record(Journalled::Saved {
            path: path.to_owned(),
        });
    }

    #[test]
    fn numbers_count_up_and_are_not_used_again() {
        let journal = Journal::new(Events::new());
        for number in 0..ENTRIES_MAX + 5 {
            saved(&journal, &number.to_string());
        }
        let all = journal.since(0);
        assert_eq!(all.len(), ENTRIES_MAX);
        assert_eq!(all[0].seq, 6);
        assert_eq!(all[0].what, Journalled::Saved { path: "5".to_owned() });
        let last = journal.since(ENTRIES_MAX as u64 + 4);
        assert_eq!(
            last.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            [ENTRIES_MAX as u64 + 5]
        );
        assert!(journal.since(u64::MAX).is_empty());
    }

    #[test]
    fn long_entries_push_out_old_ones() {
        let journal = Journal::new(Events::new());
        let long = "x".repeat(TEXT_MAX_BYTES / 4);
        for _ in 0..9 {
            saved(&journal, &long);
        }
        assert_eq!(
            journal.since(0).iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            [6, 7, 8, 9]
        );
    }

    #[test]
    fn entries_are_announced() {
        let events = Events::new();
        let mut listener = events.listen();
        saved(&Journal::new(events), "a");
        assert!(matches!(
            listener.try_recv(),
            Ok(AgentEvent::Journal(JournalEntry { seq: 1, .. }))
        ));
    }
}
