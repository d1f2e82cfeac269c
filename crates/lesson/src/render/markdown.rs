//! Markdown to HTML. The only place that knows pulldown-cmark's options.

mod fenced;
mod picture;
mod renderer;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};

pub(crate) use super::footnotes::Footnotes;
pub(crate) use super::headings::Headings;
use super::links::Link;
use crate::figure::Figures;
use crate::limits;
use crate::parse::fence::Fence;
use crate::problem::Problem;
use crate::source::Source;
use renderer::Renderer;

/// The Markdown that lessons are written in: CommonMark with tables, footnotes, task lists,
/// strikethrough and callouts, as GitHub has them.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_GFM
}

/// What may stand in a piece of Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything: the body of a lesson.
    Lesson,
    /// No headings, footnotes or special blocks: the text of an exercise.
    Flow,
    /// One paragraph, without its tags: a goal, an objective.
    Inline,
}

/// A piece of Markdown and where it came from.
pub(crate) struct Piece<'a> {
    pub(crate) source: &'a Source,
    pub(crate) text: &'a str,
    pub(crate) from: From,
    pub(crate) extent: Extent,
}

/// Where a piece of Markdown stands in its file.
pub(crate) enum From {
    /// It begins there, and goes on byte by byte.
    Offset(usize),
    /// It was a value of some YAML: that place is blamed for everything in it.
    Value(Range<usize>),
}

/// What the pieces of one lesson have in common.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    /// The slug of the course, for links between its lessons.
    pub(crate) course: &'a str,
    pub(crate) problems: Vec<Problem>,
    pub(crate) headings: Headings,
    /// Links that lead to headings and lessons, to be checked when all of them are known.
    pub(crate) links: Vec<(Link, Range<usize>)>,
    pub(crate) footnotes: Footnotes,
    /// The lesson's pictures.
    pub(crate) figures: &'a Figures,
    /// Those that were shown, as often as they were.
    pub(crate) shown: Vec<String>,
    /// The names of the lesson's variables, whose values stand in the text already.
    pub(crate) declared: &'a [String],
}

/// A part of a rendered piece.
#[derive(Debug)]
pub(crate) enum Part {
    Html(String),
    /// A special block, left to the caller.
    Fence {
        fence: Fence,
        /// What stands in it, without the fence's indentation.
        text: String,
        /// Where that stands in the file.
        content: Range<usize>,
        /// The opening line.
        opening: Range<usize>,
    },
}

/// Renders a piece. What is wrong with it goes to `shared`.
pub(crate) fn render(piece: &Piece<'_>, shared: &mut Shared<'_>) -> Vec<Part> {
    let mut renderer = Renderer::new(piece, shared);
    let mut elements = 0;
    for (event, range) in Parser::new_ext(piece.text, options()).into_offset_iter() {
        elements += usize::from(matches!(event, Event::Start(_)));
        if elements > limits::MARKDOWN_MAX_ELEMENTS || renderer.depth() > limits::MARKDOWN_MAX_DEPTH {
            renderer.problem(
                range,
                "the text is too long or nests too deep",
                "make it flatter, or several lessons",
            );
            break;
        }
        renderer.event(event, range);
    }
    renderer.finish()
}

/// Renders one paragraph, without its tags.
pub(crate) fn inline(source: &Source, text: &str, place: Range<usize>, shared: &mut Shared<'_>) -> String {
    let piece = Piece {
        source,
        text: text.trim(),
        from: From::Value(place),
        extent: Extent::Inline,
    };
    html_of(render(&piece, shared))
}

/// Renders paragraphs, lists, tables and code.
pub(crate) fn flow(source: &Source, text: &str, place: Range<usize>, shared: &mut Shared<'_>) -> String {
    let piece = Piece {
        source,
        text,
        from: From::Value(place),
        extent: Extent::Flow,
    };
    html_of(render(&piece, shared))
}

fn html_of(parts: Vec<Part>) -> String {
    let html = parts.into_iter().filter_map(|part| match part {
        Part::Html(html) => Some(html),
        // Only a whole lesson's body has special blocks.
        Part::Fence { .. } => None,
    });
    html.collect()
}
