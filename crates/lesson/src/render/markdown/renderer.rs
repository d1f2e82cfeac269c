//! The events of a piece of Markdown, one by one, to HTML: each tag is written here or not at all.

use std::mem;
use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, HeadingLevel, Tag, TagEnd};

use super::fenced::CodeBlock;
use super::picture::Picture;
use super::{Extent, From, Part, Piece, Shared};
use crate::render::escape;
use crate::render::links::Link;
use crate::render::tables::Table;
use crate::vars;

/// A piece while it is rendered.
pub(super) struct Renderer<'a, 's, 'c> {
    pub(super) piece: &'a Piece<'a>,
    pub(super) shared: &'s mut Shared<'c>,
    pub(super) parts: Vec<Part>,
    pub(super) html: String,
    depth: usize,
    paragraphs: usize,
    /// Where the heading's inside begins in `html`, and its text so far.
    heading: Option<(usize, String)>,
    table: Option<Table>,
    pub(super) code: Option<CodeBlock>,
    /// Of each open link, whether a tag was written.
    links: Vec<bool>,
    /// Text that is no code, and where it stands: it comes in pieces.
    prose: Option<(String, Range<usize>)>,
    /// Where the paragraph that is open begins in `html`.
    pub(super) paragraph: Option<usize>,
    pub(super) picture: Option<Picture>,
    /// Of each open footnote, its label and the output that waits for its end.
    notes: Vec<(String, String)>,
}

impl<'a, 's, 'c> Renderer<'a, 's, 'c> {
    pub(super) fn new(piece: &'a Piece<'a>, shared: &'s mut Shared<'c>) -> Self {
        Self {
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
            prose: None,
            paragraph: None,
            picture: None,
            notes: Vec::new(),
        }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Takes in the next event, and where it stands in the piece.
    pub(super) fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match &event {
            Event::Text(text) if self.code.is_none() => {
                self.prose
                    .get_or_insert_with(|| (String::new(), range.clone()))
                    .0
                    .push_str(text);
            }
            _ => self.end_prose(),
        }
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
            Event::Text(text) if self.code.is_none() => self.text(&vars::plain(&text)),
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
            Tag::Paragraph => {
                self.paragraph = Some(self.html.len());
                self.html.push_str("<p>");
            }
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
            Tag::Image { dest_url, title, .. } => self.start_picture(&dest_url, &title, range),
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
            TagEnd::Paragraph => self.end_paragraph(),
            TagEnd::HtmlBlock => self.html.push_str("</p>\n"),
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
            TagEnd::Image => self.end_picture(),
            TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Looks at a text that has ended: a name in it that no variable has is a mistake.
    fn end_prose(&mut self) {
        let Some((text, range)) = self.prose.take() else {
            return;
        };
        if let Some((_, name)) = vars::unknown_in(&text, self.shared.declared) {
            let help = vars::help(name, self.shared.declared);
            self.problem(range, format!("no variable is called `{name}`"), help);
        }
    }

    /// Text of any kind: escaped, and remembered by whatever wants to know its own text.
    fn text(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.text.push_str(text);
            return;
        }
        if let Some(picture) = &mut self.picture
            && picture.is_open
        {
            picture.alt.push_str(text);
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
        if let Link::Home { path, line } = &link {
            self.html.push_str(" class=\"opens\" data-open=\"");
            escape::push(&mut self.html, path);
            self.html.extend(["\" data-line=\"", &line.to_string(), "\""]);
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

    pub(super) fn problem(
        &mut self,
        range: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let range = self.range(range);
        let problem = self.piece.source.problem(range, message).help(help);
        self.shared.problems.push(problem);
    }

    /// Where something of this piece stands in the file.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        match &self.piece.from {
            From::Offset(base) => base + range.start..base + range.end,
            From::Value(place) => place.clone(),
        }
    }

    /// Ends the run of HTML.
    pub(super) fn flush(&mut self) {
        let html = mem::take(&mut self.html);
        if !html.is_empty() {
            self.parts.push(Part::Html(html));
        }
    }

    pub(super) fn finish(mut self) -> Vec<Part> {
        self.end_prose();
        self.flush();
        self.parts
    }
}
