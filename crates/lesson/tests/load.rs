//! Loading a content folder: what is read, what is refused, and that nothing outside of it is reached.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use drydock_lesson::{Library, limits};
use tempfile::TempDir;

const COURSE: &str = "title: A course\nsummary: About something.\nlessons: [01-first, 02-second]\n";

fn lesson(title: &str, body: &str) -> String {
    format!("---\ntitle: {title}\nsummary: Short.\nminutes: 5\nobjectives: [Know it]\n---\n\n{body}\n")
}

/// A content folder with a course of two lessons.
fn content() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "docker/course.yaml", COURSE);
    write(
        dir.path(),
        "docker/01-first/lesson.md",
        &lesson("First", "[next](../02-second/lesson.md)"),
    );
    write(
        dir.path(),
        "docker/02-second/lesson.md",
        &lesson("Second", "Text."),
    );
    dir
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What is wrong, with the folder's own name taken out.
fn wrong(dir: &TempDir) -> String {
    let problems = Library::load(dir.path()).expect_err("refused");
    problems
        .to_string()
        .replace(&dir.path().display().to_string(), "content")
}

#[test]
fn a_course_says_what_it_takes_for_granted_and_what_it_leads_to() {
    let dir = content();
    let with = |makes: &str| {
        write(
            dir.path(),
            "docker/course.yaml",
            &format!("{COURSE}makes: {makes}\n"),
        );
    };
    with("[' An `image` of your own ']");
    let library = Library::load(dir.path()).unwrap();
    let about = &library.courses()[0].summary.about;
    assert_eq!(about.makes, ["An `image` of your own"]);
    assert!(about.prerequisites.is_empty() && about.objectives.is_empty());

    with("[a, b, c, d, e, f, g, h, i, j, k, l, m]");
    assert!(wrong(&dir).contains("course.yaml:4:45"), "{}", wrong(&dir));
    with("['']");
    assert!(wrong(&dir).contains("course.yaml:4:9"), "{}", wrong(&dir));
}

#[test]
fn a_course_is_found_with_its_lessons_in_order() {
    let dir = content();
    write(dir.path(), ".git/config", "not a course");
    write(dir.path(), "README.md", "not a course");
    let library = Library::load(dir.path()).unwrap();
    let course = library.course("docker").unwrap();
    assert_eq!(
        course
            .summary
            .lessons
            .iter()
            .map(|l| l.slug.as_str())
            .collect::<Vec<_>>(),
        ["first", "second"]
    );
    let first = library.lesson("docker", "first").unwrap();
    assert_eq!(first.page.previous, None);
    assert_eq!(first.page.next.as_ref().unwrap().slug, "second");
    assert_eq!(
        course
            .lesson("second")
            .unwrap()
            .page
            .previous
            .as_ref()
            .unwrap()
            .title,
        "First"
    );
    assert!(library.lesson("docker", "third").is_none());
    assert!(library.lesson("podman", "first").is_none());
}

#[test]
fn a_workspace_is_read_with_its_folders_and_modes() {
    let dir = content();
    write(dir.path(), "docker/01-first/workspace/site/index.html", "<h1>");
    write(dir.path(), "docker/01-first/workspace/.dockerignore", ".git\n");
    write(dir.path(), "docker/01-first/workspace/run.sh", "#!/bin/sh\n");
    let script = dir.path().join("docker/01-first/workspace/run.sh");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let library = Library::load(dir.path()).unwrap();
    let lesson = library.lesson("docker", "first").unwrap();
    let files: Vec<_> = lesson
        .workspace
        .iter()
        .map(|file| (file.path.as_str(), file.executable))
        .collect();
    assert_eq!(
        files,
        [
            (".dockerignore", false),
            ("run.sh", true),
            ("site/index.html", false)
        ]
    );

    let before = lesson.hash;
    write(dir.path(), "docker/01-first/workspace/site/index.html", "<h2>");
    let library = Library::load(dir.path()).unwrap();
    assert_ne!(library.lesson("docker", "first").unwrap().hash, before);
}

#[test]
fn what_is_wrong_is_said_all_at_once() {
    let dir = content();
    write(
        dir.path(),
        "docker/course.yaml",
        "title: A course\nsumary: x\nlessons: []\n",
    );
    write(dir.path(), "Upper/course.yaml", COURSE);
    fs::create_dir(dir.path().join("empty")).unwrap();
    write(
        dir.path(),
        "other/course.yaml",
        "title: B\nsummary: b\nlessons: [01-a, 02-a, 03-c, x]\n",
    );
    write(
        dir.path(),
        "other/01-a/lesson.md",
        &lesson("A", "<b>x</b> [y](../09-y/lesson.md)"),
    );
    write(dir.path(), "other/02-a/lesson.md", &lesson("A", ""));
    write(dir.path(), "other/04-d/lesson.md", &lesson("D", ""));
    insta::assert_snapshot!(wrong(&dir));
}

#[test]
fn missing_and_unreadable_files_are_named() {
    let dir = content();
    fs::remove_file(dir.path().join("docker/01-first/lesson.md")).unwrap();
    fs::write(dir.path().join("docker/02-second/lesson.md"), b"\xff\xfe").unwrap();
    insta::assert_snapshot!(wrong(&dir));

    let problems = Library::load(&dir.path().join("nowhere")).expect_err("refused");
    assert_eq!(
        problems.iter().next().unwrap().message,
        "there is no such file or folder"
    );
    let empty = tempfile::tempdir().unwrap();
    assert!(wrong(&empty).contains("there is no course here"));
}

#[test]
fn links_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "secret", "secret");
    let cases: [(&str, &str); 4] = [
        ("docker/02-second/lesson.md", "secret"),
        ("docker/02-second/workspace/secret", "secret"),
        ("docker/02-second/workspace/folder", ""),
        ("docker/02-second/workspace", ""),
    ];
    for (place, target) in cases {
        let dir = content();
        let place = dir.path().join(place);
        let _ = fs::remove_file(&place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(outside.path().join(target), &place).unwrap();
        let said = Library::load(dir.path()).expect_err("refused").to_string();
        assert!(
            said.contains("links") && !said.contains("error: secret"),
            "{said}"
        );
    }
    // A course that is a link to a folder is not a course, and neither is a lesson.
    let dir = content();
    symlink(outside.path(), dir.path().join("linked")).unwrap();
    assert!(Library::load(dir.path()).is_ok());
}

#[test]
fn too_much_is_refused() {
    let dir = content();
    let text = "x".repeat(usize::try_from(limits::TEXT_MAX_BYTES).unwrap() + 1);
    write(dir.path(), "docker/01-first/lesson.md", &text);
    assert!(wrong(&dir).contains("the file is larger than 512 KiB"));

    let dir = content();
    let deep = "d/".repeat(limits::WORKSPACE_MAX_DEPTH + 1);
    write(dir.path(), &format!("docker/01-first/workspace/{deep}file"), "x");
    assert!(wrong(&dir).contains("goes deeper than 12 folders"));

    let dir = content();
    for number in 0..=limits::WORKSPACE_MAX_ENTRIES {
        write(dir.path(), &format!("docker/01-first/workspace/{number}"), "");
    }
    assert!(wrong(&dir).contains("more than 1000 files"));

    let dir = content();
    let file = fs::File::create(dir.path().join("docker/large")).unwrap();
    drop(file);
    write(dir.path(), "docker/01-first/workspace/large", "");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(dir.path().join("docker/01-first/workspace/large"))
        .unwrap();
    file.set_len(limits::WORKSPACE_MAX_BYTES + 1).unwrap();
    assert!(wrong(&dir).contains("larger than 16384 KiB"));
}
