//! Courses from a folder: the only part of this crate that reads files.
//!
//! It follows no symbolic link, and sizes, counts and depths are bounded before anything is read, so that a
//! course from a stranger can neither reach out of its folder nor cost more than a refusal.

mod links;

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::sync::Arc;

use drydock_protocol::page::{CourseSummary, LessonPage, Link};

use crate::course;
use crate::figure;
use crate::lesson::{Lesson, LessonHash};
use crate::library::{Course, Library, Lint};
use crate::limits;
use crate::lint::Wanted;
use crate::parse::{self, Context, Later};
use crate::problem::{self, Problem, Problems, Severity};
use crate::slug;
use crate::source::Source;
use crate::workspace;

/// Reads all courses of a content folder.
pub(crate) fn library(dir: &Path) -> Result<Library, Problems> {
    let (library, mut problems) = read(dir)?;
    problems.retain(|problem| problem.severity == Severity::Error);
    Problems::check(problems)?;
    Ok(library)
}

/// Reads all courses of a content folder, and says all that there is to say.
pub(crate) fn lint(dir: &Path) -> Lint {
    match read(dir) {
        Ok((library, mut problems)) => {
            problem::sort(&mut problems);
            let is_sound = problems
                .iter()
                .all(|problem| problem.severity == Severity::Warning);
            Lint {
                library: is_sound.then_some(library),
                problems,
            }
        }
        Err(problem) => Lint {
            library: None,
            problems: vec![problem],
        },
    }
}

/// What is gathered on the way.
#[derive(Default)]
struct Gathered {
    problems: Vec<Problem>,
    wanted: Vec<Wanted>,
    /// The headings of each lesson, by course and folder.
    anchors: BTreeMap<(String, String), Vec<String>>,
    /// Links that lead out of their lesson, by course.
    later: Vec<(String, Later)>,
}

fn read(dir: &Path) -> Result<(Library, Vec<Problem>), Problem> {
    let mut gathered = Gathered::default();
    let mut courses = Vec::new();
    let names = folders(dir)?;
    for name in &names {
        let folder = dir.join(name);
        if !folder.join("course.yaml").exists() {
            gathered.problems.push(
                Problem::of_file(show(&folder), "the folder has no `course.yaml`")
                    .help("add one with `title`, `summary` and `lessons`, or move the folder away"),
            );
        } else if !slug::is_slug(name) {
            gathered.problems.push(
                Problem::of_file(show(&folder), format!("`{name}` cannot stand in an address"))
                    .help("name the folder with lower-case letters, digits and single dashes"),
            );
        } else if courses.len() == limits::COURSES_MAX {
            gathered.problems.push(Problem::of_file(
                show(dir),
                format!("there are more than {} courses", limits::COURSES_MAX),
            ));
            break;
        } else {
            courses.extend(read_course(&folder, name, &mut gathered));
        }
    }
    if courses.is_empty() && gathered.problems.is_empty() {
        gathered.problems.push(
            Problem::of_file(show(dir), "there is no course here")
                .help("a course is a folder with a `course.yaml` in it"),
        );
    }
    gathered.check_links(&names);
    let Gathered { problems, wanted, .. } = gathered;
    Ok((Library { courses, wanted }, problems))
}

fn read_course(folder: &Path, name: &str, gathered: &mut Gathered) -> Option<Course> {
    let read = folders(folder).and_then(|present| Ok((present, text(&folder.join("course.yaml"))?)));
    let (present, source) = match read {
        Ok(read) => read,
        Err(problem) => {
            gathered.problems.push(problem);
            return None;
        }
    };
    let (file, found) = course::read(&source, &present);
    gathered.problems.extend(found);
    let file = file?;
    let mut lessons = Vec::new();
    for lesson_folder in &file.folders {
        let link = Link {
            slug: name.to_owned(),
            title: file.title.clone(),
        };
        lessons.extend(read_lesson(
            &folder.join(lesson_folder),
            link,
            &file.folders,
            gathered,
        ));
    }
    connect(&mut lessons);
    Some(Course {
        summary: CourseSummary {
            slug: name.to_owned(),
            title: file.title,
            summary: file.summary,
            about: file.about,
            lessons: lessons.iter().map(|lesson| lesson.page.lesson.clone()).collect(),
        },
        lessons,
    })
}

