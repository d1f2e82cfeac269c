//! The lesson format: parse, validate, render to blocks.
//!
//! A lesson is one Markdown file with a front matter, beside a folder of files that the learner's home
//! starts with. [`Library::load`] reads all courses of a content folder; either everything is sound, or it
//! says all that is wrong as [`Problems`], each with its place, an excerpt and what to do.
//!
//! What comes out has two halves. [`Lesson::page`] is what learners see: HTML that is safe to show as it
//! is, commands, files, exercises. The rest is what they must not see yet, or what only the server needs:
//! [`ExerciseSpec`] with hints, solution and pitfalls, [`SandboxNeeds`], the workspace.
//!
//! This crate knows nothing about HTTP, engines or storage, and reads files only in [`Library::load`].
//!
//! # The HTML
//!
//! | what | markup |
//! |---|---|
//! | code | `div.code[data-language] > pre > code.language-…`, with `span.hl-…` inside |
//! | output | `pre.output > samp` |
//! | callout | `aside.callout.callout-note[role=note]` with a `p.callout-title`; also `tip`, `important`, `warning`, `caution` |
//! | table | `div.table-scroll > table`; cells may have `.align-center` or `.align-right` |
//! | link to another site | `a.external` |
//! | task in a list | `span.task`, `span.task.task-done` |
//! | picture | `figure.figure > div.figure__frame > svg[role=img]`, with classes `fig-…` inside; `figcaption` |
//! | footnotes | `sup.footnote > a`, and at the end `section.footnotes > ol` with `a.footnote-back` |
//! | headings | ids `section-…` |
//!
//! Classes of highlighted code: `hl-` and one of `comment`, `escape`, `number`, `constant`, `tag`,
//! `attribute`, `function`, `type`, `property`, `operator`, `keyword`, `variable`, `inserted`, `deleted`,
//! `string`.

mod commands;
mod course;
mod exercise;
pub mod expect;
mod figure;
mod lesson;
mod library;
pub mod limits;
mod lint;
mod load;
mod nearest;
mod parse;
mod place;
mod problem;
mod render;
mod schema;
mod slug;
mod solutions;
mod source;
mod vars;
mod workspace;
mod yaml;

pub use commands::{commands, console};
pub use exercise::{ExerciseSpec, HintSpec, HintWhen, Pitfall};
pub use lesson::{Lesson, LessonHash, SandboxNeeds, WorkspaceFile};
pub use library::{Course, Library, Lint};
pub use place::Place;
pub use problem::{Excerpt, Problem, Problems, Severity};
pub use schema::Schema;
pub use slug::{is_slug, lesson_slug};
pub use solutions::{Solutions, SolutionsError};
pub use vars::{Draw, Var};
