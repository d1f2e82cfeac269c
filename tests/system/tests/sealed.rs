//! What is handed in to a server: by a learner, once and sealed; by another system, with a token.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use drydock_protocol::api::{Problem, Progress};
use drydock_protocol::grade::{Evidence, GradingState, GradingView, SealedResult, SubmissionView};
use drydock_protocol::live::Event;
use drydock_system_tests::{Browser, Drydock, Options, until};
use reqwest::{Method, StatusCode};

const TOKEN: &str = "a token for this test only";
/// Its SHA-256.
const TOKEN_SHA256: &str = "7cd732852335447dfe8c9ab83541bbd5d3c49358e17117082fbf967f16732218";
const DEADLINE: Duration = Duration::from_secs(120);

const LESSON: &str = r#"---
title: Exam
summary: Tag it.
minutes: 5
objectives:
  - Do it
sandbox:
  images: [busybox]
---

Text.

## All

```exercise id=tag points=3
goal: Your own tag points at busybox.
check: submit
expect:
  - image: mine:v1
    points: 2
  - file: notes.txt
    has: hello
hints:
  - { ask: true, text: "Tag it." }
solution: |
  docker tag busybox mine:v1
  echo hello >notes.txt
```
"#;

async fn drydock(content: &std::path::Path) -> Result<Drydock> {
    let lesson = content.join("exam/01-tags");
    std::fs::create_dir_all(&lesson)?;
    std::fs::write(
        content.join("exam/course.yaml"),
        "title: Exam\nsummary: One lesson.\nlessons: [01-tags]\n",
    )?;
    std::fs::write(lesson.join("lesson.md"), LESSON)?;
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Drydock::start(Options {
        settings: vec![
            set("REGISTRY__ENABLED", "false"),
            set("CONTENT", &content.display().to_string()),
            set("GRADING__TOKEN_SHA256", TOKEN_SHA256),
        ],
        ..Options::default()
    })
    .await
}

const SUBMIT: &str = "/api/v1/courses/exam/lessons/tags/exercises/tag/submit";

async fn submit(browser: &Browser, key: &str) -> Result<reqwest::Response> {
    let request = browser
        .request(Method::POST, SUBMIT)
        .header("idempotency-key", key);
    Ok(request.send().await?)
}

#[tokio::test]
async fn an_exercise_is_submitted_once_and_its_result_is_sealed() -> Result<()> {
    let content = tempfile::tempdir()?;
    let mut drydock = drydock(content.path()).await?;
    let browser = drydock.browser()?;
    ensure!(
        submit(&browser, "k1").await?.status() == StatusCode::CONFLICT,
        "there is no sandbox yet"
    );
    let wanted = serde_json::json!({ "course": "exam", "lesson": "tags" });
    browser.post("/api/v1/sandbox", &wanted).await?;
    browser.until_ready().await?;
    let mut events = browser.socket("/api/v1/events?course=exam&lesson=tags").await?;

    // It cannot be tried out.
    let checked = browser
        .post("/api/v1/courses/exam/lessons/tags/exercises/tag/check", &())
        .await?;
    ensure!(checked.status() == StatusCode::CONFLICT, "checked");

    // Nor is its solution to be had before.
    let shown = browser
        .post(
            "/api/v1/courses/exam/lessons/tags/exercises/tag/solution?give_up=true",
            &(),
        )
        .await?;
    ensure!(shown.status() == StatusCode::CONFLICT, "the solution is shown");

    let mut terminal = browser.terminal("t1").await?;
    terminal.type_text("docker tag busybox mine:v1\r").await?;
    terminal
        .type_text("echo good bye >notes.txt; echo written\r")
        .await?;
    terminal.read_until("\rwritten", DEADLINE).await?;
    // What the file holds in the end counts, however it came to.
    let file = browser
        .request(Method::PUT, "/api/v1/sandbox/files?path=notes.txt")
        .body("hello")
        .send()
        .await?;
    ensure!(file.status().is_success(), "{}", file.status());
    until("both commands are in the journal", DEADLINE, async || {
        let event = events
            .event(DEADLINE, |event| match event {
                Event::Ran { command, .. } => Some(command),
                _ => None,
            })
            .await?;
        Ok(if event.starts_with("echo good bye") {
            Ok(())
        } else {
            Err(event)
        })
    })
    .await?;

    let nameless = browser.request(Method::POST, SUBMIT).send().await?;
    ensure!(
        nameless.status() == StatusCode::BAD_REQUEST,
        "a request needs a name"
    );
    let taken = submit(&browser, "k1").await?;
    ensure!(taken.status() == StatusCode::ACCEPTED, "{}", taken.status());
    let view: SubmissionView = taken.json().await?;
    ensure!(view.state == GradingState::Queued, "{view:?}");
    let again = submit(&browser, "k1").await?;
    ensure!(again.status() == StatusCode::OK, "{}", again.status());

    // The page is told of each step.
    let mut seen = Vec::new();
    let result = loop {
        let submission = events
            .event(DEADLINE, |event| match event {
                Event::Submission { exercise, submission } if exercise == "tag" => Some(submission),
                _ => None,
            })
            .await?;
        seen.push(submission.state);
        if let Some(result) = submission.result {
            break result;
        }
        ensure!(submission.state != GradingState::Failed, "{submission:?}");
    };
    ensure!(seen.contains(&GradingState::Replaying), "{seen:?}");
    ensure!(
        (result.points, result.points_max, result.passed) == (3, 3, true),
        "{result:?}"
    );
    ensure!(
        result.evidence == Evidence::Replayed && result.number == 1,
        "{result:?}"
    );
    ensure!(
        result.hash.len() == 64 && result.lesson_hash.len() == 64,
        "{result:?}"
    );

    // Once.
    let other = submit(&browser, "k2").await?;
    ensure!(other.status() == StatusCode::CONFLICT, "{}", other.status());
    let progress: Progress = browser.json("/api/v1/progress").await?;
    let standing = &progress.lessons["exam/tags"]["tag"];
    ensure!(standing.passed && standing.points == 3, "{standing:?}");
    let kept = standing.submission.as_ref().and_then(|kept| kept.result.as_ref());
    ensure!(kept == Some(&result), "{kept:?}");

    it_lasts(&mut drydock, &browser, &result).await
}

