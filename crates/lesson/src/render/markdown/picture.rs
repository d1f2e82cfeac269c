//! Pictures: `![what it shows](figures/x.svg "the line below it")`, alone in a paragraph.

use std::mem;
use std::ops::Range;

use super::renderer::Renderer;
use crate::nearest;

/// The longest text for those who do not see a picture, in characters.
const ALT_MAX: usize = 500;

/// The picture that is being read, or that waits for its paragraph's end.
pub(super) struct Picture {
    destination: String,
    caption: String,
    range: Range<usize>,
    /// What it shows, for those who do not see it: the text between the brackets.
    pub(super) alt: String,
    /// What was written before it. What its own text would become is thrown away.
    outer: String,
    /// Whether its end has not come yet.
    pub(super) is_open: bool,
    /// Pictures within its text.
    nested: usize,
}

impl Renderer<'_, '_, '_> {
    pub(super) fn start_picture(&mut self, destination: &str, caption: &str, range: Range<usize>) {
        match &mut self.picture {
            Some(outer) if outer.is_open => {
                outer.nested += 1;
                self.problem(
                    range,
                    "there is a picture in the text of a picture",
                    "take it out",
                );
            }
            Some(_) => {
                // The one before it has been said not to stand alone; its own end says so of this one.
                self.stands_alone(range.clone());
                self.picture = None;
                self.start_picture(destination, caption, range);
            }
            None => {
                self.picture = Some(Picture {
                    destination: destination.to_owned(),
                    caption: caption.to_owned(),
                    range,
                    alt: String::new(),
                    outer: mem::take(&mut self.html),
                    is_open: true,
                    nested: 0,
                });
            }
        }
    }

    pub(super) fn end_picture(&mut self) {
        let Some(picture) = &mut self.picture else { return };
        if picture.nested > 0 {
            picture.nested -= 1;
            return;
        }
        picture.is_open = false;
        self.html = mem::take(&mut picture.outer);
        if self.paragraph.is_none() {
            let range = picture.range.clone();
            self.picture = None;
            self.stands_alone(range);
        }
    }

    pub(super) fn end_paragraph(&mut self) {
        let start = self.paragraph.take();
        let (Some(picture), Some(start)) = (self.picture.take(), start) else {
            self.html.push_str("</p>\n");
            return;
        };
        if &self.html[start..] == "<p>" {
            self.html.truncate(start);
            self.show(&picture);
        } else {
            self.stands_alone(picture.range);
            self.html.push_str("</p>\n");
        }
    }

    fn stands_alone(&mut self, range: Range<usize>) {
        self.problem(
            range,
            "a picture stands alone, between two paragraphs",
            "put an empty line before it and after it",
        );
    }

    fn show(&mut self, picture: &Picture) {
        let alt = picture.alt.trim();
        let range = picture.range.clone();
        if alt.is_empty() || alt.chars().count() > ALT_MAX {
            let message =
                format!("a picture has a text of 1 to {ALT_MAX} characters for those who do not see it");
            self.problem(range.clone(), message, "say between the brackets what it shows");
        }
        let figures = self.shared.figures;
        let Some(figure) = figures.get(&picture.destination) else {
            let known: Vec<&str> = figures.keys().map(String::as_str).collect();
            let help = if known.is_empty() {
                "draw it as `figures/NAME.svg`, beside the lesson: pictures come from there and from nowhere else".to_owned()
            } else {
                nearest::help(&picture.destination, &known)
            };
            let message = format!("the lesson has no picture `{}`", picture.destination);
            self.problem(range, message, help);
            return;
        };
        self.shared.shown.push(picture.destination.clone());
        let html = figure.html(self.shared.shown.len(), alt, picture.caption.trim());
        self.html.push_str(&html);
    }
}
