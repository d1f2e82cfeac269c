//! Solutions come when they are due and not before; an exercise can be begun again, and skipped to.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use drydock_protocol::api::{
    ExerciseProgress, Progress, Replay, ReplayStep, Restarted, SandboxView, Solution,
};
use drydock_protocol::live::Event;
use drydock_protocol::page::{ConsoleLine, LessonPage, Solutions};
use drydock_protocol::verdict::Verdict;
use drydock_system_tests::{Browser, Drydock, Options, Socket};
use reqwest::StatusCode;

/// A replay types several commands, on a machine that is busy with other tests.
const REPLAY_DEADLINE: Duration = Duration::from_secs(180);

/// What nobody is to see before it is due.
const SECRET: &str = "docker tag busybox mine:v1";

fn exercise(id: &str, expect: &str, setup: &str, solution: &str) -> String {
    let setup = if setup.is_empty() {
        String::new()
    } else {
        format!("setup: {setup}\n")
    };
    format!(
        "```exercise id={id} points=2\ngoal: The goal of {id}.\n{setup}expect:\n  - {expect}\nhints:\n  - {{ ask: true, text: \"Do it.\" }}\nsolution: |\n  {solution}\n```\n\n"
    )
}

/// A course of lessons that differ in when their solutions are shown, and in what is wrong with them.
fn write_course(folder: &Path) -> Result<()> {
    let tag = || exercise("tag", "image: mine:v1", "", SECRET);
    let notes = exercise(
        "notes",
        "{file: notes.txt, has: '^new'}",
        "echo old > notes.txt",
        "echo new > notes.txt",
    );
    let last = exercise("last", "image: mine:v3", "", "docker tag busybox mine:v3");
    let stuck = exercise("stuck", "image: mine:v2", "", "docker tag busybox mine:v9");
    let lessons = [
        ("01-usual", "", [tag(), notes, last.clone()].concat()),
        ("02-open", "solutions: always\n", tag()),
        ("03-tried", "solutions: after 1 fail\n", tag()),
        ("04-closed", "solutions: never\n", [tag(), last.clone()].concat()),
        ("05-broken", "", [tag(), stuck, last].concat()),
    ];
    let names: Vec<&str> = lessons.iter().map(|(name, ..)| *name).collect();
    std::fs::create_dir_all(folder.join("try"))?;
    std::fs::write(
        folder.join("try/course.yaml"),
        format!(
            "title: Try\nsummary: For tests.\nlessons: [{}]\n",
            names.join(", ")
        ),
    )?;
    for (name, front, exercises) in lessons {
        let lesson = folder.join("try").join(name);
        std::fs::create_dir_all(&lesson)?;
        let head = format!(
            "---\ntitle: A lesson\nsummary: For tests.\nminutes: 5\nobjectives:\n  - Try\nsandbox:\n  images: [busybox]\n{front}---\n\nText.\n\n## All\n\n"
        );
        std::fs::write(lesson.join("lesson.md"), head + &exercises)?;
    }
    Ok(())
}

/// A Drydock with that course.
async fn drydock() -> Result<(Drydock, tempfile::TempDir)> {
    let folder = tempfile::tempdir()?;
    write_course(folder.path())?;
    let drydock = Drydock::start(Options {
        settings: vec![
            ("REGISTRY__ENABLED".to_owned(), "false".to_owned()),
            ("CONTENT".to_owned(), folder.path().display().to_string()),
        ],
        ..Options::default()
    })
    .await?;
    Ok((drydock, folder))
}

fn address(lesson: &str, exercise: &str, verb: &str) -> String {
    format!("/api/v1/courses/try/lessons/{lesson}/exercises/{exercise}/{verb}")
}

async fn start(browser: &Browser, lesson: &str) -> Result<SandboxView> {
    let wanted = serde_json::json!({ "course": "try", "lesson": lesson });
    browser
        .post("/api/v1/sandbox", &wanted)
        .await?
        .error_for_status()?;
    browser.until_ready().await
}

async fn check(browser: &Browser, lesson: &str, exercise: &str) -> Result<Verdict> {
    let answer = browser.post(&address(lesson, exercise, "check"), &()).await?;
    Ok(answer.error_for_status()?.json().await?)
}