/// The record holds, and survives.
async fn it_lasts(drydock: &mut Drydock, browser: &Browser, result: &SealedResult) -> Result<()> {
    let said = drydock.run(["results", "verify"]).await?;
    ensure!(
        said.contains("1 sealed result,") && said.contains(&result.hash),
        "{said}"
    );
    drydock.kill().await?;
    drydock.restart().await?;
    let progress: Progress = browser.json("/api/v1/progress").await?;
    let kept = progress.lessons["exam/tags"]["tag"]
        .submission
        .clone()
        .context("it is kept")?;
    ensure!(kept.result.as_ref() == Some(result), "{kept:?}");
    Ok(())
}

fn archive() -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in [
        ("commands.sh", "docker tag busybox mine:v1\n"),
        ("other.txt", "x"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, path, bytes.as_bytes())?;
    }
    Ok(builder.into_inner()?)
}

#[tokio::test]
async fn another_system_hands_in_with_a_token_and_a_restart_loses_nothing() -> Result<()> {
    let content = tempfile::tempdir()?;
    let mut drydock = drydock(content.path()).await?;
    let client = reqwest::Client::new();
    let hand_in = |drydock: &Drydock, token: &str, key: &str, query: &str, body: Vec<u8>| {
        client
            .post(format!("{}/api/v1/grade?{query}", drydock.url()))
            .bearer_auth(token)
            .header("idempotency-key", key)
            .body(body)
            .send()
    };
    let all = "course=exam&lesson=tags&student=alice";
    let refused = hand_in(&drydock, "another", "a", all, archive()?).await?;
    ensure!(
        refused.status() == StatusCode::UNAUTHORIZED,
        "{}",
        refused.status()
    );
    for (query, status) in [
        ("course=exam&lesson=other&student=alice", StatusCode::NOT_FOUND),
        ("course=exam&lesson=tags&student=", StatusCode::BAD_REQUEST),
        ("course=exam&lesson=tags", StatusCode::BAD_REQUEST),
    ] {
        let answer = hand_in(&drydock, TOKEN, "b", query, archive()?).await?;
        ensure!(answer.status() == status, "{query}: {}", answer.status());
    }
    let large = hand_in(&drydock, TOKEN, "c", all, vec![0; (32 << 20) + 1]).await?;
    ensure!(
        large.status() == StatusCode::PAYLOAD_TOO_LARGE,
        "{}",
        large.status()
    );
    let problem: Problem = large.json().await?;
    ensure!(problem.detail.contains("32 MiB"), "{problem:?}");

    let taken = hand_in(&drydock, TOKEN, "hw1-alice", all, archive()?).await?;
    ensure!(taken.status() == StatusCode::ACCEPTED, "{}", taken.status());
    let place = taken.headers()["location"].to_str()?.to_owned();
    // In the middle of it.
    drydock.kill().await?;
    drydock.restart().await?;
    let again: GradingView = hand_in(&drydock, TOKEN, "hw1-alice", all, archive()?)
        .await?
        .json()
        .await?;
    ensure!(place.ends_with(&again.id), "{place} {again:?}");

    let look = || {
        client
            .get(format!("{}{place}", drydock.url()))
            .bearer_auth(TOKEN)
            .send()
    };
    let grade = until("it is graded", DEADLINE, async || {
        let view: GradingView = look().await?.error_for_status()?.json().await?;
        Ok(match view.grade {
            Some(grade) => Ok(grade),
            None => Err((view.state, view.reason)),
        })
    })
    .await?;
    ensure!(
        (grade.score, grade.max_score, grade.student_id.as_str()) == (2, 3, "alice"),
        "{grade:?}"
    );
    let stranger = client.get(format!("{}{place}", drydock.url())).send().await?;
    ensure!(
        stranger.status() == StatusCode::UNAUTHORIZED,
        "{}",
        stranger.status()
    );
    Ok(())
}
