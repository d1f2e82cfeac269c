//! Tables: each in a region of its own that scrolls and takes the focus, with a name for those who listen.

use pulldown_cmark::Alignment;

use super::escape;

/// How a cell of the head begins.
const HEADER: &str = "<th scope=\"col\"";

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
    /// Where the cell that is being written begins in the output.
    cell: usize,
}

impl Table {
    pub(super) fn new(start: usize, alignments: Vec<Alignment>) -> Self {
        Self {
            start,
            alignments,
            column: 0,
            in_head: false,
            head: Vec::new(),
            cell: start,
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
        self.cell = html.len();
        html.push_str(if self.in_head { HEADER } else { "<td" });
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

    /// A head's cell in which nothing stands is no header: those who listen would be read a column without a name.
    pub(super) fn end_cell(&self, html: &mut String) {
        let is_header = self.in_head && self.head.last().is_some_and(|text| !text.trim().is_empty());
        if self.in_head && !is_header {
            html.replace_range(self.cell..self.cell + HEADER.len(), "<td");
        }
        html.push_str(if is_header { "</th>" } else { "</td>" });
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
        let named: Vec<&str> = self
            .head
            .iter()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
            .collect();
        escape::push(html, &named.join(", "));
        html.push_str("\"><table>\n");
        html.push_str(&inside);
        html.push_str("</tbody>\n</table></div>\n");
    }
}
