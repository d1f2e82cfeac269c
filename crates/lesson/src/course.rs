//! `course.yaml`: what a course is called and which lessons it has, in which order.

use drydock_protocol::page::CourseAbout;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::limits;
use crate::parse::front::line;
use crate::problem::Problem;
use crate::schema;
use crate::slug;
use crate::source::Source;
use crate::yaml::Yaml;

/// A course's file, checked.
#[derive(Debug)]
pub(crate) struct CourseFile {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) about: CourseAbout,
    /// The folders of its lessons, in order.
    pub(crate) folders: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    title: Spanned<String>,
    summary: Spanned<String>,
    #[serde(default)]
    prerequisites: Vec<Spanned<String>>,
    #[serde(default)]
    objectives: Vec<Spanned<String>>,
    #[serde(default)]
    makes: Vec<Spanned<String>>,
    lessons: Spanned<Vec<Spanned<String>>>,
}

/// The keys of a course's file.
pub(crate) fn keys() -> &'static [&'static str] {
    schema::keys::of::<Body>()
}

/// Reads a course's file. `present` are the folders beside it.
pub(crate) fn read(source: &Source, present: &[String]) -> (Option<CourseFile>, Vec<Problem>) {
    let yaml = Yaml {
        source,
        range: 0..source.text().len(),
    };
    let body: Body = match source.check().and_then(|()| yaml.read()) {
        Ok(body) => body,
        Err(problem) => return (None, vec![problem]),
    };
    let mut problems = Vec::new();
    line(&yaml, &body.title, "title", 80, &mut problems);
    line(&yaml, &body.summary, "summary", 300, &mut problems);
    let about = CourseAbout {
        prerequisites: lines(&yaml, body.prerequisites, "prerequisite", &mut problems),
        objectives: lines(&yaml, body.objectives, "objective", &mut problems),
        makes: lines(&yaml, body.makes, "thing that is made", &mut problems),
    };
    let count = body.lessons.value.len();
    if count == 0 || count > limits::LESSONS_MAX {
        let message = format!(
            "a course has 1 to {} lessons, this one has {count}",
            limits::LESSONS_MAX
        );
        problems.push(yaml.problem_at(body.lessons.referenced, message));
    }
    let mut folders: Vec<String> = Vec::new();
    let mut slugs: Vec<&str> = Vec::new();
    for lesson in &body.lessons.value {
        let folder = lesson.value.as_str();
        let refuse = |message: String, help: String| yaml.problem_at(lesson.referenced, message).help(help);
        let Some(slug) = slug::lesson_slug(folder) else {
            let help =
                "name it like `02-images`: a number, a dash, then lower-case letters, digits and dashes";
            problems.push(refuse(
                format!("`{folder}` is not a lesson's folder"),
                help.to_owned(),
            ));
            continue;
        };
        if slugs.contains(&slug) {
            let help = "the part after the number stands in the address, so each needs its own";
            problems.push(refuse(
                format!("there is another lesson `{slug}`"),
                help.to_owned(),
            ));
            continue;
        }
        if !present.iter().any(|known| known == folder) {
            let known: Vec<&str> = present.iter().map(String::as_str).collect();
            let help = crate::nearest::help(folder, &known);
            problems.push(refuse(
                format!("there is no folder `{folder}` beside this file"),
                help,
            ));
            continue;
        }
        slugs.push(slug);
        folders.push(folder.to_owned());
    }
    for folder in present
        .iter()
        .filter(|folder| !body.lessons.value.iter().any(|lesson| lesson.value == **folder))
    {
        let problem = yaml.problem_at(
            body.lessons.referenced,
            format!("the folder `{folder}` is not listed here"),
        );
        problems.push(problem.help("add it where it is taught, or move it out of the course"));
    }
    let file = CourseFile {
        title: body.title.value.trim().to_owned(),
        summary: body.summary.value.trim().to_owned(),
        about,
        folders,
    };
    (Some(file), problems)
}

/// A list of single lines.
fn lines(
    yaml: &Yaml<'_>,
    list: Vec<Spanned<String>>,
    what: &str,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    if let Some(first_too_many) = list.get(limits::COURSE_LINES_MAX) {
        let message = format!("there is room for {} of these", limits::COURSE_LINES_MAX);
        problems.push(yaml.problem_at(first_too_many.referenced, message));
    }
    for text in &list {
        line(yaml, text, what, 200, problems);
    }
    list.into_iter()
        .map(|text| text.value.trim().to_owned())
        .collect()
}
