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
/// How many variables a lesson may have, and how many values each.
pub const VARS_MAX: usize = 8;
/// How many combinations of values a lesson may have: each is a lesson of its own.
pub const COMBINATIONS_MAX: usize = 24;
/// How many choices a question may have.
pub const CHOICES_MAX: usize = 12;
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
/// Prerequisites, objectives, and things that are made, each, of a course.
pub const COURSE_LINES_MAX: usize = 12;
/// How many files and folders a workspace may hold.
pub const WORKSPACE_MAX_ENTRIES: usize = 1_000;
/// How deep a workspace's folders may go.
pub const WORKSPACE_MAX_DEPTH: usize = 12;
/// The largest workspace, in bytes.
pub const WORKSPACE_MAX_BYTES: u64 = 16 * 1024 * 1024;
/// How many pictures a lesson may have.
pub const FIGURES_MAX: usize = 40;
/// The largest picture, in bytes.
pub const FIGURE_MAX_BYTES: u64 = 64 * 1024;
/// All pictures of a lesson together, in bytes: they are part of its page.
pub const FIGURES_MAX_BYTES: usize = 256 * 1024;
/// How many elements a picture may have.
pub const FIGURE_MAX_ELEMENTS: usize = 2_000;
/// How deep a picture's elements may nest.
pub const FIGURE_MAX_DEPTH: usize = 12;
