//! The courses of this repository are sound.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::Path;

use drydock_lesson::Library;
use drydock_protocol::page::Task;

#[test]
fn the_courses_of_this_repository_are_sound() {
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let library = Library::load(&content).unwrap_or_else(|problems| panic!("{problems}"));
    for (slug, least, asked) in [("containers", 10, 4), ("images", 10, 0)] {
        let lesson = library.lesson("docker", slug).unwrap();
        assert_eq!(lesson.page.exercises().count(), lesson.exercises.len());
        let (questions, exercises): (Vec<_>, Vec<_>) = lesson
            .exercises
            .iter()
            .partition(|exercise| exercise.task == Task::Quiz);
        assert!(exercises.len() >= least, "{slug} has few exercises");
        assert!(questions.len() >= asked, "{slug} has few questions");
        for exercise in exercises {
            assert!(
                !exercise.pitfalls.is_empty(),
                "{slug}/{} has no pitfall",
                exercise.id
            );
        }
    }
}
