//! Headings: their anchors, the contents, and whether links to them lead anywhere.

use std::collections::BTreeMap;

use drydock_protocol::page::Heading;

use crate::slug;

/// The id of the heading with this anchor. The prefix keeps a lesson's headings apart from the ids of the
/// page itself, and from the names that scripts find ids under.
pub(crate) fn id(anchor: &str) -> String {
    format!("section-{anchor}")
}

/// The headings of one lesson, as they are met.
#[derive(Debug, Default)]
pub(crate) struct Headings {
    /// How often each anchor was given out.
    anchors: BTreeMap<String, u32>,
    contents: Vec<Heading>,
    last_level: u8,
}

impl Headings {
    /// Takes a heading in and gives its id. Like Markdown viewers, the second "Build" gets `build-1`.
    pub(crate) fn add(&mut self, level: u8, text: &str) -> String {
        let wanted = slug::anchor(text);
        let mut anchor = wanted.clone();
        let mut number = self.anchors.get(&wanted).copied().unwrap_or(0);
        while self.anchors.contains_key(&anchor) {
            number += 1;
            anchor = format!("{wanted}-{number}");
        }
        self.anchors.insert(wanted, number);
        self.anchors.entry(anchor.clone()).or_insert(0);
        let id = id(&anchor);
        if level == 2 || level == 3 {
            self.contents.push(Heading {
                level,
                id: id.clone(),
                text: text.to_owned(),
                exercises: Vec::new(),
            });
        }
        self.last_level = level;
        id
    }

    /// Why a heading of this level cannot stand here, if it cannot: message and help.
    pub(crate) fn refuse(&self, level: u8) -> Option<(&'static str, &'static str)> {
        if level == 1 {
            let help = "begin with `##`: the page's own heading is the front matter's `title`";
            return Some(("a heading of the first level is the page's own", help));
        }
        let above = self.last_level.max(1);
        (level > above + 1).then_some((
            "a level of headings is left out",
            "go one level deeper at a time, so that those who listen to the page find their way",
        ))
    }

    /// Notes that an exercise stands under the last heading of the contents.
    pub(crate) fn add_exercise(&mut self, id: &str) {
        if let Some(heading) = self.contents.last_mut() {
            heading.exercises.push(id.to_owned());
        }
    }

    /// Whether there is a heading with this anchor.
    pub(crate) fn has(&self, anchor: &str) -> bool {
        self.anchors.contains_key(anchor)
    }

    /// All anchors.
    pub(crate) fn anchors(&self) -> Vec<&str> {
        self.anchors.keys().map(String::as_str).collect()
    }

    /// The contents.
    pub(crate) fn into_contents(self) -> Vec<Heading> {
        self.contents
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique() {
        let mut headings = Headings::default();
        let ids: Vec<_> = ["Build", "Build", "Build 1", "Build"]
            .map(|text| headings.add(2, text))
            .into();
        let unique: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), 4, "{ids:?}");
        assert_eq!(ids[1], "section-build-1");
        assert!(headings.has("build"));
        assert!(!headings.has("bulid"));
    }

    #[test]
    fn levels_go_down_one_at_a_time() {
        let mut headings = Headings::default();
        assert!(headings.refuse(1).is_some());
        assert!(headings.refuse(3).is_some());
        headings.add(2, "a");
        assert!(headings.refuse(3).is_none());
        assert!(headings.refuse(4).is_some());
        headings.add(3, "b");
        assert!(headings.refuse(2).is_none());
    }
}
