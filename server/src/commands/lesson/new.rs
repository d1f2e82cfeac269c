//! `drydock lesson new`: a lesson to begin with, which passes lint and test as it is.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use drydock_lesson::{is_slug, lesson_slug};

use crate::settings::Settings;

const LESSON: &str = include_str!("skeleton/lesson.md");
const DOCKERFILE: &str = include_str!("skeleton/Dockerfile");

pub(super) fn run(settings: &Settings, path: &Path) -> anyhow::Result<ExitCode> {
    let folder = place(&settings.content, path);
    make(&folder)?;
    println!(
        "{} is there. Look at it with `drydock lesson dev`, and try it with `drydock lesson test`.",
        folder.join("lesson.md").display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Where a lesson goes: `COURSE/NN-name` below the content folder that the settings name, any other path as it is.
fn place(content: &Path, path: &Path) -> PathBuf {
    let is_short =
        path.components().count() == 2 && path.components().all(|part| matches!(part, Component::Normal(_)));
    if is_short && !content.as_os_str().is_empty() {
        content.join(path)
    } else {
        path.to_owned()
    }
}

/// Makes the lesson, and the course around it where there is none. What is there is never written over.
fn make(folder: &Path) -> anyhow::Result<()> {
    let name = name_of(folder)?;
    let slug = lesson_slug(name).with_context(|| {
        format!("`{name}` is not a lesson's folder: name it like `02-images`, a number, a dash, then lower-case letters, digits and dashes")
    })?;
    let course = folder
        .parent()
        .context("a lesson is in the folder of its course")?;
    let course_name = name_of(course)?;
    ensure!(
        is_slug(course_name),
        "`{course_name}` is not a course's folder: name it with lower-case letters, digits and single dashes"
    );
    ensure!(
        !folder.exists(),
        "{} is there already, and nothing in it was touched: choose another name",
        folder.display()
    );
    let listed = listed(&course.join("course.yaml"), course_name, name)?;
    let fill = |text: &str| text.replace("__TITLE__", &title(slug)).replace("__SLUG__", slug);

    let files = folder.join("workspace").join(slug);
    fs::create_dir_all(&files).with_context(|| format!("{} cannot be made", files.display()))?;
    write_new(&folder.join("lesson.md"), &fill(LESSON))?;
    write_new(&files.join("Dockerfile"), &fill(DOCKERFILE))?;
    match listed {
        Listing::New(text) => write_new(&course.join("course.yaml"), &text),
        Listing::Changed(text) => replace(&course.join("course.yaml"), &text),
        Listing::There => Ok(()),
    }
}

fn name_of(folder: &Path) -> anyhow::Result<&str> {
    folder
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(|| {
            format!(
                "`{}` does not name a lesson: write `content/COURSE/NN-name`",
                folder.display()
            )
        })
}

/// `multi-stage` is "Multi stage".
fn title(slug: &str) -> String {
    let words = slug.replace('-', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What becomes of the course's file.
#[derive(Debug, PartialEq, Eq)]
enum Listing {
    New(String),
    Changed(String),
    There,
}

fn listed(file: &Path, course: &str, lesson: &str) -> anyhow::Result<Listing> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Listing::New(format!(
                "title: {}\nsummary: Say in one sentence what this course is about.\nlessons:\n  - {lesson}\n",
                title(course)
            )));
        }
        Err(error) => return Err(error).with_context(|| file.display().to_string()),
    };
    add(&text, lesson).with_context(|| {
        format!(
            "{} has no list of lessons that a line could be added to: add `{lesson}` to it by hand, and run this again",
            file.display()
        )
    })
}

/// Adds a lesson to a course's list, by its number. Everything else in the text stays as it is.
fn add(text: &str, lesson: &str) -> Option<Listing> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| line.starts_with("lessons:"))?;
    let rest = lines[start]["lessons:".len()..].trim();
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    if let Some(inside) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let mut names: Vec<&str> = inside
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        if names.contains(&lesson) {
            return Some(Listing::There);
        }
        names.insert(after(&names, lesson), lesson);
        lines[start] = format!("lessons: [{}]", names.join(", "));
    } else {
        if !(rest.is_empty() || rest.starts_with('#')) {
            return None;
        }
        let items: Vec<(usize, String)> = lines
            .iter()
            .enumerate()
            .skip(start + 1)
            .take_while(|(_, line)| line.is_empty() || line.starts_with([' ', '-', '#']))
            .filter_map(|(number, line)| {
                let item = line.trim().strip_prefix("- ")?;
                Some((
                    number,
                    item.split(" #").next().unwrap_or_default().trim().to_owned(),
                ))
            })
            .collect();
        let names: Vec<&str> = items.iter().map(|(_, name)| name.as_str()).collect();
        if names.contains(&lesson) {
            return Some(Listing::There);
        }
        let index = after(&names, lesson);
        let (last, _) = items.get(index.saturating_sub(1))?;
        let indent: String = lines[*last].chars().take_while(|c| *c == ' ').collect();
        let at = if index == 0 { *last } else { last + 1 };
        lines.insert(at, format!("{indent}- {lesson}"));
    }
    Some(Listing::Changed(lines.join("\n") + "\n"))
}

