//! `drydock grade`.

mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context, bail};
use clap::Args;
use drydock_lesson::{Lesson, Library};
use drydock_protocol::grade::{Grade, GradeState};
use drydock_submission::{Submission, student_of};
use futures::{StreamExt, stream};

use self::report::Format;
use crate::commands::content::{self, counted};
use crate::grade::{self, Task};
use crate::settings::Settings;
use crate::stage::{Room, Stage};
use crate::state::LessonKey;

/// The command line cannot be followed.
const USAGE: u8 = 2;
/// Some could not be graded, for a reason that lies with this machine.
const LOST: u8 = 3;

/// What is to be graded, and how.
#[derive(Debug, Args)]
pub struct Options {
    /// COURSE/LESSON, or the folder of a lesson.
    lesson: String,
    /// Folders or archives (tar, tar.gz, zip): files for the home folder, and `commands.sh` to be run.
    #[arg(required = true)]
    submissions: Vec<PathBuf>,
    /// The folder that holds the courses; without it, the one that would be served.
    #[arg(long, value_name = "FOLDER")]
    content: Option<PathBuf>,
    /// How many are graded at one time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=50))]
    jobs: u16,
    /// Seconds that the commands of a submission may run, all together.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=7200))]
    timeout: u32,
    /// The exit code is 1 if any submission has less than so many percent of the points.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u32).range(0..=100))]
    threshold: Option<u32>,
    /// How the results are written: `table`, `json`, `junit` or `csv`, to standard output, or to a file: `csv=grades.csv`. Can be
    /// given several times. Without it: `table`.
    #[arg(long, value_name = "FORMAT[=FILE]")]
    format: Vec<Format>,
}

/// Grades. Exit code 0: all graded; 1: a threshold was missed; 2: the command line cannot be followed; 3: this machine could not grade
/// all of them.
pub async fn run(settings: Settings, options: Options) -> anyhow::Result<ExitCode> {
    if options
        .format
        .iter()
        .filter(|format| format.file.is_none())
        .count()
        > 1
    {
        eprintln!(
            "drydock: only one format can go to standard output: give the others files, as in `--format csv=grades.csv`"
        );
        return Ok(ExitCode::from(USAGE));
    }
    let (library, key) = match find(&settings, &options) {
        Ok(found) => found,
        Err(error) => {
            eprintln!("drydock: {error:#}");
            return Ok(ExitCode::from(USAGE));
        }
    };
    // With the first of each variable's values, for everybody.
    let lesson = library
        .lesson(&key.course, &key.lesson)
        .context("a lesson that was just found")?
        .of_round(0);
    let room = Room {
        jobs: options.jobs,
        spare: options.jobs,
    };
    let stage = Stage::set_up(settings, &library, "grade", room).await?;
    let outcome = tokio::select! {
        grades = grade_all(&stage, lesson, &key, &options) => Some(grades),
        _ = tokio::signal::ctrl_c() => None,
    };
    stage.clear_away().await;
    let Some(grades) = outcome else {
        bail!("stopped; nothing is left of the sandboxes")
    };
    let formats = if options.format.is_empty() {
        vec![Format::default()]
    } else {
        options.format
    };
    for format in &formats {
        format.write(&grades)?;
    }
    Ok(exit(&grades, options.threshold))
}

