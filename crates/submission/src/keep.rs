//! A submission that is put away until it is graded: what a learner typed, and their files, as bytes of ours.

use std::io::{self, Read as _};

use tar::{Archive, Builder, Header};

use crate::{Refusal, Submission, SubmittedFile};

/// Where commands and files stand.
const TYPED: &str = "typed/";
const FILES: &str = "files/";

impl Submission {
    /// As bytes that [`Submission::unpack`] reads. A text of commands is not among them.
    pub fn pack(&self) -> Vec<u8> {
        // Writing to memory does not fail; a path that a tar cannot hold is one that no submission has.
        self.try_pack().unwrap_or_default()
    }

    fn try_pack(&self) -> io::Result<Vec<u8>> {
        let mut builder = Builder::new(Vec::new());
        let mut add = |path: String, bytes: &[u8], executable: bool| {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(if executable { 0o755 } else { 0o644 });
            builder.append_data(&mut header, path, bytes)
        };
        for (number, command) in self.typed.iter().enumerate() {
            add(format!("{TYPED}{number:06}"), command.as_bytes(), false)?;
        }
        for file in &self.files {
            add(format!("{FILES}{}", file.path), &file.bytes, file.executable)?;
        }
        builder.into_inner()
    }

    /// What was packed.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Refusal> {
        let broken = |error: io::Error| Refusal::Broken {
            why: error.to_string(),
        };
        let mut submission = Self::default();
        for entry in Archive::new(bytes).entries().map_err(broken)? {
            let mut entry = entry.map_err(broken)?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let executable = entry.header().mode().map_err(broken)? & 0o100 != 0;
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(broken)?;
            if let Some(path) = path.strip_prefix(FILES) {
                submission.files.push(SubmittedFile {
                    path: path.to_owned(),
                    bytes,
                    executable,
                });
            } else {
                submission
                    .typed
                    .push(String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(submission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_again() {
        let file = |path: &str, bytes: &[u8], executable| SubmittedFile {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            executable,
        };
        let long = format!("{}/a", "folder/".repeat(30).trim_end_matches('/'));
        let submission = Submission {
            commands: None,
            typed: vec!["docker pull a".into(), "cat <<EOF\nx\nEOF".into()],
            files: vec![file("a", &[0, 255], false), file(&long, b"x", true)],
        };
        assert_eq!(Submission::unpack(&submission.pack()).unwrap(), submission);
        assert_eq!(
            Submission::unpack(&Submission::default().pack()).unwrap(),
            Submission::default()
        );
    }
}