/// The place of a lesson among others: before the first with a higher number.
fn after(names: &[&str], lesson: &str) -> usize {
    let number = |name: &str| {
        name.split('-')
            .next()
            .and_then(|number| number.parse::<u32>().ok())
    };
    let mine = number(lesson);
    names
        .iter()
        .position(|name| number(name) > mine)
        .unwrap_or(names.len())
}

/// Writes a file that is not there.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file: File = file.with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Writes a file that is there, as a whole or not at all.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let Ok(mut new) = tempfile::NamedTempFile::new_in(folder) else {
        bail!("nothing can be written in {}", folder.display());
    };
    new.write_all(text.as_bytes())?;
    if let Ok(known) = fs::metadata(path) {
        fs::set_permissions(new.path(), known.permissions())?;
    }
    new.persist(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use drydock_lesson::Library;

    use super::*;

    #[test]
    fn what_is_made_is_sound_and_in_its_course() {
        let content = tempfile::tempdir().unwrap();
        make(&content.path().join("tools/02-multi-stage")).unwrap();
        make(&content.path().join("tools/01-first")).unwrap();
        make(&content.path().join("tools/10-last")).unwrap();
        let lint = Library::lint(content.path());
        assert_eq!(lint.problems, []);
        let library = lint.library.unwrap();
        assert_eq!(library.unknown_images(&["busybox".parse().unwrap()]), []);
        let course = library.course("tools").unwrap();
        let titles: Vec<&str> = course
            .lessons
            .iter()
            .map(|lesson| lesson.page.lesson.title.as_str())
            .collect();
        assert_eq!(titles, ["First", "Multi stage", "Last"]);
    }

    #[test]
    fn what_is_there_is_never_written_over() {
        let content = tempfile::tempdir().unwrap();
        let folder = content.path().join("tools/01-first");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("lesson.md"), "mine").unwrap();
        assert!(
            make(&folder)
                .unwrap_err()
                .to_string()
                .contains("is there already")
        );
        assert_eq!(fs::read_to_string(folder.join("lesson.md")).unwrap(), "mine");
        assert!(!content.path().join("tools/course.yaml").exists());
        for bad in ["tools/first", "tools/01-First", "To ols/01-first", "/"] {
            assert!(make(&content.path().join(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_is_added_to_and_else_left_alone() {
        let changed = |text: &str, lesson| match add(text, lesson) {
            Some(Listing::Changed(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            changed(
                "# ours\ntitle: A # b\nlessons:\n  - 01-a # the first\n\n  - 03-c\n",
                "02-b"
            ),
            "# ours\ntitle: A # b\nlessons:\n  - 01-a # the first\n  - 02-b\n\n  - 03-c\n"
        );
        assert_eq!(
            changed("lessons:\n- 02-b\ntitle: x\n", "01-a"),
            "lessons:\n- 01-a\n- 02-b\ntitle: x\n"
        );
        assert_eq!(
            changed("lessons: [01-a, 03-c]\n", "02-b"),
            "lessons: [01-a, 02-b, 03-c]\n"
        );
        assert_eq!(add("lessons: [01-a]", "01-a"), Some(Listing::There));
        assert_eq!(add("title: x\n", "01-a"), None);
        assert_eq!(add("lessons: &x [a\n  ]\n", "01-a"), None);
    }

    #[test]
    fn short_names_are_below_the_content_folder() {
        let content = Path::new("/srv/content");
        assert_eq!(
            place(content, Path::new("docker/03-build")),
            Path::new("/srv/content/docker/03-build")
        );
        assert_eq!(
            place(content, Path::new("a/docker/03-build")),
            Path::new("a/docker/03-build")
        );
        assert_eq!(
            place(Path::new(""), Path::new("docker/03-build")),
            Path::new("docker/03-build")
        );
    }
}
