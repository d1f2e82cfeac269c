//! What a learner's sandbox holds, copied out to be handed in: the files of the home folder, and the commands of the terminals.
//!
//! The agent is the learner's, and may say what it likes: it is what is replayed, and no more than that. Everything is bounded.

use std::time::Duration;

use drydock_protocol::agent::Journalled;
use drydock_protocol::api::FileKind;
use drydock_sandbox::AgentClient;
use drydock_submission::{Submission, SubmittedFile};
use tokio::time::timeout;

use crate::problem::{ApiError, Kind};

/// All files together, in bytes.
const TOTAL_MAX_BYTES: u64 = 16 << 20;
/// Files and folders.
const ENTRIES_MAX: usize = 2_000;
/// Folders within folders.
const DEPTH_MAX: usize = 16;
/// Commands, and the bytes of all of them together.
const COMMANDS_MAX: usize = 2_000;
const COMMANDS_MAX_BYTES: usize = 1 << 20;
/// How long all of it may take.
const DEADLINE: Duration = Duration::from_secs(25);

/// What the system keeps in the home folder for itself, and what only makes a learner comfortable.
const NOT_THEIRS: [&str; 9] = [
    ".bash_history",
    ".bashrc",
    ".cache",
    ".config",
    ".docker",
    ".lesshst",
    ".local",
    ".npm",
    ".viminfo",
];

/// Copies it out.
pub async fn collect(agent: &AgentClient) -> Result<Submission, ApiError> {
    timeout(DEADLINE, collect_all(agent)).await.unwrap_or_else(|_| {
        Err(ApiError::new(
            Kind::Engine,
            "Your sandbox is too busy to be copied. Nothing was submitted: end what runs in it, and try again.",
        ))
    })
}

async fn collect_all(agent: &AgentClient) -> Result<Submission, ApiError> {
    Ok(Submission {
        commands: None,
        typed: commands(agent).await?,
        files: files(agent).await?,
    })
}

async fn commands(agent: &AgentClient) -> Result<Vec<String>, ApiError> {
    let entries = agent.journal(0).await?.entries;
    if entries.first().is_some_and(|entry| entry.seq > 1) {
        return Err(too_large(
            "You have run more commands than can be replayed. Reset the sandbox, do only what this exercise asks for, and submit.",
        ));
    }
    let commands: Vec<String> = entries
        .into_iter()
        .filter_map(|entry| match entry.what {
            Journalled::Ran { command, .. } => Some(command),
            Journalled::Saved { .. } => None,
        })
        // What would be a key in a terminal is in no command.
        .filter(|command| !command.chars().any(|c| c.is_control() && c != '\n' && c != '\t'))
        .filter(|command| !command.trim().is_empty())
        .collect();
    let bytes: usize = commands.iter().map(String::len).sum();
    if commands.len() > COMMANDS_MAX || bytes > COMMANDS_MAX_BYTES {
        return Err(too_large(
            "You have run more commands than can be replayed. Reset the sandbox, do only what this exercise asks for, and submit.",
        ));
    }
    Ok(commands)
}

async fn files(agent: &AgentClient) -> Result<Vec<SubmittedFile>, ApiError> {
    let mut files = Vec::new();
    let (mut entries, mut bytes) = (0, 0);
    let mut folders = vec![(String::new(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let listing = agent.list(&folder).await?;
        if listing.truncated || depth > DEPTH_MAX {
            return Err(too_many());
        }
        for entry in listing.entries {
            if folder.is_empty() && NOT_THEIRS.contains(&entry.name.as_str()) {
                continue;
            }
            if entry.name.contains('/') || matches!(entry.name.as_str(), "" | "." | "..") {
                continue;
            }
            entries += 1;
            if entries > ENTRIES_MAX {
                return Err(too_many());
            }
            let path = if folder.is_empty() {
                entry.name
            } else {
                format!("{folder}/{}", entry.name)
            };
            match entry.kind {
                FileKind::Folder => folders.push((path, depth + 1)),
                FileKind::File => {
                    bytes += entry.size;
                    if bytes > TOTAL_MAX_BYTES {
                        return Err(too_large(&format!(
                            "Your home folder holds more than 16 MiB, `{path}` among it. Delete what the exercise does not need, and submit."
                        )));
                    }
                    let found = agent.read(&path).await?;
                    files.push(SubmittedFile {
                        path,
                        bytes: found.to_vec(),
                        executable: entry.mode & 0o100 != 0,
                    });
                }
                // A link or a pipe cannot be handed in, and no exercise asks for one.
                FileKind::Link | FileKind::Other => {}
            }
        }
    }
    let read: u64 = files.iter().map(|file| file.bytes.len() as u64).sum();
    // What was said of the sizes was a claim.
    if read > TOTAL_MAX_BYTES {
        return Err(too_large(
            "Your home folder holds more than 16 MiB. Delete what the exercise does not need, and submit.",
        ));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn too_many() -> ApiError {
    too_large(
        "Your home folder holds more than 2,000 files and folders. Delete what the exercise does not need, and submit.",
    )
}

fn too_large(why: &str) -> ApiError {
    ApiError::new(Kind::TooLarge, why)
}
