//! Tables: each in a region of its own that scrolls and takes the focus, with a name for those who listen.

use pulldown_cmark::Alignment;

use super::escape;

/// The table that is being written.
#[derive(Debug)]
pub(super) struct Table {
    /// Where its inside begins in the output.
    start: usize,
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    /// The texts of the head's cells.
    head: Vec<String>,
}

impl Table {
    pub(super) fn new(start: usize, alignments: Vec<Alignment>) -> Self {
        Self {
            start,
            alignments,
            column: 0,
            in_head: false,
            head: Vec::new(),
        }
    }

    pub(super) fn start_row(&mut self, html: &mut String, in_head: bool) {
        self.in_head = in_head;
        self.column = 0;
        html.push_str(if in_head { "<thead><tr>" } else { "<tr>" });
    }

    pub(super) fn end_row(&mut self, html: &mut String) {
        html.push_str(if self.in_head {
            "</tr></thead>\n<tbody>\n"
        } else {
            "</tr>\n"
        });
        self.in_head = false;
    }

    pub(super) fn start_cell(&mut self, html: &mut String) {
        html.push_str(if self.in_head { "<th scope=\"col\"" } else { "<td" });
        match self.alignments.get(self.column) {
            Some(Alignment::Center) => html.push_str(" class=\"align-center\""),
            Some(Alignment::Right) => html.push_str(" class=\"align-right\""),
            _ => {}
        }
        html.push('>');
        self.column += 1;
        if self.in_head {
            self.head.push(String::new());
        }
    }

    pub(super) fn end_cell(&self, html: &mut String) {
        html.push_str(if self.in_head { "</th>" } else { "</td>" });
    }

    /// Text that was written; that of the head becomes the table's name.
    pub(super) fn text(&mut self, text: &str) {
        if let (true, Some(cell)) = (self.in_head, self.head.last_mut()) {
            cell.push_str(text);
        }
    }

    /// Puts the region around what was written.
    pub(super) fn end(self, html: &mut String) {
        let inside = html.split_off(self.start);
        html.push_str("<div class=\"table-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Table: ");
        escape::push(html, &self.head.join(", "));
        html.push_str("\"><table>\n");
        html.push_str(&inside);
        html.push_str("</tbody>\n</table></div>\n");
    }
}
