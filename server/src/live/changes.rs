//! What changes in a sandbox, told to the learner's pages: only that something did. Whoever shows it asks for it again.

use std::collections::BTreeSet;
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
/// Paths that are told. More are told as "any".
const PATHS_MAX: usize = 100;
/// A path is no longer than the workspace takes.
const PATH_MAX: usize = 1024;

/// What may have changed since it was last told.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changed {
    images: bool,
    containers: bool,
    /// Which files; none: none. Of an empty set, any.
    files: Option<BTreeSet<String>>,
}

impl Changed {
    fn take_in(&mut self, change: Result<Change, RecvError>) {
        match change {
            Ok(Change::Images) => self.images = true,
            Ok(Change::Containers | Change::Networks | Change::Volumes) => self.containers = true,
            Ok(Change::Files(paths)) => {
                let any = self.files.as_ref().is_some_and(BTreeSet::is_empty);
                let files = self.files.get_or_insert_default();
                // The agent's claim: it is only ever shown, and no more of it than is told.
                files.extend(paths.iter().filter(|path| path.len() <= PATH_MAX).cloned());
                if any || paths.is_empty() || files.len() > PATHS_MAX {
                    files.clear();
                }
            }
            // What was missed may have been anything.
            Ok(Change::Everything) | Err(RecvError::Lagged(_)) => {
                *self = Self {
                    images: true,
                    containers: true,
                    files: Some(BTreeSet::new()),
                };
            }
            Ok(Change::Pushes | Change::Command) | Err(RecvError::Closed) => {}
        }
    }

    fn events(self) -> impl Iterator<Item = Event> {
        let Self {
            images,
            containers,
            files,
        } = self;
        let engine = (images || containers).then_some(Event::Engine { images, containers });
        let files = files.map(|paths| Event::Files {
            paths: paths.into_iter().collect(),
        });
        engine.into_iter().chain(files)
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
        changed.events().for_each(|event| room.tell(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(happened: Vec<Result<Change, RecvError>>) -> Vec<Event> {
        let mut changed = Changed::default();
        for change in happened {
            changed.take_in(change);
        }
        changed.events().collect()
    }

    fn engine(images: bool, containers: bool) -> Event {
        Event::Engine { images, containers }
    }

    fn files(paths: &[&str]) -> Event {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        Event::Files { paths }
    }

    fn written(path: &str) -> Change {
        Change::Files(vec![path.to_owned()])
    }

    #[test]
    fn what_came_together_is_told_together() {
        assert_eq!(told(vec![Ok(Change::Command), Ok(Change::Pushes)]), []);
        assert_eq!(told(vec![Ok(Change::Images)]), [engine(true, false)]);
        assert_eq!(
            told(vec![
                Ok(written("b")),
                Ok(Change::Networks),
                Ok(written("a")),
                Ok(written("b"))
            ]),
            [engine(false, true), files(&["a", "b"])]
        );
    }

    #[test]
    fn what_was_missed_or_is_too_much_may_have_been_anything() {
        let anything = [engine(true, true), files(&[])];
        assert_eq!(told(vec![Ok(written("a")), Err(RecvError::Lagged(3))]), anything);
        assert_eq!(told(vec![Ok(Change::Everything), Ok(written("a"))]), anything);
        let many = (0..=PATHS_MAX).map(|number| Ok(written(&number.to_string())));
        assert_eq!(told(many.chain([Ok(written("a"))]).collect()), [files(&[])]);
        assert_eq!(
            told(vec![Ok(Change::Files(Vec::new())), Ok(written("a"))]),
            [files(&[])]
        );
    }
}
