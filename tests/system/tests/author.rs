//! `drydock lesson dev`: lessons are shown as they are written, with what learners never see; and a Drydock that is served
//! has nothing of it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use drydock_system_tests::{Browser, Drydock, Options, until};
use serde_json::{Value, json};

const LESSON: &str = "---\ntitle: First\nsummary: Short.\nminutes: 5\nobjectives:\n  - Do it\nsandbox:\n  images: [busybox]\n---\n\nThe first edition.\n\n```exercise id=named points=1\ngoal: It has another name.\nexpect:\n  - image: mine:v1\n    same_as: busybox\nhints:\n  - { ask: true, text: \"Tag it.\" }\nsolution: |\n  docker tag busybox mine:v1\npitfalls:\n  - run: docker tag busybox other:v1\n    fails: missing\n  - run: docker tag busybox mine:v1\n    fails: same_as\n```\n";

fn write(folder: &Path, text: &str) -> Result<()> {
    std::fs::create_dir_all(folder.join("tools/01-first"))?;
    std::fs::write(
        folder.join("tools/course.yaml"),
        "title: Tools\nsummary: Short.\nlessons: [01-first]\n",
    )?;
    Ok(std::fs::write(folder.join("tools/01-first/lesson.md"), text)?)
}

fn options() -> Options {
    Options {
        settings: vec![("REGISTRY__ENABLED".to_owned(), "false".to_owned())],
        ..Options::default()
    }
}

async fn text(browser: &Browser, path: &str) -> Result<String> {
    Ok(browser.get(path).await?.text().await?)
}

async fn until_shown(browser: &Browser, what: &str) -> Result<()> {
    until(what, DEADLINE, async || {
        let page = text(browser, PAGE).await?;
        Ok(if page.contains(what) { Ok(()) } else { Err(page) })
    })
    .await
}

const DEADLINE: Duration = Duration::from_secs(10);
const PAGE: &str = "/courses/tools/first";

#[tokio::test]
async fn an_author_sees_a_lesson_as_it_is_written_and_tries_it() -> Result<()> {
    let content = tempfile::tempdir()?;
    write(content.path(), LESSON)?;
    let folder = content.path().display().to_string();
    let drydock = Drydock::start(Options {
        task: vec!["lesson".into(), "dev".into(), folder],
        // Whoever could be reached by others is not, here.
        listen: "0.0.0.0:0".into(),
        ..options()
    })
    .await?;
    ensure!(
        drydock.address().starts_with("127.0.0.1:"),
        "{}",
        drydock.address()
    );
    let author = drydock.browser()?;
    let page = text(&author, PAGE).await?;
    ensure!(
        page.contains("The first edition.") && page.contains("/author/pane.js"),
        "{page}"
    );

    // A change is shown; one that cannot be is told, and what was there stays.
    write(content.path(), &LESSON.replace("first edition", "second edition"))?;
    until_shown(&author, "The second edition.").await?;
    write(content.path(), &LESSON.replace("goal:", "gaol:"))?;
    until("the error is told", DEADLINE, async || {
        let said = drydock.said();
        Ok(if said.contains("unknown field `gaol`") {
            Ok(())
        } else {
            Err(said)
        })
    })
    .await?;
    until_shown(&author, "The second edition.").await?;
    write(content.path(), LESSON)?;
    until_shown(&author, "The first edition.").await?;

    // What learners never see, and what can be tried.
    let told: Value = author.json("/author/courses/tools/lessons/first").await?;
    ensure!(
        told[0]["line"] == 13 && told[0]["pitfalls"][0]["run"] == "docker tag busybox other:v1",
        "{told}"
    );
    let lesson = json!({ "course": "tools", "lesson": "first" });
    author
        .post("/api/v1/sandbox", &lesson)
        .await?
        .error_for_status()?;
    author.until_ready().await?;
    let run = "/author/courses/tools/lessons/first/exercises/named/run";
    for (wanted, said) in [
        (
            json!({ "what": "pitfall", "number": 1 }),
            "It fails at `missing`, as it should.",
        ),
        (json!({ "what": "setup" }), "There is no setup."),
        (json!({ "what": "solution" }), "The solution passes."),
        (
            json!({ "what": "pitfall", "number": 2 }),
            "It passes with the mistake in it.",
        ),
    ] {
        let answer = author.post(run, &wanted).await?.text().await?;
        ensure!(answer.contains(said), "{wanted}: {answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_served_drydock_has_nothing_for_authors() -> Result<()> {
    let drydock = Drydock::start(options()).await?;
    let browser = drydock.browser()?;
    let page = text(&browser, "/courses/docker/images").await?;
    ensure!(!page.contains("author/pane"), "the pane is in the page");
    for path in [
        "/author/pane.js",
        "/author/news",
        "/author/courses/docker/lessons/images",
    ] {
        let status = browser.get(path).await?.status();
        ensure!(status == 404, "{path}: {status}");
    }
    Ok(())
}
