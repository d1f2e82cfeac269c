//! `drydock lesson test`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use drydock_lesson::{Library, Place};
use futures::{StreamExt, stream};

use super::report::{self, Tried};
use crate::commands::content;
use crate::prove::{self, Case, Trial};
use crate::settings::Settings;
use crate::stage::{Room, Stage};
use crate::state::LessonKey;

/// What is to be tried, and how.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder that holds the courses; without it, the one that would be served.
    folder: Option<PathBuf>,
    /// Only what begins with this: COURSE, COURSE/LESSON or COURSE/LESSON/EXERCISE.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// What is tried.
    #[arg(long, value_enum, default_value_t = What::All)]
    what: What,
    /// How many sandboxes are used at one time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=50))]
    jobs: u16,
    /// How often everything is tried: what holds once may hold by luck.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// How often a trial in which something is wrong is done again. What is right then is told of and is no fault: for machines that are
    /// so busy that a command now and then does not answer in time.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=5))]
    retries: u32,
    /// Writes the results to this file, as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes to this file what the walks did, and what each command really printed.
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
}

/// What there is to try of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Everything.
    All,
    /// What the page says to do, in its order.
    Walk,
    /// Solutions and pitfalls.
    Exercises,
}

pub(super) async fn run(mut settings: Settings, options: Options) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &options.folder {
        settings.content.clone_from(folder);
    }
    let folder = content::folder(&settings)?;
    let library = match Library::load(&folder) {
        Ok(library) => library,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let cases = cases(&library, &options);
    if cases.is_empty() {
        bail!(
            "there is nothing to try {}",
            options.only.as_ref().map_or_else(
                || format!("under {}", folder.display()),
                |only| format!("`{only}`")
            )
        );
    }
    let begun = Instant::now();
    // While one is in use, the next one is made: a seat for each of the two.
    let room = Room {
        jobs: options.jobs,
        spare: options.jobs,
    };
    let stage = Stage::set_up(settings, &library, "try", room).await?;
    let tried = tokio::select! {
        tried = try_all(&stage, cases, &options) => Some(tried),
        _ = tokio::signal::ctrl_c() => None,
    };
    stage.clear_away().await;
    let Some(tried) = tried else {
        bail!("stopped; nothing is left of the sandboxes")
    };

    if let Some(file) = &options.junit {
        write(file, &report::junit(&tried)?)?;
    }
    if let Some(file) = &options.transcript {
        write(file, &report::transcript(&tried))?;
    }
    Ok(report::summary(&tried, &folder, begun.elapsed()))
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

/// What is to be tried. Walks take longest, so they come first.
fn cases<'a>(library: &'a Library, options: &Options) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for course in library.courses() {
        for lesson in &course.lessons {
            let key = LessonKey {
                course: course.summary.slug.clone(),
                lesson: lesson.slug.clone(),
            };
            for round in 1..=options.rounds {
                // Each time with other values for its variables.
                let lesson = lesson.of_round(round.saturating_sub(1) as usize);
                let walk = lesson.places.values().any(is_walked).then_some(Trial::Walk);
                let exercises = lesson.exercises.iter().flat_map(prove::trials);
                cases.extend(walk.into_iter().chain(exercises).map(|trial| Case {
                    key: key.clone(),
                    lesson,
                    trial,
                    round,
                }));
            }
        }
    }
    cases.retain(|case| options.wants(case));
    cases.sort_by_key(|case| (case.round, case.trial.exercise().is_some()));
    cases
}

/// Whether there is something to do at a place that is no exercise.
fn is_walked(place: &Place) -> bool {
    !matches!(place, Place::Exercise { .. })
}

impl Options {
    fn wants(&self, case: &Case<'_>) -> bool {
        let kind = match self.what {
            What::All => true,
            What::Walk => case.trial == Trial::Walk,
            What::Exercises => case.trial != Trial::Walk,
        };
        let named = self.only.as_ref().is_none_or(|only| {
            case.name()
                .strip_prefix(only.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        kind && named
    }
}

async fn try_all<'a>(stage: &Stage, cases: Vec<Case<'a>>, options: &Options) -> Vec<Tried<'a>> {
    let reports = stream::iter(cases).map(|case| async move {
        let mut tried = Vec::new();
        for left in (0..=options.retries).rev() {
            let report = prove::run(&stage.sandboxes, &stage.classroom, &case).await;
            report::tell(&case, &report);
            let is_wrong = !report.as_ref().is_ok_and(|report| report.found.is_empty());
            let again = is_wrong && left > 0;
            tried.push(Tried {
                case: case.clone(),
                report,
                again,
            });
            if !again {
                break;
            }
        }
        tried
    });
    let tried: Vec<Vec<Tried<'a>>> = reports.buffer_unordered(options.jobs.into()).collect().await;
    tried.into_iter().flatten().collect()
}
