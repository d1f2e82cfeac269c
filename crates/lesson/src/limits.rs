//! How large a lesson may be. Lessons may come from strangers: each bound keeps a hostile one from
//! costing more than a refusal. None of them is near what a long, honest lesson needs.

/// The largest `lesson.md` or `course.yaml`, in bytes.
pub const TEXT_MAX_BYTES: u64 = 512 * 1024;
/// The largest front matter or exercise body, in bytes.
pub const YAML_MAX_BYTES: usize = 64 * 1024;
/// How deep YAML may nest.
pub const YAML_MAX_DEPTH: usize = 16;
/// How many values a piece of YAML may hold.
pub const YAML_MAX_NODES: usize = 4_000;
/// How often YAML may refer back to an anchor.
pub const YAML_MAX_ALIASES: usize = 32;
/// How deep Markdown may nest (quotes in lists in quotes).
pub const MARKDOWN_MAX_DEPTH: usize = 16;
/// How many headings, paragraphs, items, cells and so on a lesson may have.
pub const MARKDOWN_MAX_ELEMENTS: usize = 20_000;
/// How many exercises a lesson may have.
pub const EXERCISES_MAX: usize = 100;
/// How many expectations an exercise may have.
pub const EXPECTATIONS_MAX: usize = 40;
/// How many hints an exercise may have.
pub const HINTS_MAX: usize = 10;
/// How many points an exercise may be worth.
pub const POINTS_MAX: u32 = 1_000;
/// How many images a lesson may name.
pub const IMAGES_MAX: usize = 40;
/// How many problems are gathered in one lesson before the rest is left out.
pub const PROBLEMS_MAX: usize = 50;
/// How many courses a content folder may hold.
pub const COURSES_MAX: usize = 200;
/// How many lessons a course may hold.
pub const LESSONS_MAX: usize = 200;
/// How many files and folders a workspace may hold.
pub const WORKSPACE_MAX_ENTRIES: usize = 1_000;
/// How deep a workspace's folders may go.
pub const WORKSPACE_MAX_DEPTH: usize = 12;
/// The largest workspace, in bytes.
pub const WORKSPACE_MAX_BYTES: u64 = 16 * 1024 * 1024;
