//! A lesson rendered to blocks: what the interface needs to show it, and nothing that a learner
//! must not see (no solutions, pitfalls, undisclosed hints or answers).

use serde::{Deserialize, Serialize};

/// A course as a row of the home page and as the head of its own page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseSummary {
    /// Folder name under `content/`, and the course's part of every address.
    pub slug: String,
    /// Title for people.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// What stands on the course's own page only.
    pub about: CourseAbout,
    /// In the order in which they are taught.
    pub lessons: Vec<LessonSummary>,
}

/// What a learner wants to know of a course before it begins: plain text with `code` in backticks, a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseAbout {
    /// What it takes for granted.
    pub prerequisites: Vec<String>,
    /// What the learner will be able to do.
    pub objectives: Vec<String>,
    /// What the learner will have made.
    pub makes: Vec<String>,
}

/// A lesson as a row of its course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LessonSummary {
    /// The lesson's part of its address: the folder's name without its ordinal (`02-images` is `images`).
    pub slug: String,
    /// Title for people.
    pub title: String,
    /// One or two sentences.
    pub summary: String,
    /// How long it takes, as the author reckons.
    pub minutes: u32,
    /// How many exercises it has.
    pub exercises: u32,
    /// The points that its exercises are worth together.
    pub points: u32,
}

/// One lesson, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LessonPage {
    /// The course that it belongs to.
    pub course: Link,
    /// The same facts that its row in the course shows.
    pub lesson: LessonSummary,
    /// What the learner will be able to do. Inline HTML, already escaped.
    pub objectives: Vec<String>,
    /// Headings of the second and third level, for the contents.
    pub contents: Vec<Heading>,
    /// The body, in order.
    pub blocks: Vec<Block>,
    /// When learners may see the solutions of its exercises.
    pub solutions: Solutions,
    /// The lesson before this one in the course.
    pub previous: Option<Link>,
    /// The lesson after this one in the course.
    pub next: Option<Link>,
}

impl LessonPage {
    /// The exercises of the page, in order.
    pub fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Exercise(exercise) => Some(exercise),
            _ => None,
        })
    }
}

/// A place to go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// The last part of its address.
    pub slug: String,
    /// Title for people.
    pub title: String,
}

/// One line of the contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heading {
    /// 2 or 3.
    pub level: u8,
    /// The anchor of the heading on the page.
    pub id: String,
    /// Plain text.
    pub text: String,
    /// Ids of the exercises that stand under this heading, before the next one.
    pub exercises: Vec<String>,
}

/// A piece of a lesson's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    /// Prose, tables, callouts, output and plain code: finished HTML, safe to show as it is.
    Html {
        /// The HTML.
        html: String,
    },
    /// Commands to run in the terminal, and what they print.
    Console(Console),
    /// A file to save into the workspace.
    File(File),
    /// A graded unit.
    Exercise(Exercise),
}

/// A `console` block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Console {
    /// Whether its commands have a Run button (`console no-run` has none).
    pub runnable: bool,
    /// Commands and outputs as they alternate.
    pub lines: Vec<ConsoleLine>,
}

/// A part of a `console` block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ConsoleLine {
    /// A command: continued lines are kept, joined by a backslash and a newline.
    Command {
        /// What Run types and Copy copies, without the prompt.
        text: String,
        /// The same, highlighted: HTML.
        html: String,
    },
    /// Sample output: plain text, possibly several lines.
    Output {
        /// The text.
        text: String,
    },
}

/// A code block that carries `file=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct File {
    /// Where Save writes it, relative to the workspace.
    pub path: String,
    /// The language, for people: `dockerfile`, `python` …
    pub language: String,
    /// What Save writes.
    pub text: String,
    /// The same, highlighted: HTML.
    pub html: String,
}

/// An exercise or a question, before anything is known of the learner's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exercise {
    /// Unique in its lesson.
    pub id: String,
    /// What kind of thing it is.
    #[serde(default)]
    pub task: Task,
    /// What is to be achieved, or what is asked. Inline HTML, already escaped.
    pub goal: String,
    /// Further text. HTML, already escaped; empty when there is none.
    pub body: String,
    /// What it is worth.
    pub points: u32,
    /// When it is evaluated.
    pub check: Check,
    /// One label a condition, in order: short, with `code` in backticks.
    pub expectations: Vec<String>,
    /// Those of its conditions that are questions, and how each is answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asks: Vec<Ask>,
    /// How many hints there are. Their text comes only when it is due.
    pub hints: u32,
    /// Whether it has a setup, so that it can be begun again.
    pub setup: bool,
}

/// What an exercise is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Something to be done.
    #[default]
    Exercise,
    /// A question to be answered. It has one condition, which is that question.
    Quiz,
}

/// A question among an exercise's conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ask {
    /// Which of the conditions, from 0.
    pub expectation: u32,
    /// How it is answered.
    #[serde(flatten)]
    pub input: Input,
}

/// How a question is answered. Nothing here tells which answer is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// By choosing.
    Choices {
        /// Whether more than one may be chosen.
        several: bool,
        /// What there is to choose from. Inline HTML, already escaped.
        choices: Vec<String>,
    },
    /// By typing a text.
    Text,
    /// By typing a number.
    Number {
        /// What stands behind it.
        unit: Option<String>,
    },
}

/// When an exercise is evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Again whenever the learner's engine or files change.
    #[default]
    Live,
    /// When the learner asks.
    Click,
    /// Once, sealed.
    Submit,
}

/// When learners may see solutions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Solutions {
    /// At any time.
    Always,
    /// After some tries that did not succeed, and once the exercise is passed.
    AfterFails,
    /// Once the exercise is passed.
    #[default]
    AfterPassing,
    /// Not at all.
    Never,
}
