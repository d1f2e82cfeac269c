//! Footnotes: numbered in the order in which the text refers to them, shown at the lesson's end.

use std::collections::BTreeMap;
use std::ops::Range;

/// The footnotes of one lesson. Ids are made of numbers only, so no label reaches the page.
#[derive(Debug, Default)]
pub(crate) struct Footnotes {
    /// Labels in the order in which they were first referred to, with how often.
    referred: Vec<(String, u32)>,
    /// Where each is defined.
    defined: BTreeMap<String, Range<usize>>,
    html: BTreeMap<String, String>,
}

impl Footnotes {
    /// The mark in the text.
    pub(crate) fn refer(&mut self, label: &str) -> String {
        let index = self
            .referred
            .iter()
            .position(|(known, _)| known == label)
            .unwrap_or_else(|| {
                self.referred.push((label.to_owned(), 0));
                self.referred.len() - 1
            });
        self.referred[index].1 += 1;
        let (number, times) = (index + 1, self.referred[index].1);
        // Only the first mark can be the one to come back to.
        let id = if times == 1 {
            format!(" id=\"fnref-{number}\"")
        } else {
            String::new()
        };
        format!(
            "<sup class=\"footnote\"><a{id} href=\"#fn-{number}\" aria-label=\"Footnote {number}\">{number}</a></sup>"
        )
    }

    /// Notes where a footnote is defined.
    pub(crate) fn define(&mut self, label: &str, place: Range<usize>) {
        self.defined.insert(label.to_owned(), place);
    }

    /// Keeps what a footnote says: HTML.
    pub(crate) fn write(&mut self, label: &str, html: String) {
        self.html.insert(label.to_owned(), html);
    }

    /// Footnotes that nothing refers to, with their places.
    pub(crate) fn unused(&self) -> Vec<(String, Range<usize>)> {
        let is_used = |label: &String| self.referred.iter().any(|(known, _)| known == label);
        self.defined
            .iter()
            .filter(|(label, _)| !is_used(label))
            .map(|(l, p)| (l.clone(), p.clone()))
            .collect()
    }

    /// The list of them; None if there are none.
    pub(crate) fn finish(&self) -> Option<String> {
        if self.referred.is_empty() {
            return None;
        }
        let mut list = String::from("<section class=\"footnotes\" aria-label=\"Footnotes\">\n<ol>\n");
        for (index, (label, _)) in self.referred.iter().enumerate() {
            let number = index + 1;
            let html = self.html.get(label).map(String::as_str).unwrap_or_default();
            let number = number.to_string();
            list.extend(["<li id=\"fn-", &number, "\">", html]);
            list.extend([
                "<a class=\"footnote-back\" href=\"#fnref-",
                &number,
                "\" aria-label=\"Back to the text\">",
            ]);
            list.push_str("\u{21a9}\u{fe0e}</a></li>\n");
        }
        list.push_str("</ol>\n</section>\n");
        Some(list)
    }
}
