//! From Markdown to HTML that is safe to show as it is.
//!
//! The invariant of this module: every byte of its output is either written here, as a literal, or has
//! gone through [`escape`]. There is no way for an author's text to become a tag, an attribute or an
//! address that was not checked; what is refused as an error is also left out of the output.

pub(crate) mod code;
pub(crate) mod escape;
pub(crate) mod footnotes;
pub(crate) mod headings;
pub(crate) mod highlight;
pub(crate) mod links;
pub(crate) mod markdown;
mod tables;
#[cfg(test)]
mod tests;
