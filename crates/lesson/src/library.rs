//! All courses, and how to find a lesson in them.

use std::path::Path;

use drydock_protocol::page::CourseSummary;

use crate::expect::Reference;
use crate::lesson::Lesson;
use crate::lint::Wanted;
use crate::problem::{Problem, Problems};
use crate::solutions::Solutions;

/// The courses that a server offers.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub(crate) courses: Vec<Course>,
    pub(crate) wanted: Vec<Wanted>,
}

/// What is to be said of a content folder, and what can be shown of it.
#[derive(Clone, Debug, Default)]
pub struct Lint {
    /// The courses, if nothing is wrong with them that would keep them from being shown.
    pub library: Option<Library>,
    /// Errors and warnings, in the order of files and lines.
    pub problems: Vec<Problem>,
}

/// An ordered list of lessons.
#[derive(Clone, Debug)]
pub struct Course {
    /// What is shown of it in lists.
    pub summary: CourseSummary,
    /// Its lessons, in the order in which they are taught.
    pub lessons: Vec<Lesson>,
}

impl Library {
    /// Reads every course of a content folder: `<dir>/<course>/course.yaml` and the lessons that it lists.
    ///
    /// Either all of it is sound, or everything that is wrong with it is said at once.
    pub fn load(content_dir: &Path) -> Result<Self, Problems> {
        crate::load::library(content_dir)
    }

    /// The same, with all that could be better. Warnings keep nothing from being shown.
    pub fn lint(content_dir: &Path) -> Lint {
        crate::load::lint(content_dir)
    }

    /// Warnings of images that the lessons need, where the classroom has only these.
    pub fn unknown_images(&self, known: &[Reference]) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self
            .wanted
            .iter()
            .filter_map(|wanted| wanted.problem(known))
            .collect();
        problems.dedup();
        problems
    }

    /// Settles when solutions are shown, for the lessons that do not say so themselves.
    #[must_use]
    pub fn with_solutions(mut self, default: Solutions) -> Self {
        for lesson in self.courses.iter_mut().flat_map(|course| &mut course.lessons) {
            let settled = *lesson.solutions.get_or_insert(default);
            lesson.page.solutions = settled.on_the_page();
        }
        self
    }

    /// The courses, by slug.
    pub fn courses(&self) -> &[Course] {
        &self.courses
    }

    /// The course of that slug.
    pub fn course(&self, slug: &str) -> Option<&Course> {
        self.courses.iter().find(|course| course.summary.slug == slug)
    }

    /// The lesson of these two slugs.
    pub fn lesson(&self, course: &str, lesson: &str) -> Option<&Lesson> {
        self.course(course)?.lesson(lesson)
    }
}

impl Course {
    /// The lesson of that slug.
    pub fn lesson(&self, slug: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.slug == slug)
    }
}
