//! Markdown to HTML, event by event. The only place that knows pulldown-cmark's options.

use std::mem;
use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::escape;
pub(crate) use super::footnotes::Footnotes;
pub(crate) use super::headings::Headings;
use super::links::Link;
use super::tables::Table;
use crate::limits;
use crate::parse::fence::{self, Fence};
use crate::problem::Problem;
use crate::render::code;
use crate::render::highlight::Language;
use crate::source::Source;

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
    let mut renderer = Renderer {
        piece,
        shared,
        parts: Vec::new(),
        html: String::new(),
        depth: 0,
        paragraphs: 0,
        heading: None,
        table: None,
        code: None,
        links: Vec::new(),
        notes: Vec::new(),
    };
    let mut elements = 0;
    for (event, range) in Parser::new_ext(piece.text, options()).into_offset_iter() {
        elements += usize::from(matches!(event, Event::Start(_)));
        if elements > limits::MARKDOWN_MAX_ELEMENTS || renderer.depth > limits::MARKDOWN_MAX_DEPTH {
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

struct Renderer<'a, 's, 'c> {
    piece: &'a Piece<'a>,
    shared: &'s mut Shared<'c>,
    parts: Vec<Part>,
    html: String,
    depth: usize,
    paragraphs: usize,
    /// Where the heading's inside begins in `html`, and its text so far.
    heading: Option<(usize, String)>,
    table: Option<Table>,
    code: Option<CodeBlock>,
    /// Of each open link, whether a tag was written.
    links: Vec<bool>,
    /// Of each open footnote, its label and the output that waits for its end.
    notes: Vec<(String, String)>,
}

/// The code block that is being read.
struct CodeBlock {
    info: Option<String>,
    text: String,
    range: Range<usize>,
    nested: bool,
}

impl Renderer<'_, '_, '_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => {
                self.start(tag, range);
                self.depth += 1;
            }
            Event::End(tag) => {
                self.depth = self.depth.saturating_sub(1);
                self.end(tag);
            }
            // Raw HTML was refused where it began, and is shown as the text that it is. Mathematics is not
            // switched on; were it, it would be text.
            Event::Text(text) | Event::Html(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text);
            }
            Event::Code(text) => {
                self.html.push_str("<code>");
                self.text(&text);
                self.html.push_str("</code>");
            }
            Event::InlineHtml(text) => {
                self.refuse_html(range);
                self.text(&text);
            }
            Event::SoftBreak => self.text("\n"),
            Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::FootnoteReference(label) => {
                let html = self.shared.footnotes.refer(&label);
                self.html.push_str(&html);
            }
            Event::TaskListMarker(done) => self.html.push_str(if done {
                "<span class=\"task task-done\" role=\"img\" aria-label=\"Done\"></span> "
            } else {
                "<span class=\"task\" role=\"img\" aria-label=\"To do\"></span> "
            }),
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        self.check_extent(&tag, &range);
        match tag {
            Tag::Paragraph if self.piece.extent == Extent::Inline => {}
            Tag::Paragraph => self.html.push_str("<p>"),
            Tag::Heading { level, .. } => {
                if let Some((message, help)) = self.shared.headings.refuse(level as u8) {
                    self.problem(range, message, help);
                }
                self.heading = Some((self.html.len(), String::new()));
            }
            Tag::BlockQuote(None) => self.html.push_str("<blockquote>\n"),
            Tag::BlockQuote(Some(kind)) => self.start_callout(kind),
            Tag::CodeBlock(kind) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => Some(info.into_string()),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some(CodeBlock {
                    info,
                    text: String::new(),
                    range,
                    nested: self.depth > 0,
                });
            }
            Tag::HtmlBlock => {
                self.refuse_html(range);
                self.html.push_str("<p>");
            }
            Tag::List(None) => self.html.push_str("<ul>\n"),
            Tag::List(Some(1)) => self.html.push_str("<ol>\n"),
            Tag::List(Some(first)) => self.html.extend(["<ol start=\"", &first.to_string(), "\">\n"]),
            Tag::Item => self.html.push_str("<li>"),
            Tag::FootnoteDefinition(label) => {
                self.shared.footnotes.define(&label, self.range(range));
                self.notes.push((label.into_string(), mem::take(&mut self.html)));
            }
            Tag::Table(alignments) => self.table = Some(Table::new(self.html.len(), alignments)),
            Tag::TableHead | Tag::TableRow => {
                let in_head = matches!(tag, Tag::TableHead);
                self.with_table(|table, html| table.start_row(html, in_head));
            }
            Tag::TableCell => self.with_table(Table::start_cell),
            Tag::Emphasis => self.html.push_str("<em>"),
            Tag::Strong => self.html.push_str("<strong>"),
            Tag::Strikethrough => self.html.push_str("<del>"),
            Tag::Link { dest_url, title, .. } => self.start_link(&dest_url, &title, range),
            Tag::Image { .. } => self.problem(
                range,
                "a lesson has no pictures yet",
                "say it in words, or as a table; pictures of the engine are drawn beside the text",
            ),
            // Not switched on.
            Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph if self.piece.extent == Extent::Inline => {}
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.html.push_str("</p>\n"),
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::BlockQuote(None) => self.html.push_str("</blockquote>\n"),
            TagEnd::BlockQuote(Some(_)) => self.html.push_str("</aside>\n"),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(ordered) => self.html.push_str(if ordered { "</ol>\n" } else { "</ul>\n" }),
            TagEnd::Item => self.html.push_str("</li>\n"),
            TagEnd::FootnoteDefinition => {
                if let Some((label, outer)) = self.notes.pop() {
                    let html = mem::replace(&mut self.html, outer);
                    self.shared.footnotes.write(&label, html);
                }
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    table.end(&mut self.html);
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => self.with_table(Table::end_row),
            TagEnd::TableCell => self.with_table(|table, html| table.end_cell(html)),
            TagEnd::Emphasis => self.html.push_str("</em>"),
            TagEnd::Strong => self.html.push_str("</strong>"),
            TagEnd::Strikethrough => self.html.push_str("</del>"),
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.html.push_str("</a>");
                }
            }
            TagEnd::Image
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Text of any kind: escaped, and remembered by whatever wants to know its own text.
    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.text.push_str(text);
            return;
        }
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(text);
        }
        if let Some(table) = &mut self.table {
            table.text(text);
        }
        escape::push(&mut self.html, text);
    }

    fn start_callout(&mut self, kind: BlockQuoteKind) {
        let (class, title) = match kind {
            BlockQuoteKind::Note => ("note", "Note"),
            BlockQuoteKind::Tip => ("tip", "Tip"),
            BlockQuoteKind::Important => ("important", "Important"),
            BlockQuoteKind::Warning => ("warning", "Warning"),
            BlockQuoteKind::Caution => ("caution", "Caution"),
        };
        self.html
            .extend(["<aside class=\"callout callout-", class, "\" role=\"note\">\n"]);
        self.html.extend(["<p class=\"callout-title\">", title, "</p>\n"]);
    }

    fn start_link(&mut self, destination: &str, title: &str, range: Range<usize>) {
        let link = match Link::parse(destination) {
            Ok(link) => link,
            Err((message, help)) => {
                self.problem(range, message, help);
                self.links.push(false);
                return;
            }
        };
        self.html.push_str("<a href=\"");
        escape::push(&mut self.html, &link.href(self.shared.course));
        self.html.push('"');
        if !title.is_empty() {
            self.html.push_str(" title=\"");
            escape::push(&mut self.html, title);
            self.html.push('"');
        }
        if matches!(link, Link::External(_)) {
            self.html
                .push_str(" class=\"external\" target=\"_blank\" rel=\"noopener noreferrer\"");
        }
        self.html.push('>');
        self.links.push(true);
        let range = self.range(range);
        self.shared.links.push((link, range));
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let Some((start, text)) = self.heading.take() else {
            return;
        };
        let inside = self.html.split_off(start);
        let id = self.shared.headings.add(level as u8, text.trim());
        let level = (level as u8).to_string();
        self.html.extend([
            "<h",
            &level,
            " id=\"",
            &escape::escape(&id),
            "\">",
            &inside,
            "</h",
            &level,
            ">\n",
        ]);
    }

    fn end_code(&mut self) {
        let Some(block) = self.code.take() else { return };
        let Some(info) = &block.info else {
            self.html.push_str(&code::code(Language::TEXT, &block.text));
            return;
        };
        let raw = &self.piece.text[block.range.clone()];
        let opening = block.range.start..block.range.start + raw.find('\n').unwrap_or(raw.len());
        let Some(content) = fence::content(raw) else {
            self.problem(
                opening,
                "the code block has no end",
                "close it with the same fence that opens it",
            );
            return;
        };
        let fence = match Fence::parse(info) {
            Ok(fence) => fence,
            Err((message, help)) => {
                let info_start = opening.end
                    - self.piece.text[opening.clone()]
                        .trim_start_matches(['`', '~', ' '])
                        .len();
                self.problem(info_start..opening.end, message, help);
                return;
            }
        };
        match fence {
            Fence::Code(language) => self.html.push_str(&code::code(language, &block.text)),
            Fence::Output => self.html.push_str(&code::output(&block.text)),
            _ if block.nested || self.piece.extent != Extent::Lesson => self.problem(
                opening,
                "this kind of block cannot stand in a list, a quote or an exercise",
                "move it to the left margin, between two paragraphs",
            ),
            fence => {
                if let Fence::Exercise { id, .. } = &fence {
                    self.shared.headings.add_exercise(id);
                }
                self.flush();
                let start = block.range.start;
                let content = self.range(start + content.start..start + content.end);
                let opening = self.range(opening);
                self.parts.push(Part::Fence {
                    fence,
                    text: block.text,
                    content,
                    opening,
                });
            }
        }
    }

    /// Refuses what may not stand in this piece.
    fn check_extent(&mut self, tag: &Tag<'_>, range: &Range<usize>) {
        let inline = matches!(
            tag,
            Tag::Paragraph
                | Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. }
        );
        match self.piece.extent {
            Extent::Lesson => {}
            Extent::Flow => {
                if matches!(tag, Tag::Heading { .. } | Tag::FootnoteDefinition(_)) {
                    self.problem(
                        range.clone(),
                        "an exercise's text has no headings and footnotes",
                        "use a paragraph",
                    );
                }
            }
            Extent::Inline => {
                self.paragraphs += usize::from(matches!(tag, Tag::Paragraph));
                if !inline || self.paragraphs > 1 {
                    self.problem(
                        range.clone(),
                        "this is to be one paragraph of text",
                        "keep it to a sentence or two",
                    );
                }
            }
        }
    }

    fn refuse_html(&mut self, range: Range<usize>) {
        let help = "lessons are Markdown without HTML; write `<` in backticks, or as `\\<`";
        self.problem(range, "raw HTML does not belong in a lesson", help);
    }

    fn with_table(&mut self, write: impl FnOnce(&mut Table, &mut String)) {
        if let Some(table) = &mut self.table {
            write(table, &mut self.html);
        }
    }

    fn problem(&mut self, range: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let range = self.range(range);
        let problem = self.piece.source.problem(range, message).help(help);
        self.shared.problems.push(problem);
    }

    /// Where something of this piece stands in the file.
    fn range(&self, range: Range<usize>) -> Range<usize> {
        match &self.piece.from {
            From::Offset(base) => base + range.start..base + range.end,
            From::Value(place) => place.clone(),
        }
    }

    /// Ends the run of HTML.
    fn flush(&mut self) {
        let html = mem::take(&mut self.html);
        if !html.is_empty() {
            self.parts.push(Part::Html(html));
        }
    }

    fn finish(mut self) -> Vec<Part> {
        self.flush();
        self.parts
    }
}
