//! `drydock lesson test`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use drydock_lesson::Library;
use drydock_sandbox::Sandboxes;
use futures::{StreamExt, stream};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use tokio_util::sync::CancellationToken;

use crate::classroom::{self, Classroom};
use crate::commands::content::{self, counted};
use crate::prove::{self, Case, Report, Trial};
use crate::settings::Settings;
use crate::state::LessonKey;
use crate::store::Store;

/// What is to be tried, and how.
#[derive(Debug, Args)]
pub struct Options {
    /// The folder that holds the courses; without it, the one that would be served.
    folder: Option<PathBuf>,
    /// Only what begins with this: COURSE, COURSE/LESSON or COURSE/LESSON/EXERCISE.
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// How many sandboxes are used at one time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=50))]
    jobs: u16,
    /// How often everything is tried: what holds once may hold by luck.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Writes the results to this file, as JUnit XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// A case and what came of it. An error is the machine's fault.
type Tried<'a> = (Case<'a>, anyhow::Result<Report>);

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
            "there is no exercise {}",
            options.only.as_ref().map_or_else(
                || format!("under {}", folder.display()),
                |only| format!("`{only}`")
            )
        );
    }
    let begun = Instant::now();
    let stage = Stage::set_up(settings, &library, &options).await?;
    let tried = tokio::select! {
        tried = stage.try_all(cases, options.jobs) => Some(tried),
        _ = tokio::signal::ctrl_c() => None,
    };
    stage.clear_away().await;
    let Some(tried) = tried else {
        bail!("stopped; nothing is left of the sandboxes")
    };

    if let Some(file) = &options.junit {
        let text = junit(&tried)
            .to_string()
            .context("the results cannot be written as XML")?;
        std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(summary(&tried, &folder, begun.elapsed()))
}

fn cases<'a>(library: &'a Library, options: &Options) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    for course in library.courses() {
        for lesson in &course.lessons {
            let key = LessonKey {
                course: course.summary.slug.clone(),
                lesson: lesson.slug.clone(),
            };
            for exercise in &lesson.exercises {
                let name = format!("{}/{}/{}", key.course, key.lesson, exercise.id);
                let wanted = options.only.as_ref().is_none_or(|only| {
                    name.strip_prefix(only.trim_end_matches('/'))
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                if wanted {
                    cases.extend(prove::cases(&key, lesson, exercise, options.rounds));
                }
            }
        }
    }
    cases
}

/// A Drydock of its own for the trials, without the web: beside one that is served, and gone afterwards.
struct Stage {
    sandboxes: Sandboxes,
    classroom: Classroom,
    host: bollard::Docker,
    instance: String,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn set_up(mut settings: Settings, library: &Library, options: &Options) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let images = settings.data_dir.join("images");
        if images.exists() {
            std::os::unix::fs::symlink(&images, folder.path().join("images"))?;
        }
        folder.path().clone_into(&mut settings.data_dir);
        let sandbox = &mut settings.sandbox;
        if settings.registry.volume.is_empty() {
            // The classroom's images are those of the Drydock that these settings are of.
            settings.registry.volume = format!("drydock-{}-registry", sandbox.instance);
        }
        sandbox.instance = format!("try-{}", std::process::id());
        folder.path().clone_into(&mut sandbox.data_dir);
        sandbox.preload = content::images(library);
        sandbox.capacity = options.jobs;
        // As soon as one is used up, the next one is made.
        sandbox.pool = options.jobs;
        // From the far end, as a served one begins at the near one.
        let (first, last) = sandbox.slots;
        sandbox.slots = (first.max(last.saturating_sub(2 * options.jobs) + 1), last);

        let store = Store::open(&folder.path().join("drydock.db")).await?;
        let stop = CancellationToken::new();
        let authority = classroom::prepare(&mut settings)?;
        let host = drydock_sandbox::connect(&settings.docker_host)?;
        let sandboxes = Sandboxes::start(host.clone(), settings.sandbox.clone()).await?;
        let classroom = Classroom::start(&settings, host.clone(), &sandboxes, &store, authority, &stop)?;
        Ok(Self {
            sandboxes,
            classroom,
            host,
            instance: settings.sandbox.instance,
            stop,
            _folder: folder,
        })
    }

    async fn try_all<'a>(&self, cases: Vec<Case<'a>>, jobs: u16) -> Vec<Tried<'a>> {
        let reports = stream::iter(cases).map(|case| async move {
            let report = prove::run(&self.sandboxes, &self.classroom, &case).await;
            (case, report)
        });
        let mut reports = reports.buffer_unordered(jobs.into());
        let mut tried = Vec::new();
        while let Some((case, report)) = reports.next().await {
            tell(&case, &report);
            tried.push((case, report));
        }
        tried
    }

    async fn clear_away(self) {
        self.sandboxes.shutdown(false).await;
        self.stop.cancel();
        if let Err(error) = drydock_registry::purge(self.host, &self.instance).await {
            eprintln!("not everything of the registry could be removed: {error}");
        }
    }
}

