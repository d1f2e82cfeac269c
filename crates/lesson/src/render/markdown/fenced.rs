//! Code blocks: shown as they are, or left to the caller as special blocks.

use std::ops::Range;

use super::renderer::Renderer;
use super::{Extent, Part};
use crate::parse::fence::{self, Fence};
use crate::render::code;
use crate::render::highlight::Language;

/// The code block that is being read.
pub(super) struct CodeBlock {
    pub(super) info: Option<String>,
    pub(super) text: String,
    pub(super) range: Range<usize>,
    pub(super) nested: bool,
}

impl Renderer<'_, '_, '_> {
    /// Writes the code block that has ended.
    pub(super) fn end_code(&mut self) {
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
                if let Fence::Exercise { id, .. } | Fence::Quiz { id, .. } = &fence {
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
}
