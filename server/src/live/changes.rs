//! What changes in a learner's engine, told to their pages: only that something did. Whoever shows it asks for it again.

use std::sync::Weak;
use std::time::Duration;

use drydock_grader::Change;
use drydock_protocol::live::Event;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use super::room::Room;

/// From the first change to telling of it: a command makes several within a few milliseconds, and each is asked after.
const GATHER: Duration = Duration::from_millis(100);

/// What may have changed since it was last told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changed {
    images: bool,
    containers: bool,
}

impl Changed {
    fn take_in(&mut self, change: Result<Change, RecvError>) {
        match change {
            Ok(Change::Images) => self.images = true,
            Ok(Change::Containers | Change::Networks | Change::Volumes) => self.containers = true,
            // What was missed may have been anything.
            Ok(Change::Everything) | Err(RecvError::Lagged(_)) => {
                self.images = true;
                self.containers = true;
            }
            Ok(Change::Pushes | Change::Files(_) | Change::Command) | Err(RecvError::Closed) => {}
        }
    }
}

/// Tells the pages in the room, until nothing is watched any more.
pub(super) async fn tell(room: Weak<Room>, mut happening: Receiver<Change>) {
    loop {
        let mut changed = Changed::default();
        let first = happening.recv().await;
        if first == Err(RecvError::Closed) {
            return;
        }
        changed.take_in(first);
        if changed == Changed::default() {
            continue;
        }
        sleep(GATHER).await;
        while let Ok(change) = happening.try_recv() {
            changed.take_in(Ok(change));
        }
        let Some(room) = room.upgrade() else { return };
        let Changed { images, containers } = changed;
        room.tell(Event::Engine { images, containers });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_may_have_been_anything() {
        let after = |missed: Vec<Result<Change, RecvError>>| {
            let mut changed = Changed::default();
            for change in missed {
                changed.take_in(change);
            }
            (changed.images, changed.containers)
        };
        assert_eq!(
            after(vec![Ok(Change::Command), Ok(Change::Files(Vec::new()))]),
            (false, false)
        );
        assert_eq!(after(vec![Ok(Change::Images)]), (true, false));
        assert_eq!(
            after(vec![Ok(Change::Networks), Ok(Change::Pushes)]),
            (false, true)
        );
        assert_eq!(after(vec![Err(RecvError::Lagged(3))]), (true, true));
    }
}