/// The lesson, among all that its content folder holds.
fn find(settings: &Settings, options: &Options) -> anyhow::Result<(Library, LessonKey)> {
    let path = Path::new(&options.lesson);
    let (content, wanted) = if options.content.is_none() && path.join("lesson.md").is_file() {
        let path = path.canonicalize()?;
        let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
        let course = path.parent().context("a lesson stands in a course's folder")?;
        let content = course.parent().context("a course stands in a content folder")?;
        let (course, lesson) = name(course)
            .zip(name(&path))
            .context("the names of the folders are not UTF-8")?;
        (content.to_owned(), (course, lesson))
    } else {
        let (course, lesson) = options.lesson.split_once('/').with_context(|| {
            format!(
                "`{}` is neither COURSE/LESSON nor a folder with a lesson.md in it",
                options.lesson
            )
        })?;
        let content = match &options.content {
            Some(content) => content.clone(),
            None => content::folder(settings)?,
        };
        (
            content,
            (course.to_owned(), lesson.trim_end_matches('/').to_owned()),
        )
    };
    let library = Library::load(&content).map_err(|problems| {
        anyhow::anyhow!(
            "the lessons under {} cannot be used\n{problems}",
            content.display()
        )
    })?;
    let (course, wanted) = wanted;
    let found = library.course(&course).and_then(|course| {
        let mut lessons = course.lessons.iter();
        lessons.find(|lesson| lesson.slug == wanted || lesson.folder == wanted)
    });
    let Some(lesson) = found else {
        let known: Vec<String> = library
            .courses()
            .iter()
            .flat_map(|course| {
                let lessons = course.lessons.iter();
                lessons.map(|lesson| format!("{}/{}", course.summary.slug, lesson.slug))
            })
            .collect();
        bail!(
            "there is no lesson `{course}/{wanted}`; there is {}",
            known.join(", ")
        );
    };
    let key = LessonKey {
        course,
        lesson: lesson.slug.clone(),
    };
    Ok((library, key))
}

async fn grade_all(stage: &Stage, lesson: &Lesson, key: &LessonKey, options: &Options) -> Vec<Grade> {
    let all = options.submissions.len();
    let grades = stream::iter(options.submissions.iter().enumerate()).map(|(number, path)| async move {
        let begun = Instant::now();
        let student = student_of(path);
        let task = Task {
            key,
            lesson,
            only: None,
            student: &student,
            handed_in: modified(path),
            time: Duration::from_secs(options.timeout.into()),
        };
        // Reading may take a while, and blocks.
        let own = path.clone();
        let read = tokio::task::spawn_blocking(move || Submission::read(&own)).await;
        let submission = read.unwrap_or(Err(drydock_submission::Refusal::NoArchive));
        let grade = grade::grade(&stage.sandboxes, &stage.classroom, &task, submission).await;
        (number, grade, begun.elapsed())
    });
    let mut grades = std::pin::pin!(grades.buffer_unordered(options.jobs.into()));
    let mut done = Vec::new();
    while let Some((number, grade, took)) = grades.next().await {
        eprintln!(
            "[{}/{all}] {}: {} of {}{}  ({:.1} s)",
            done.len() + 1,
            grade.student_id,
            grade.score,
            grade.max_score,
            match grade.state {
                GradeState::Graded => "",
                GradeState::Refused => ", refused",
                GradeState::Failed => ", failed",
                GradeState::Lost => ", NOT GRADED",
            },
            took.as_secs_f64()
        );
        done.push((number, grade));
    }
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, grade)| grade).collect()
}

/// When it was handed in, as far as its file knows.
fn modified(path: &Path) -> i64 {
    let modified = std::fs::metadata(path).and_then(|about| about.modified());
    modified
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}

fn exit(grades: &[Grade], threshold: Option<u32>) -> ExitCode {
    let lost = grades
        .iter()
        .filter(|grade| grade.state == GradeState::Lost)
        .count();
    if lost > 0 {
        eprintln!(
            "{} could not be graded; the reason lies with this machine, not with them",
            counted(lost, "submission")
        );
        return ExitCode::from(LOST);
    }
    let missed = threshold.map_or(0, |percent| {
        let missing =
            |grade: &&Grade| u64::from(grade.score) * 100 < u64::from(grade.max_score) * u64::from(percent);
        grades.iter().filter(missing).count()
    });
    if missed > 0 {
        eprintln!(
            "{} below {} %",
            counted(missed, "submission"),
            threshold.unwrap_or_default()
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