fn read_lesson(folder: &Path, course: Link, folders: &[String], gathered: &mut Gathered) -> Option<Lesson> {
    let name = folder.file_name()?.to_str()?;
    let slug = slug::lesson_slug(name)?;
    let read = text(&folder.join("lesson.md"))
        .and_then(|source| Ok((source, workspace::read(&folder.join("workspace"))?)));
    let (source, workspace) = match read {
        Ok(read) => read,
        Err(problem) => {
            gathered.problems.push(problem);
            return None;
        }
    };
    let figures = figure::folder::read(&folder.join("figures"), &mut gathered.problems);
    let (drawn, found) = parse::parse_all(
        &source,
        Context {
            course: &course.slug,
            folders,
            slug,
            figures: &figures,
            declared: &[],
        },
    );
    gathered.problems.extend(found);
    let hash = LessonHash::of(source.text(), &figures, &workspace);
    let workspace = Arc::new(workspace);
    let parse::Drawn { vars, mut all } = drawn;
    // What could be better, and what has to be looked at later, is much the same with all values: it is told with the first.
    let (_, parsed) = all.first_mut()?;
    gathered.problems.append(&mut parsed.warnings);
    gathered.wanted.append(&mut parsed.wanted);
    let place = (course.slug.clone(), name.to_owned());
    gathered
        .anchors
        .insert(place, std::mem::take(&mut parsed.anchors));
    let later = std::mem::take(&mut parsed.later).into_iter();
    gathered
        .later
        .extend(later.map(|later| (course.slug.clone(), later)));
    let mut lessons = all.into_iter().map(|(draw, parsed)| Lesson {
        slug: parsed.summary.slug.clone(),
        folder: name.to_owned(),
        page: LessonPage {
            course: course.clone(),
            lesson: parsed.summary,
            objectives: parsed.objectives,
            contents: parsed.contents,
            blocks: parsed.blocks,
            solutions: parsed.solutions.unwrap_or_default().on_the_page(),
            previous: None,
            next: None,
        },
        places: parsed.places,
        sandbox: parsed.sandbox,
        solutions: parsed.solutions,
        exercises: parsed.exercises,
        vars: vars.clone(),
        draw,
        others: Vec::new(),
        hash,
        workspace: Arc::clone(&workspace),
    });
    let mut first = lessons.next()?;
    first.others = lessons.collect();
    Some(first)
}

/// Gives each lesson its neighbours.
fn connect(lessons: &mut [Lesson]) {
    let links: Vec<Link> = lessons
        .iter()
        .map(|lesson| Link {
            slug: lesson.slug.clone(),
            title: lesson.page.lesson.title.clone(),
        })
        .collect();
    for (index, lesson) in lessons.iter_mut().enumerate() {
        let previous = index.checked_sub(1).map(|previous| links[previous].clone());
        let next = links.get(index + 1).cloned();
        for page in lesson
            .others
            .iter_mut()
            .map(|other| &mut other.page)
            .chain([&mut lesson.page])
        {
            page.previous.clone_from(&previous);
            page.next.clone_from(&next);
        }
    }
}

/// The names of the folders in a folder, in order. Names that begin with a dot are left out.
fn folders(dir: &Path) -> Result<Vec<String>, Problem> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(|error| unreadable(dir, &error))? {
        let entry = entry.map_err(|error| unreadable(dir, &error))?;
        // Not followed: a symbolic link is no folder.
        let kind = entry
            .file_type()
            .map_err(|error| unreadable(&entry.path(), &error))?;
        match entry.file_name().into_string() {
            Ok(name) if kind.is_dir() && !name.starts_with('.') => names.push(name),
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}

/// Reads a text file that is no link and not too large.
fn text(path: &Path) -> Result<Source, Problem> {
    let bytes = bytes(path, limits::TEXT_MAX_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        Problem::of_file(
            show(path),
            format!(
                "byte {} of the file is not UTF-8",
                error.utf8_error().valid_up_to()
            ),
        )
        .help("save it as UTF-8")
    })?;
    Ok(Source::new(show(path), &text))
}

/// Reads a regular file, at most so many bytes.
pub(crate) fn bytes(path: &Path, max: u64) -> Result<Vec<u8>, Problem> {
    let kind = fs::symlink_metadata(path)
        .map_err(|error| unreadable(path, &error))?
        .file_type();
    if !kind.is_file() {
        return Err(Problem::of_file(show(path), "this is not a regular file")
            .help("put the file itself here: links and devices are not followed"));
    }
    let file = fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut bytes = Vec::new();
    // One more than is allowed tells whether there is more, whatever the file's size is said to be.
    file.take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, &error))?;
    if bytes.len() as u64 > max {
        return Err(Problem::of_file(
            show(path),
            format!("the file is larger than {} KiB", max / 1024),
        ));
    }
    Ok(bytes)
}

/// A file or folder that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound => Problem::of_file(show(path), "there is no such file or folder"),
        _ => Problem::of_file(show(path), format!("it cannot be read: {error}")),
    }
}

/// A path for people.
pub(crate) fn show(path: &Path) -> String {
    path.display().to_string()
}