fn name(case: &Case<'_>) -> String {
    format!("{}/{}/{}", case.key.course, case.key.lesson, case.exercise.id)
}

fn what(trial: Trial) -> String {
    match trial {
        Trial::Solution => "solution".to_owned(),
        Trial::Pitfall(number) => format!("pitfall {}", number + 1),
    }
}

/// A line for each, as it ends.
fn tell(case: &Case<'_>, report: &anyhow::Result<Report>) {
    let (mark, took) = match report {
        Ok(Report { fault: None, took }) => ("ok  ", *took),
        Ok(Report { took, .. }) => ("BAD ", *took),
        Err(_) => ("??  ", Duration::ZERO),
    };
    println!(
        "{mark} {:<44} {:<12} round {}  {:>5.1} s",
        name(case),
        what(case.trial),
        case.round,
        took.as_secs_f64()
    );
}

/// What is wrong, with its place, and how much of it.
fn summary(tried: &[Tried<'_>], content: &Path, took: Duration) -> ExitCode {
    let mut wrong = 0;
    for (case, report) in tried {
        let said = match report {
            Ok(Report { fault: None, .. }) => continue,
            Ok(Report {
                fault: Some(fault), ..
            }) => fault.to_string(),
            Err(error) => format!("it could not be tried: {error:#}"),
        };
        wrong += 1;
        println!(
            "\n{}: {} of `{}`, round {}: {said}",
            place(content, case),
            what(case.trial),
            case.exercise.id,
            case.round
        );
        if let Trial::Pitfall(number) = case.trial {
            let pitfall = &case.exercise.pitfalls[number];
            println!(
                "  it runs: {}\n  and has to fail at: {}",
                pitfall.run.trim(),
                pitfall.fails
            );
        }
    }
    let trials = counted(tried.len(), "trial");
    if wrong == 0 {
        println!("\n{trials}, nothing wrong ({:.0} s)", took.as_secs_f64());
        ExitCode::SUCCESS
    } else {
        println!("\n{trials}, {wrong} wrong ({:.0} s)", took.as_secs_f64());
        ExitCode::FAILURE
    }
}

/// `file:line` of the exercise.
fn place(content: &Path, case: &Case<'_>) -> String {
    let file = content
        .join(&case.key.course)
        .join(&case.lesson.folder)
        .join("lesson.md");
    let id = format!("id={}", case.exercise.id);
    let line = std::fs::read_to_string(&file).ok().and_then(|text| {
        text.lines()
            .position(|line| line.starts_with("```") && line.split_whitespace().any(|word| word == id))
    });
    format!("{}:{}", file.display(), line.map_or(1, |line| line + 1))
}

/// The same for machines: a suite an exercise, a case a trial.
fn junit(tried: &[Tried<'_>]) -> quick_junit::Report {
    let mut report = quick_junit::Report::new("drydock lesson test");
    let mut names: Vec<String> = tried.iter().map(|(case, _)| name(case)).collect();
    names.sort();
    names.dedup();
    for suite_name in names {
        let mut suite = TestSuite::new(suite_name.clone());
        for (case, result) in tried.iter().filter(|(case, _)| name(case) == suite_name) {
            let status = match result {
                Ok(Report { fault: None, .. }) => TestCaseStatus::success(),
                Ok(Report {
                    fault: Some(fault), ..
                }) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                    status.set_message(fault.to_string());
                    status
                }
                Err(error) => {
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    status.set_message(format!("{error:#}"));
                    status
                }
            };
            let mut entry = TestCase::new(format!("{}, round {}", what(case.trial), case.round), status);
            if let Ok(result) = result {
                entry.set_time(result.took);
            }
            suite.add_test_case(entry);
        }
        report.add_test_suite(suite);
    }
    report
}