async fn standing(browser: &Browser, lesson: &str, exercise: &str) -> Result<ExerciseProgress> {
    let progress: Progress = browser.json("/api/v1/progress").await?;
    let lesson = progress.lessons.get(&format!("try/{lesson}"));
    lesson
        .and_then(|lesson| lesson.get(exercise))
        .cloned()
        .context("a standing")
}

/// Asks for a solution that is not due, and makes sure that it does not come.
async fn refused(browser: &Browser, lesson: &str) -> Result<String> {
    let answer = browser.post(&address(lesson, "tag", "solution"), &()).await?;
    assert_eq!(answer.status(), StatusCode::CONFLICT, "{lesson}");
    let problem = Browser::problem(answer).await?;
    assert_eq!(problem.kind, "/problems/solution-not-due");
    let said = serde_json::to_string(&problem)?;
    assert!(!said.contains(SECRET), "{said}");
    Ok(problem.detail)
}

async fn solution(browser: &Browser, lesson: &str, verb: &str) -> Result<Solution> {
    let answer = browser.post(&address(lesson, "tag", verb), &()).await?;
    Ok(answer.error_for_status()?.json().await?)
}

#[tokio::test]
async fn a_solution_is_shown_when_it_is_due_and_ends_what_can_be_won() -> Result<()> {
    let (drydock, _content) = drydock().await?;
    let browser = drydock.browser()?;
    for (lesson, solutions) in [
        ("usual", Solutions::AfterPassing),
        ("open", Solutions::Always),
        ("tried", Solutions::AfterFails),
        ("closed", Solutions::Never),
    ] {
        let page: LessonPage = browser
            .json(&format!("/api/v1/courses/try/lessons/{lesson}"))
            .await?;
        assert_eq!(page.solutions, solutions, "{lesson}");
        let html = browser
            .get(&format!("/courses/try/{lesson}"))
            .await?
            .text()
            .await?;
        assert!(!html.contains(SECRET), "{lesson}");
        assert_eq!(
            html.contains("data-solution"),
            solutions != Solutions::Never,
            "{lesson}"
        );
    }
    assert!(refused(&browser, "usual").await?.contains("passed"));
    assert!(refused(&browser, "tried").await?.contains("1 more try"));
    refused(&browser, "closed").await?;

    // Open: it comes at once, and what was not won by then is not won any more.
    let free = browser.post(&address("open", "tag", "solution"), &()).await?;
    let problem = Browser::problem(free).await?;
    assert_eq!(problem.kind, "/problems/gives-up", "only who agrees gives up");
    let shown = solution(&browser, "open", "solution?give_up=true").await?;
    assert!(
        matches!(&shown.console.lines[..], [ConsoleLine::Command { text, .. }] if text == SECRET),
        "{shown:?}"
    );
    assert!(shown.progress.given_up && shown.progress.points == 0);

    start(&browser, "usual").await?;
    assert!(!check(&browser, "tried", "tag").await?.passed);
    let tried = solution(&browser, "tried", "solution?give_up=true").await;
    tried.context("after one fail")?;

    browser.run(SECRET).await?;
    assert!(check(&browser, "open", "tag").await?.passed);
    let open = standing(&browser, "open", "tag").await?;
    assert!(open.passed && open.given_up && open.points == 0, "{open:?}");

    // Passed first: everything is kept, and there is something to compare with.
    assert!(check(&browser, "usual", "tag").await?.passed);
    let usual = solution(&browser, "usual", "solution").await?.progress;
    assert!(usual.passed && !usual.given_up && usual.points == 2, "{usual:?}");
    check(&browser, "closed", "tag").await?;
    refused(&browser, "closed").await?;

    // Begun again: the setup runs, what held is forgotten, what was won is not.
    browser.run("echo old > notes.txt; echo new > notes.txt").await?;
    assert!(check(&browser, "usual", "notes").await?.passed);
    let again = browser.post(&address("usual", "notes", "reset"), &()).await?;
    let again: Restarted = again.error_for_status()?.json().await?;
    assert!(again.exit_code == 0 && !again.verdict.passed, "{again:?}");
    assert_eq!(browser.run("cat notes.txt").await?, "old\n");
    let notes = standing(&browser, "usual", "notes").await?;
    assert!(notes.passed && notes.points == 2, "{notes:?}");
    let nothing = browser.post(&address("usual", "tag", "reset"), &()).await?;
    assert_eq!(nothing.status(), StatusCode::CONFLICT, "it has no setup");

    // A setup that fails says so.
    browser.run("rm notes.txt && mkdir notes.txt").await?;
    let failed = browser.post(&address("usual", "notes", "reset"), &()).await?;
    let failed: Restarted = failed.error_for_status()?.json().await?;
    assert!(
        failed.exit_code != 0 && failed.output.contains("notes.txt"),
        "{failed:?}"
    );
    Ok(())
}

