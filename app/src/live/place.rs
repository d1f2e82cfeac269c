//! Which lesson this page shows.

use crate::browser;

/// Which lesson this page shows, as its root element says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The course's slug.
    pub(crate) course: String,
    /// The lesson's slug.
    pub(crate) lesson: String,
}

impl Place {
    /// `None` on pages that show no lesson.
    pub(crate) fn of_page() -> Option<Self> {
        let root = browser::root()?;
        Some(Self {
            course: root.get_attribute("data-course")?,
            lesson: root.get_attribute("data-lesson")?,
        })
    }

    /// How `GET /progress` names the lesson.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}", self.course, self.lesson)
    }
}
