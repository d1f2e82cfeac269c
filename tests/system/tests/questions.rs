//! Questions: answered through the API as the page does it, some of them about the learner's own engine; and values that are
//! drawn for each learner.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use drydock_protocol::api::{ExerciseProgress, Hint, Progress};
use drydock_protocol::live::Event;
use drydock_protocol::verdict::{Answered, OutcomeState, Verdict};
use drydock_system_tests::{Browser, Drydock, Options, root, until};
use reqwest::StatusCode;
use serde_json::{Value, json};

const LESSON: &str = "/api/v1/courses/asking/lessons/questions";
/// An event that something waits for.
const SOON: Duration = Duration::from_secs(10);

fn asking() -> Options {
    Options {
        settings: vec![
            ("REGISTRY__ENABLED".to_owned(), "false".to_owned()),
            (
                "CONTENT".to_owned(),
                root().join("tests/content").display().to_string(),
            ),
        ],
        ..Options::default()
    }
}

async fn start(browser: &Browser) -> Result<()> {
    let wanted = json!({ "course": "asking", "lesson": "questions" });
    let response = browser.post("/api/v1/sandbox", &wanted).await?;
    ensure!(response.status().is_success(), "{}", response.text().await?);
    browser.until_ready().await.map(drop)
}

async fn try_answer(browser: &Browser, id: &str, body: Value) -> Result<(StatusCode, String)> {
    let response = browser
        .post(&format!("{LESSON}/exercises/{id}/answer"), &body)
        .await?;
    Ok((response.status(), response.text().await?))
}

async fn answer(browser: &Browser, id: &str, body: Value) -> Result<Verdict> {
    let (status, said) = try_answer(browser, id, body).await?;
    ensure!(status.is_success(), "{id}: {status} {said}");
    Ok(serde_json::from_str(&said)?)
}

async fn standing(browser: &Browser, id: &str) -> Result<ExerciseProgress> {
    let mut progress: Progress = browser.json("/api/v1/progress").await?;
    let mut lesson = progress
        .lessons
        .remove("asking/questions")
        .context("nothing is kept")?;
    lesson.remove(id).context("the exercise is not kept")
}

fn notes(verdict: &Verdict) -> Result<&Answered> {
    verdict.outcomes[0]
        .answered
        .as_ref()
        .context("it was not answered")
}

/// The tag that was drawn, as the page says it.
async fn drawn(browser: &Browser) -> Result<String> {
    let page = browser.get("/courses/asking/questions").await?.text().await?;
    let (_, rest) = page
        .split_once("Yours is to be <code>")
        .context("the page says no tag")?;
    let (tag, _) = rest.split_once("</code>").context("the tag has no end")?;
    Ok(tag.to_owned())
}

/// The text of a page, without its tags.
fn plain(page: &str) -> String {
    let parts = page
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect()
}

