//! The pages, one file each. Only the server renders them.

// Leptos's macro makes each page's function public within its module.
#![allow(unreachable_pub)]

mod course;
mod error;
mod home;
mod lesson;
mod not_found;

pub(crate) use course::CoursePage;
pub(crate) use error::ErrorPage;
pub(crate) use home::HomePage;
pub(crate) use lesson::LessonView;
pub(crate) use not_found::NotFoundPage;

use drydock_protocol::api::Progress;
use drydock_protocol::page::{CourseSummary, LessonSummary};

/// How far a learner is with one lesson.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Exercises passed.
    pub(crate) passed: u32,
    /// Points won.
    pub(crate) points: u32,
    /// Whether anything was tried.
    pub(crate) begun: bool,
}

impl Standing {
    fn of(progress: &Progress, course: &str, lesson: &str) -> Self {
        let Some(exercises) = progress.lessons.get(&format!("{course}/{lesson}")) else {
            return Self::default();
        };
        Self {
            passed: exercises
                .values()
                .map(|exercise| u32::from(exercise.passed))
                .sum(),
            points: exercises.values().map(|exercise| exercise.points).sum(),
            begun: !exercises.is_empty(),
        }
    }
}

/// Where the learner goes on: the lesson that was begun last in the order of the course and is not finished,
/// or else the first that is not finished. `None` when all is done.
fn goes_on<'a>(course: &'a CourseSummary, progress: &Progress) -> Option<&'a LessonSummary> {
    let unfinished = |lesson: &&LessonSummary| {
        Standing::of(progress, &course.slug, &lesson.slug).passed < lesson.exercises.max(1)
    };
    let begun = course
        .lessons
        .iter()
        .rfind(|lesson| Standing::of(progress, &course.slug, &lesson.slug).begun);
    begun
        .filter(unfinished)
        .or_else(|| course.lessons.iter().find(unfinished))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_new_learner_begins_at_the_beginning() {
        let course = sample::course();
        assert_eq!(
            goes_on(&course, &Progress::default()).map(|lesson| lesson.slug.as_str()),
            Some("containers")
        );
    }

    #[test]
    fn a_learner_goes_on_with_what_was_begun() {
        let course = sample::course();
        let next = goes_on(&course, &sample::progress());
        assert_eq!(next.map(|lesson| lesson.slug.as_str()), Some("images"));
    }
}
