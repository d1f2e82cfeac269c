//! The learner's terminals. Each is a shell on a pseudo-terminal, held by a task of its own ([`task`]) that outlives
//! its clients: who comes back is shown the screen and goes on.

mod client;
mod marks;
mod outbox;
pub(crate) mod screen;
mod shell;
mod socket;
mod task;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

pub use self::screen::Size;
pub(crate) use self::socket::serve;

use self::client::Attached;
use self::shell::Shell;
use self::task::Command;
use crate::config::ShellConfig;
use crate::error::Error;
use crate::journal::Journal;

/// How many terminals there may be.
pub const TERMINALS_MAX: usize = 8;
/// The longest name of a terminal.
const NAME_MAX: usize = 32;
/// Commands that wait for a terminal's task; it takes them at once, unless the machine is busy.
const COMMANDS: usize = 64;
/// How long a terminal's processes get to end by themselves, and how long it then takes to be sure that they did.
const END_PATIENCE: Duration = Duration::from_secs(4);

/// The terminals by name.
pub struct Terminals {
    open: Arc<Mutex<BTreeMap<String, Open>>>,
    shell: ShellConfig,
    journal: Arc<Journal>,
}

struct Open {
    commands: mpsc::Sender<Command>,
}

impl Terminals {
    pub(crate) fn new(shell: ShellConfig, journal: Arc<Journal>) -> Self {
        Self {
            open: Arc::default(),
            shell,
            journal,
        }
    }

    /// The names of the open ones, sorted.
    pub fn names(&self) -> Vec<String> {
        self.lock().keys().cloned().collect()
    }

    /// Joins a new client to the terminal of that name. If there is none it is started, in the given size.
    ///
    /// # Errors
    /// If the name is not one, if there are too many terminals or clients, or if no shell can be started.
    pub(crate) async fn attach(&self, name: &str, size: Option<Size>) -> Result<Attached, Error> {
        check_name(name)?;
        // Twice, because a terminal may end between being found and being asked.
        for _ in 0..2 {
            let (commands, fresh) = self.find_or_start(name, size)?;
            let (reply, answer) = oneshot::channel();
            if commands.send(Command::Attach { fresh, reply }).await.is_ok()
                && let Ok(attached) = answer.await
            {
                return attached;
            }
        }
        Err(Error::NotFound {
            what: "terminal",
            name: name.to_owned(),
        })
    }

    /// Ends a terminal, with all that runs on it.
    ///
    /// # Errors
    /// If there is none of that name.
    pub async fn end(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        let commands = self.lock().get(name).map(|open| open.commands.clone());
        let commands = commands.ok_or_else(|| Error::NotFound {
            what: "terminal",
            name: name.to_owned(),
        })?;
        // That it has ended meanwhile is what was wanted.
        let _ = commands.send(Command::End).await;
        let _ = tokio::time::timeout(END_PATIENCE, commands.closed()).await;
        Ok(())
    }

    /// Ends all terminals.
    pub async fn end_all(&self) {
        let names = self.names();
        futures::future::join_all(names.iter().map(|name| self.end(name))).await;
    }

    fn find_or_start(&self, name: &str, size: Option<Size>) -> Result<(mpsc::Sender<Command>, bool), Error> {
        let mut open = self.lock();
        if let Some(terminal) = open.get(name).filter(|terminal| !terminal.commands.is_closed()) {
            return Ok((terminal.commands.clone(), false));
        }
        if open.len() >= TERMINALS_MAX && !open.contains_key(name) {
            return Err(Error::TooMany {
                what: "terminals",
                limit: TERMINALS_MAX,
                remedy: "close one of them",
            });
        }
        let size = size.unwrap_or(Size::DEFAULT);
        let shell = Shell::start(&self.shell, name, size)?;
        let (commands, inbox) = mpsc::channel(COMMANDS);
        open.insert(
            name.to_owned(),
            Open {
                commands: commands.clone(),
            },
        );
        let task = task::Task::new(
            name.to_owned(),
            shell,
            size,
            Arc::clone(&self.journal),
            commands.clone(),
            inbox,
        );
        let terminals = Arc::clone(&self.open);
        let name = name.to_owned();
        tokio::spawn(async move {
            task.run().await;
            // Unless a new one of the same name stands there already.
            let mut open = terminals.lock().unwrap_or_else(PoisonError::into_inner);
            if open
                .get(&name)
                .is_some_and(|terminal| terminal.commands.is_closed())
            {
                open.remove(&name);
            }
        });
        Ok((commands, true))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::BadRequest(
        "a terminal's name is 1 to 32 of the characters a-z, 0-9 and -".into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["1", "main", "a-1", &"x".repeat(32)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "a b", "../x", "ä", "a_b", &"x".repeat(33)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