#[tokio::test]
async fn a_question_needs_no_sandbox_and_its_answer_is_kept() -> Result<()> {
    let mut drydock = Drydock::start(asking()).await?;
    let browser = drydock.browser()?;
    let mut events = browser.events_of("asking", "questions").await?;

    let wrong = answer(&browser, "one", json!({ "choices": [0] })).await?;
    assert_eq!((wrong.passed, wrong.points), (false, 0));
    assert_eq!(
        notes(&wrong)?.notes[0].text,
        "Layers are shared: `docker images` shows the same ID twice."
    );
    let right = answer(&browser, "one", json!({ "choices": [1] })).await?;
    assert_eq!(
        (right.passed, right.points),
        (true, 1),
        "a wrong answer costs a point"
    );
    events
        .event(SOON, |event| match event {
            Event::Verdict { verdict, progress } if verdict.passed => (progress.points == 1).then_some(()),
            _ => None,
        })
        .await?;

    let part = answer(&browser, "several", json!({ "choices": [1] })).await?;
    assert_eq!((part.passed, part.points), (false, 2));
    assert!(
        answer(&browser, "several", json!({ "choices": [0, 1] }))
            .await?
            .passed
    );

    let text = answer(&browser, "text", json!({ "text": "docker inspect" })).await?;
    assert_eq!(notes(&text)?.notes[0].text, "That shows the configuration.");
    let text = answer(&browser, "text", json!({ "text": "ls" })).await?;
    assert_eq!(notes(&text)?.notes[0].text, "`ls` does something else.");
    assert!(
        answer(&browser, "text", json!({ "text": " Docker  History " }))
            .await?
            .passed
    );

    // What cannot be judged is no wrong answer.
    for (id, body, status) in [
        ("number", json!({ "text": "many" }), StatusCode::CONFLICT),
        ("one", json!({ "choices": [] }), StatusCode::CONFLICT),
        ("one", json!({ "choices": [7] }), StatusCode::BAD_REQUEST),
        (
            "one",
            json!({ "expectation": 3, "choices": [1] }),
            StatusCode::NOT_FOUND,
        ),
        ("one", json!({ "choice": 1 }), StatusCode::BAD_REQUEST),
        (
            "text",
            json!({ "text": "x".repeat(501) }),
            StatusCode::BAD_REQUEST,
        ),
        ("nothing", json!({ "text": "x" }), StatusCode::NOT_FOUND),
        // A question about the engine needs one.
        ("live", json!({ "text": "1" }), StatusCode::CONFLICT),
    ] {
        let (got, said) = try_answer(&browser, id, body.clone()).await?;
        ensure!(got == status, "{id} {body}: {got} {said}");
    }
    assert_eq!(standing(&browser, "one").await?.points, 1);

    // Kept with what was said, over a crash.
    drydock.kill().await?;
    drydock.restart().await?;
    let kept = standing(&browser, "one").await?;
    let verdict = kept.verdict.context("what was said is gone")?;
    assert!(kept.passed && verdict.passed);
    assert_eq!(notes(&verdict)?.wrong, 1);
    assert!(
        drydock
            .browser()?
            .json::<Progress>("/api/v1/progress")
            .await?
            .lessons
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn no_answer_leaves_the_server_before_it_is_given() -> Result<()> {
    let drydock = Drydock::start(asking()).await?;
    let browser = drydock.browser()?;
    let secrets = [
        "shows the same ID twice",
        "The ID stays the same",
        "It stays where it is",
        "So it takes no time",
        "It changes the configuration",
        "docker history",
        "docker image history",
        "That shows the configuration",
        "does something else",
        "Look once more",
        "\"right\":",
    ];
    let mut said = Vec::new();
    for path in [
        "/courses/asking/questions",
        LESSON,
        "/api/v1/courses",
        "/api/v1/progress",
    ] {
        said.push(browser.get(path).await?.text().await?);
    }
    said.push(try_answer(&browser, "one", json!({ "choices": [] })).await?.1);
    said.push(
        browser
            .post(&format!("{LESSON}/exercises/one/check"), &json!({}))
            .await?
            .text()
            .await?,
    );
    for text in &said {
        for secret in secrets {
            ensure!(!text.contains(secret), "{secret:?} is in {text}");
        }
    }
    // A wrong answer brings its own explanation and no other.
    let (_, wrong) = try_answer(&browser, "one", json!({ "choices": [2] })).await?;
    ensure!(wrong.contains("It stays where it is"), "{wrong}");
    for secret in ["same ID twice", "The ID stays", "takes no time"] {
        ensure!(!wrong.contains(secret), "{secret:?} is in {wrong}");
    }
    Ok(())
}

#[tokio::test]
async fn answers_are_read_from_the_learners_own_engine() -> Result<()> {
    let drydock = Drydock::start(asking()).await?;
    let browser = drydock.browser()?;
    start(&browser).await?;
    let tag = drawn(&browser).await?;

    let none = answer(&browser, "live", json!({ "text": "1" })).await?;
    assert!(!none.passed, "there is none yet");
    let (status, said) = try_answer(&browser, "layers", json!({ "text": "1" })).await?;
    ensure!(
        status == StatusCode::CONFLICT && said.contains("Make or pull it first"),
        "{status} {said}"
    );

    browser
        .run(&format!(
            "docker tag busybox mine:{tag} && docker tag busybox mine:more"
        ))
        .await?;
    let zero = answer(&browser, "live", json!({ "text": "0" })).await?;
    assert_eq!(notes(&zero)?.notes[0].text, "Look once more.");
    let two = answer(&browser, "live", json!({ "text": "2 names" })).await?;
    assert_eq!((two.passed, two.points), (true, 3));
    browser.run("docker rmi mine:more").await?;
    assert!(
        answer(&browser, "live", json!({ "text": "9" })).await?.passed,
        "what was right stays so"
    );
    let layers = browser
        .run(&format!(
            "docker image inspect -f '{{{{len .RootFS.Layers}}}}' mine:{tag}"
        ))
        .await?;
    assert!(
        answer(&browser, "layers", json!({ "text": layers.trim() }))
            .await?
            .passed
    );

    // Among an exercise's conditions, beside one that ticks by itself.
    let wrong = answer(&browser, "tag", json!({ "expectation": 1, "text": "5 GB" })).await?;
    assert_eq!(wrong.outcomes[0].state, OutcomeState::Met);
    assert_eq!(
        wrong.outcomes[1].message.as_deref(),
        Some("`5 GB` is not what `docker images` says.")
    );
    assert_eq!(wrong.outcomes[1].expected, None);
    let size = browser
        .run(&format!("docker images --format '{{{{.Size}}}}' mine:{tag}"))
        .await?;
    let right = answer(&browser, "tag", json!({ "expectation": 1, "text": size.trim() })).await?;
    assert_eq!((right.passed, right.points), (true, 2));
    Ok(())
}

#[tokio::test]
async fn values_are_drawn_once_for_each_learner() -> Result<()> {
    let mut drydock = Drydock::start(asking()).await?;
    let mut tags = Vec::new();
    let mut browsers = Vec::new();
    for _ in 0..12 {
        let browser = drydock.browser()?;
        let tag = drawn(&browser).await?;
        ensure!(["v1.0", "v2.5", "v3.1"].contains(&tag.as_str()), "{tag}");
        tags.push(tag);
        browsers.push(browser);
    }
    ensure!(
        tags.iter().any(|tag| *tag != tags[0]),
        "twelve learners have {}",
        tags[0]
    );
    drydock.kill().await?;
    drydock.restart().await?;
    for (browser, tag) in browsers.iter().zip(&tags) {
        assert_eq!(&drawn(browser).await?, tag, "it is kept");
    }

    // The same value everywhere: in the text, commands, files, questions, hints, what is checked and what is said of it.
    let (browser, tag) = (&browsers[0], &tags[0]);
    let page = browser.get("/courses/asking/questions").await?.text().await?;
    let text = plain(&page);
    for wanted in [
        format!("docker tag busybox mine:{tag}"),
        format!("version={tag} shell=${{SHELL_OF_MINE}}"),
        "the shell's ${HOME} stays".replace('\'', "&#39;"),
        format!("has the name mine:{tag}"),
    ] {
        ensure!(text.contains(&wanted), "{wanted} is not in {text}");
    }
    ensure!(!page.contains("${TAG}") && !page.contains("${PORT}"), "{page}");
    let blocks: Value = browser.json(LESSON).await?;
    ensure!(blocks.to_string().contains(&format!("mine:{tag}")), "{blocks}");
    let hint = browser
        .post(&format!("{LESSON}/exercises/tag/hint"), &json!({}))
        .await?;
    assert_eq!(
        hint.json::<Hint>().await?.text,
        format!("`docker tag busybox mine:{tag}`")
    );
    start(browser).await?;
    let response = browser
        .post(&format!("{LESSON}/exercises/tag/check"), &json!({}))
        .await?;
    let verdict: Verdict = response.json().await?;
    assert_eq!(
        verdict.outcomes[0].message,
        Some(format!("There is no `mine:{tag}` yet."))
    );
    let mut events = browser.events_of("asking", "questions").await?;
    browser.run(&format!("docker tag busybox mine:{tag}")).await?;
    events
        .event(SOON, |event| match event {
            Event::Verdict { verdict, .. } if verdict.exercise == "tag" => {
                (verdict.outcomes[0].state == OutcomeState::Met).then_some(())
            }
            _ => None,
        })
        .await?;
    let told = until("the standing speaks of it", SOON, async || {
        let standing = standing(browser, "tag").await?;
        Ok(if standing.points == 1 {
            Ok(standing)
        } else {
            Err(standing)
        })
    })
    .await?;
    assert_eq!(told.hints, [format!("`docker tag busybox mine:{tag}`")]);
    Ok(())
}

#[tokio::test]
async fn a_lesson_with_questions_and_values_proves_itself() -> Result<()> {
    let drydock = Drydock::start(asking()).await?;
    let folder = root().join("tests/content").display().to_string();
    let said = drydock.run(["lesson", "test", &folder, "--rounds", "2"]).await?;
    // A walk, two live questions, an exercise with two pitfalls, and another that is handed in: nine trials, twice, with other values
    // the second time.
    ensure!(said.contains("18 trials, nothing wrong"), "{said}");
    ensure!(said.contains("TAG=v1.0") && said.contains("TAG=v2.5"), "{said}");
    Ok(())
}