/// The steps of a replay up to its end.
async fn steps(events: &mut Socket) -> Result<Vec<Replay>> {
    let mut steps = Vec::new();
    loop {
        let step = events
            .event(REPLAY_DEADLINE, |event| match event {
                Event::Replay(replay) => Some(replay),
                _ => None,
            })
            .await?;
        let over = step.step.is_over();
        steps.push(step);
        if over {
            return Ok(steps);
        }
    }
}

async fn skip(browser: &Browser, lesson: &str, exercise: &str) -> Result<StatusCode> {
    Ok(browser
        .post(&address(lesson, exercise, "skip"), &())
        .await?
        .status())
}

#[tokio::test]
async fn who_skips_gets_a_fresh_sandbox_with_what_comes_before() -> Result<()> {
    let (drydock, _content) = drydock().await?;
    let browser = drydock.browser()?;
    assert_eq!(
        skip(&browser, "usual", "tag").await?,
        StatusCode::CONFLICT,
        "nothing before it"
    );
    assert_eq!(
        skip(&browser, "closed", "last").await?,
        StatusCode::CONFLICT,
        "never shown"
    );
    let old = start(&browser, "usual").await?;
    browser.run("docker tag busybox mine:v1 && touch mine").await?;
    assert!(check(&browser, "usual", "tag").await?.passed);

    let mut events = browser.socket("/api/v1/events?course=try&lesson=usual").await?;
    assert_eq!(skip(&browser, "usual", "last").await?, StatusCode::ACCEPTED);
    assert_eq!(
        skip(&browser, "usual", "notes").await?,
        StatusCode::CONFLICT,
        "one at a time"
    );
    let told = steps(&mut events).await?;
    let doing: Vec<(u32, &str)> = told
        .iter()
        .filter_map(|replay| match &replay.step {
            ReplayStep::Exercise { id } => Some((replay.done, id.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(doing, [(0, "tag"), (1, "notes")]);
    let end = told.last().context("an end")?;
    assert_eq!((&end.step, end.done, end.total), (&ReplayStep::Finished, 2, 2));
    let asked: Replay = browser.json(&address("usual", "last", "skip")).await?;
    assert_eq!(&asked, end);

    let new = browser.until_ready().await?;
    assert_ne!(new.id, old.id, "a fresh one");
    assert_eq!(
        browser.exec("ls mine").await?.exit_code,
        2,
        "nothing of the old one is left"
    );
    assert_eq!(browser.run("cat notes.txt").await?, "new\n");
    browser.run("docker image inspect mine:v1").await?;

    // What was earned stays; what was not is ticked, and brings nothing; what comes after is untouched.
    let tag = standing(&browser, "usual", "tag").await?;
    assert!(tag.passed && tag.points == 2 && !tag.given_up, "{tag:?}");
    let notes = standing(&browser, "usual", "notes").await?;
    assert!(notes.passed && notes.points == 0 && notes.given_up, "{notes:?}");
    assert!(!check(&browser, "usual", "last").await?.passed);
    browser.run("docker tag busybox mine:v3").await?;
    assert!(check(&browser, "usual", "last").await?.passed);
    assert_eq!(standing(&browser, "usual", "last").await?.points, 2);

    // A solution that does not lead where it should ends it, and is told; what was done is there.
    let mut events = browser.socket("/api/v1/events?course=try&lesson=broken").await?;
    assert_eq!(skip(&browser, "broken", "last").await?, StatusCode::ACCEPTED);
    let told = steps(&mut events).await?;
    let end = told.last().context("an end")?;
    let ReplayStep::Failed { reason } = &end.step else {
        panic!("{told:#?}")
    };
    assert_eq!(end.done, 1);
    assert!(
        reason.contains("`stuck`") && reason.contains("mine:v2"),
        "{reason}"
    );
    browser.run("docker image inspect mine:v1").await?;
    Ok(())
}
