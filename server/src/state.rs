//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use drydock_lesson::Lesson;
use drydock_protocol::page::CourseSummary;
use drydock_sandbox::{Owner, Sandbox, Sandboxes};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::classroom::Classroom;
use crate::grade::desk::Bell;
use crate::live::Rooms;
use crate::live::replay::Replays;
use crate::preview::Guests;
use crate::problem::ApiError;
use crate::routes::pages::Pages;
use crate::session::Learner;
use crate::settings::Settings;
use crate::shelf::Shelf;
use crate::store::{ExerciseKey, LearnerId, Store};

/// The server's parts. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// See [`App`].
pub struct Parts {
    /// As read at the start.
    pub settings: Settings,
    /// Learners and progress.
    pub store: Store,
    /// Courses and lessons.
    pub library: Shelf,
    /// Learners' machines.
    pub sandboxes: Sandboxes,
    /// The registry, and the gateway to it.
    pub classroom: Classroom,
    /// Learners whose pages are open.
    pub rooms: Rooms,
    /// What is being done for learners who skip exercises.
    pub replays: Replays,
    /// Rendered pages.
    pub pages: Pages,
    /// Rung when something waits to be graded.
    pub desk: Bell,
    /// Requests to previews that are under way.
    pub guests: Guests,
    /// Everything that was measured.
    pub metrics: PrometheusHandle,
}

/// A lesson's place: course and lesson, both known to exist.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LessonKey {
    /// The course's slug.
    pub course: String,
    /// The lesson's slug.
    pub lesson: String,
}

impl LessonKey {
    /// An exercise of this lesson.
    pub fn exercise(&self, id: &str) -> ExerciseKey {
        ExerciseKey {
            course: self.course.clone(),
            lesson: self.lesson.clone(),
            exercise: id.to_owned(),
        }
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Whose sandbox it is: the sandbox crate knows learners by their ids alone.
pub fn owner(learner: &LearnerId) -> Owner {
    Owner::new(learner.as_str())
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// All courses, as rows.
    pub fn courses(&self) -> Vec<CourseSummary> {
        self.library
            .courses()
            .iter()
            .map(|course| course.summary.clone())
            .collect()
    }

    /// A lesson, or a problem that says that there is none.
    pub fn lesson(&self, course: &str, lesson: &str) -> Result<&Lesson, ApiError> {
        self.library
            .lesson(course, lesson)
            .ok_or_else(|| ApiError::not_found(format!("lesson `{lesson}` in course `{course}`")))
    }

    /// A lesson's place, if there is such a lesson.
    pub fn lesson_key(&self, course: &str, lesson: &str) -> Result<LessonKey, ApiError> {
        self.lesson(course, lesson)?;
        Ok(LessonKey {
            course: course.to_owned(),
            lesson: lesson.to_owned(),
        })
    }

    /// The learner's sandbox, if it can be used.
    pub fn ready_sandbox(&self, learner: Option<&Learner>) -> Result<Arc<Sandbox>, ApiError> {
        learner
            .and_then(|Learner(id)| self.sandboxes.get(&owner(id)))
            .ok_or_else(ApiError::no_sandbox)
    }

    /// Notes that the learner did something, so that the sandbox does not count as idle.
    pub fn touch(&self, learner: Option<&Learner>) {
        if let Some(Learner(id)) = learner {
            self.sandboxes.touch(&owner(id));
        }
    }

    /// Brings the gauges that are counted on demand up to date.
    pub fn measure(&self) {
        crate::measure::sandboxes(&self.sandboxes);
    }
}
