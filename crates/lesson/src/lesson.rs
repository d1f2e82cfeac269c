//! A lesson, whole: what learners see of it, and what server and grader need besides.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use drydock_protocol::page::{Block, LessonPage};
use sha2::{Digest, Sha256};

use crate::exercise::ExerciseSpec;
use crate::expect::Reference;
use crate::figure::Figures;
use crate::place::Place;
use crate::solutions::Solutions;
use crate::vars::{Draw, Var};

/// A lesson that was found to be sound.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Its part of every address: `images`.
    pub slug: String,
    /// The name of its folder: `02-images`.
    pub folder: String,
    /// What the interface shows; nothing in it is secret.
    pub page: LessonPage,
    /// Where the blocks of the page that do something stand in the file, by their number on the page.
    pub places: BTreeMap<usize, Place>,
    /// What its sandbox needs.
    pub sandbox: SandboxNeeds,
    /// When learners may see its solutions, where the lesson says so itself.
    pub solutions: Option<Solutions>,
    /// Its exercises in the order of the page.
    pub exercises: Vec<ExerciseSpec>,
    /// The files that the learner's home starts with, by path.
    pub workspace: Arc<Vec<WorkspaceFile>>,
    /// Its variables.
    pub vars: Vec<Var>,
    /// The values that stand in it.
    pub draw: Draw,
    /// The same lesson with each other combination of values.
    pub others: Vec<Lesson>,
    /// Changes when anything about the lesson changes: for records of what was graded.
    pub hash: LessonHash,
}

impl Lesson {
    /// The exercise with that id.
    pub fn exercise(&self, id: &str) -> Option<&ExerciseSpec> {
        self.exercises.iter().find(|exercise| exercise.id == id)
    }

    /// Where that exercise stands.
    pub fn place(&self, id: &str) -> Option<&Place> {
        let number = self
            .page
            .blocks
            .iter()
            .position(|block| matches!(block, Block::Exercise(exercise) if exercise.id == id))?;
        self.places.get(&number)
    }

    /// The lesson with these values; this one where there are none of them.
    pub fn drawn(&self, draw: &Draw) -> &Self {
        let found = self.others.iter().find(|other| other.draw == *draw);
        found.unwrap_or(self)
    }

    /// The lesson as it is tried the how manieth time, from 0: each time with other values.
    pub fn of_round(&self, round: usize) -> &Self {
        let value = |var: &Var| {
            Some((
                var.name.clone(),
                var.pick.get(round % var.pick.len().max(1))?.clone(),
            ))
        };
        self.drawn(&self.vars.iter().filter_map(value).collect())
    }
}

/// What a lesson asks of a sandbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SandboxNeeds {
    /// Images that are in the learner's engine before the first prompt.
    pub images: Vec<Reference>,
    /// Images that can be pulled.
    pub available: Vec<Reference>,
    /// Memory in bytes, where the server's default will not do.
    pub memory_bytes: Option<u64>,
    /// The engine's disk in bytes, where the server's default will not do.
    pub disk_bytes: Option<u64>,
}

/// A file of a lesson's workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkspaceFile {
    /// Relative to the learner's home, with `/` between its parts; never leads out of it.
    pub path: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it can be executed: mode 0755 if so, 0644 if not.
    pub executable: bool,
}

impl fmt::Debug for WorkspaceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkspaceFile")
            .field("path", &self.path)
            .field("bytes", &self.bytes.len())
            .field("executable", &self.executable)
            .finish()
    }
}

/// A SHA-256 over a lesson's text, pictures and workspace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LessonHash([u8; 32]);

impl LessonHash {
    /// Hashes a lesson: its text, its pictures, its workspace. Lengths go in as well, so that no two lessons run together into the same bytes.
    pub(crate) fn of(text: &str, figures: &Figures, workspace: &[WorkspaceFile]) -> Self {
        let mut hash = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        add(b"drydock lesson 1");
        add(text.as_bytes());
        for (path, figure) in figures {
            add(b"figure");
            add(path.as_bytes());
            add(figure.text.as_bytes());
        }
        for file in workspace {
            add(file.path.as_bytes());
            add(&[u8::from(file.executable)]);
            add(&file.bytes);
        }
        Self(hash.finalize().into())
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for LessonHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for LessonHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LessonHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_sees_every_change() {
        let file = |path: &str, bytes: &str, executable| WorkspaceFile {
            path: path.to_owned(),
            bytes: bytes.as_bytes().to_vec(),
            executable,
        };
        let svg = "<svg viewBox=\"0 0 1 1\"/>";
        let picture = crate::figure::Figure::read(&crate::source::Source::new("x", svg)).unwrap();
        let picture = Figures::from([("figures/x.svg".to_owned(), picture)]);
        let hashes = [
            LessonHash::of("a", &Figures::new(), &[]),
            LessonHash::of("b", &Figures::new(), &[]),
            LessonHash::of("a", &Figures::new(), &[file("x", "yz", false)]),
            LessonHash::of("a", &Figures::new(), &[file("xy", "z", false)]),
            LessonHash::of("a", &Figures::new(), &[file("x", "yz", true)]),
            LessonHash::of("a", &picture, &[]),
        ];
        let unique: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(unique.len(), hashes.len());
        assert_eq!(hashes[0].to_string().len(), 64);
    }
}
