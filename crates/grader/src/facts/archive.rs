//! What a tar of the workspace has in it, as far as matchers ask.

use drydock_lesson::expect::Reference;

/// What stands where an archive is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArchiveFact {
    /// Nothing.
    Nothing,
    /// A folder.
    Folder,
    /// A file without a byte.
    Empty,
    /// A file that was compressed, by this program's format.
    Compressed(&'static str),
    /// A file that is no tar.
    Other,
    /// A tar.
    Tar(TarFact),
}

/// What is known of a tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarFact {
    /// The images in it, each perhaps more than once.
    pub images: Vec<ArchivedImage>,
    /// Whether it says which images are in it, be it none.
    pub is_image: bool,
    /// Whether it is the root file system of a container.
    pub is_filesystem: bool,
    /// Names that stand at its top, the first few.
    pub top: Vec<String>,
    /// How reading it has ended.
    pub end: TarEnd,
}

/// How reading a tar has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TarEnd {
    /// All that matters is known.
    Whole,
    /// In the middle of something: the file is too short, or damaged.
    Cut,
    /// There is more in it than is looked at.
    More,
}

/// An image in an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchivedImage {
    /// Its names; none where it was saved by its ID.
    pub names: Vec<Reference>,
    /// `sha256:` and 64 hexadecimal digits: of its configuration, or of its manifest.
    pub id: Option<String>,
}
