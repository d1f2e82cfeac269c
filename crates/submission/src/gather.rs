//! Files on their way into a submission: each looked at before it is taken.

use std::collections::BTreeMap;
use std::io::Read;

use crate::limits::{
    COMMANDS_MAX_BYTES, DEPTH_MAX, ENTRIES_MAX, FILE_MAX_BYTES, PATH_MAX_BYTES, TOTAL_MAX_BYTES,
};
use crate::{COMMANDS, Refusal, Submission, SubmittedFile};

/// The longest piece of a path that is shown, in characters.
const SHOWN_MAX: usize = 100;

/// What systems put beside a student's files.
const CLUTTER: [&str; 3] = ["__MACOSX", ".DS_Store", "Thumbs.db"];

/// Files as far as they have been gathered.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    entries: usize,
    bytes: u64,
    files: BTreeMap<String, (Vec<u8>, bool)>,
}

impl Gather {
    /// Counts something that was found, and says by which path it can be taken. None: it is of no use to anybody.
    pub(crate) fn enter(&mut self, path: &[u8]) -> Result<Option<String>, Refusal> {
        self.entries += 1;
        if self.entries > ENTRIES_MAX {
            return Err(Refusal::TooMany { limit: ENTRIES_MAX });
        }
        plain(path)
    }

    /// Takes a file in, of which no more than is allowed is read.
    pub(crate) fn file(
        &mut self,
        path: String,
        executable: bool,
        from: impl Read,
        broken: impl FnOnce(std::io::Error) -> Refusal,
    ) -> Result<(), Refusal> {
        let room = FILE_MAX_BYTES.min(TOTAL_MAX_BYTES - self.bytes);
        let mut bytes = Vec::new();
        // One more than there is room for tells whether there is more, whatever was said of the size.
        from.take(room + 1).read_to_end(&mut bytes).map_err(broken)?;
        if bytes.len() as u64 > room {
            let (what, limit) = if room == FILE_MAX_BYTES {
                ("a file in it", FILE_MAX_BYTES)
            } else {
                ("all of it together", TOTAL_MAX_BYTES)
            };
            return Err(Refusal::TooLarge {
                what,
                limit_mib: limit >> 20,
            });
        }
        self.bytes += bytes.len() as u64;
        if self.files.contains_key(&path) {
            return Err(Refusal::Twice { path });
        }
        self.files.insert(path, (bytes, executable));
        Ok(())
    }

    /// All of it, for a student of this name.
    pub(crate) fn finish(self, student: &str) -> Result<Submission, Refusal> {
        let wrapping = self.wrapping(student);
        let mut submission = Submission::default();
        for (path, (bytes, executable)) in self.files {
            let path = match &wrapping {
                Some(folder) => path[folder.len() + 1..].to_owned(),
                None => path,
            };
            if path == COMMANDS {
                submission.commands = Some(commands(bytes)?);
            } else {
                submission.files.push(SubmittedFile {
                    path,
                    bytes,
                    executable,
                });
            }
        }
        if submission
            .commands
            .as_ref()
            .is_none_or(|text| text.trim().is_empty())
            && submission.files.is_empty()
        {
            return Err(Refusal::Empty);
        }
        Ok(submission)
    }

    /// The folder around everything, if there is one that is about the student and not about the task: it bears their name, or
    /// the commands are in it.
    fn wrapping(&self, student: &str) -> Option<String> {
        let (first, _) = self.files.keys().next()?.split_once('/')?;
        let around = |path: &String| path.strip_prefix(first).is_some_and(|rest| rest.starts_with('/'));
        let theirs = first == student || self.files.contains_key(&format!("{first}/{COMMANDS}"));
        (theirs && self.files.keys().all(around)).then(|| first.to_owned())
    }
}

fn commands(bytes: Vec<u8>) -> Result<String, Refusal> {
    if bytes.len() > COMMANDS_MAX_BYTES {
        return Err(Refusal::Commands {
            why: "is longer than 64 KiB: put what is long into files",
        });
    }
    let text = String::from_utf8(bytes).map_err(|_| Refusal::Commands {
        why: "is not UTF-8: save it as plain text",
    })?;
    // A terminal would take them for keys.
    let text = text.replace("\r\n", "\n");
    if text
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t'))
    {
        return Err(Refusal::Commands {
            why: "holds control characters: save it as plain text",
        });
    }
    Ok(text)
}

/// A path as it is kept. None for what systems put there, and for the root.
fn plain(path: &[u8]) -> Result<Option<String>, Refusal> {
    let refuse = |why| {
        Err(Refusal::Path {
            path: shown(path),
            why,
        })
    };
    let Ok(text) = std::str::from_utf8(path) else {
        return refuse("it is not UTF-8");
    };
    if text.len() > PATH_MAX_BYTES {
        return refuse("it is too long");
    }
    if text.starts_with('/') {
        return refuse("it is absolute");
    }
    // On its way here, it may have been a Windows path.
    if text.contains('\\') {
        return refuse("it holds a backslash");
    }
    if text.chars().any(char::is_control) {
        return refuse("it holds control characters");
    }
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.contains(&"..") {
        return refuse("it leads up");
    }
    if parts.iter().any(|part| part.len() > 255) {
        return refuse("a name in it is too long");
    }
    if parts.len() > DEPTH_MAX {
        return refuse("it goes too deep");
    }
    if parts.is_empty() || parts.iter().any(|part| CLUTTER.contains(part)) {
        return Ok(None);
    }
    Ok(Some(parts.join("/")))
}

/// A path for people, however it is written.
pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path)
        .chars()
        .take(SHOWN_MAX)
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .collect()
}
