//! Says when a sandbox has reached a limit of its own: what happened, why, and what to do.

use std::cell::RefCell;

use drydock_protocol::api::SandboxView;
use drydock_protocol::live::Level;

use crate::live::{Store, Tone};
use crate::text;

/// From so many percent on, a disk is as good as full.
const FULL: u8 = 97;

const MEMORY: &str = "Your sandbox had no memory left, so what wanted more was ended, with exit code 137. `docker ps -a` shows whether it was \
                      a container; `docker stop` those that you do not need.";
const DISK: &str = "Your sandbox's disk is nearly full: builds, pulls and containers may fail. `docker system df` shows what takes the room, \
                    and `docker system prune` makes some.";

/// What has been told, of one sandbox.
#[derive(Debug, Default)]
struct Told {
    id: String,
    out_of_memory: u32,
    full: bool,
}

impl Told {
    /// What is new since the last time. What had happened before the page was opened is not.
    fn news(&mut self, sandbox: &SandboxView) -> Vec<&'static str> {
        let full = sandbox
            .usage
            .is_some_and(|usage| text::percent(usage.disk_bytes, sandbox.limits.disk_bytes) >= FULL);
        let is_known = self.id == sandbox.id;
        let mut news = Vec::new();
        if is_known && sandbox.out_of_memory > self.out_of_memory {
            news.push(MEMORY);
        }
        if full && !(is_known && self.full) {
            news.push(DISK);
        }
        *self = Self {
            id: sandbox.id.clone(),
            out_of_memory: sandbox.out_of_memory,
            full,
        };
        news
    }
}

pub(super) fn watch(store: &'static Store) {
    let told = RefCell::new(Told::default());
    store.sandbox.watch(move || {
        let news = store
            .sandbox
            .with(|sandbox| sandbox.as_ref().map(|sandbox| told.borrow_mut().news(sandbox)));
        for text in news.into_iter().flatten() {
            store.messages.say(Tone::Notice(Level::Warn), text);
        }
    });
}

#[cfg(test)]
mod tests {
    use drydock_protocol::api::{Limits, SandboxState, Usage};

    use super::*;

    fn sandbox(id: &str, out_of_memory: u32, disk_bytes: u64) -> SandboxView {
        SandboxView {
            id: id.to_owned(),
            state: SandboxState::Ready,
            limits: Limits {
                memory_bytes: 100,
                disk_bytes: 100,
                home_bytes: 100,
                pids: 100,
                cpus: 1.0,
            },
            usage: Some(Usage {
                memory_bytes: 1,
                disk_bytes,
                home_bytes: 1,
                pids: 1,
            }),
            out_of_memory,
            expires_at: None,
            can_extend: false,
        }
    }

    #[test]
    fn each_time_is_told_once_and_what_was_before_is_not() {
        let mut told = Told::default();
        assert!(told.news(&sandbox("a", 2, 10)).is_empty());
        assert!(told.news(&sandbox("a", 2, 10)).is_empty());
        assert_eq!(told.news(&sandbox("a", 3, 10)), [MEMORY]);
        assert!(told.news(&sandbox("a", 3, 10)).is_empty());
        assert!(told.news(&sandbox("b", 9, 10)).is_empty());
    }

    #[test]
    fn a_full_disk_is_told_again_after_it_was_emptied() {
        let mut told = Told::default();
        assert_eq!(told.news(&sandbox("a", 0, 98)), [DISK]);
        assert!(told.news(&sandbox("a", 0, 99)).is_empty());
        assert!(told.news(&sandbox("a", 0, 50)).is_empty());
        assert_eq!(told.news(&sandbox("a", 0, 97)), [DISK]);
    }
}
