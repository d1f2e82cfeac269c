//! How much a submission may be. None of it is near what an honest one needs.

/// The largest archive, in bytes.
pub const ARCHIVE_MAX_BYTES: u64 = 32 << 20;
/// All files together, in bytes, and so all that an archive may unpack to.
pub const TOTAL_MAX_BYTES: u64 = 32 << 20;
/// The largest file, in bytes: what fits through the way into a sandbox.
pub const FILE_MAX_BYTES: u64 = 8 << 20;
/// Files and folders.
pub const ENTRIES_MAX: usize = 2_000;
/// Folders within folders.
pub const DEPTH_MAX: usize = 16;
/// The longest path, in bytes.
pub const PATH_MAX_BYTES: usize = 512;
/// The longest text of commands, in bytes.
pub const COMMANDS_MAX_BYTES: usize = 64 << 10;
/// What headers and padding of an archive may add to its files, in bytes.
pub(crate) const OVERHEAD_MAX_BYTES: u64 = 16 << 20;
