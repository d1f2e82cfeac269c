//! A lesson may be anything. Reading it neither panics nor takes more than its length allows; and if it is sound, its page is
//! without script.
#![no_main]

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use drydock_lesson::Library;
use libfuzzer_sys::fuzz_target;

const COURSE: &str = "title: A course\nsummary: To be read by a fuzzer.\nlessons: [01-first]\n";

/// A content folder in memory with one lesson, made once.
fn folder() -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    let folder = parent.join(format!("drydock-fuzz-{}", std::process::id()));
    fs::create_dir_all(folder.join("course/01-first")).expect("a folder");
    fs::write(folder.join("course/course.yaml"), COURSE).expect("a course");
    folder
}

thread_local! {
    static FOLDER: RefCell<PathBuf> = RefCell::new(folder());
}

fuzz_target!(|bytes: &[u8]| {
    FOLDER.with_borrow(|folder| {
        fs::write(folder.join("course/01-first/lesson.md"), bytes).expect("a lesson");
        let lint = Library::lint(folder);
        for problem in &lint.problems {
            assert!(
                problem.to_string().len() < 16 * 1024,
                "a problem is told in a few lines"
            );
        }
        let Some(library) = lint.library else { return };
        for lesson in library.courses().iter().flat_map(|course| course.lessons.iter()) {
            let page = format!("{:?}", lesson.page).to_ascii_lowercase();
            assert!(!page.contains("<script"), "no script");
        }
    });
});
