//! Pictures: SVG files in a lesson's `figures` folder, read, checked, and written anew.
//!
//! A picture becomes part of the page, so that it follows the theme. So nothing of the file is taken over as it stands: an
//! XML parser reads it, elements and attributes that are not on the list ([`allowed`]) are refused, values are checked, and
//! what is left is written here. Colours are classes only; there are no ids, no links, no styles and no scripts.

mod allowed;
mod draw;
pub(crate) mod folder;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::problem::Problem;
use crate::render::escape;
use crate::source::Source;

/// Stands in a picture's body where a page has to say which of its pictures it is. No XML can have it in it.
const WHICH: char = '\u{1}';

/// From this width on, a picture is not made as narrow as a phone: it scrolls.
const WIDE: f64 = 480.0;

/// The pictures of a lesson, by the address that a lesson has them under: `figures/layers.svg`.
pub(crate) type Figures = BTreeMap<String, Figure>;

/// A picture that was found to be sound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// The file's text, for the lesson's hash.
    pub(crate) text: String,
    width: f64,
    height: f64,
    /// What is in it: SVG of ours.
    body: String,
}

impl Figure {
    /// Reads a picture. What is wrong with it is said with its place.
    pub(crate) fn read(source: &Source) -> Result<Self, Vec<Problem>> {
        let drawn = draw::read(source)?;
        Ok(Self {
            text: source.text().to_owned(),
            width: drawn.width,
            height: drawn.height,
            body: drawn.body,
        })
    }

    /// The picture as a part of a page: the how manieth of it (its ids are made of that), what it shows for those who
    /// do not see it, and the line below it.
    pub(crate) fn html(&self, number: usize, alt: &str, caption: &str) -> String {
        let alt = escape::escape(alt);
        let (width, height) = (self.width, self.height);
        let body = self.body.replace(WHICH, &format!("figure-{number}"));
        // What scrolls can be scrolled by keys as well.
        let frame = if width > WIDE {
            "<div class=\"figure__frame figure__frame--wide\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\">"
        } else {
            "<div class=\"figure__frame\">"
        };
        let caption = if caption.is_empty() {
            String::new()
        } else {
            format!("<figcaption>{}</figcaption>", escape::escape(caption))
        };
        format!(
            "<figure class=\"figure\">{frame}<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{alt}\">{body}</svg></div>{caption}</figure>\n"
        )
    }
}
