//! What Drydock promises a learner: an engine of their own, and exercises that tick by themselves.

use std::time::Duration;

use anyhow::Result;
use drydock_protocol::api::{Progress, SandboxState, SandboxView};
use drydock_protocol::live::Event;
use drydock_protocol::verdict::{OutcomeState, Verdict};
use drydock_system_tests::{Drydock, Options, Socket, until};
use reqwest::StatusCode;

/// An event that something waits for; what is promised is a quarter of a second, what is asked here is that it comes.
const SOON: Duration = Duration::from_secs(10);

async fn verdict_on(
    events: &mut Socket,
    exercise: &str,
    wanted: impl Fn(&Verdict) -> bool,
) -> Result<Verdict> {
    events
        .event(SOON, |event| match event {
            Event::Verdict { verdict, .. } if verdict.exercise == exercise && wanted(&verdict) => {
                Some(verdict)
            }
            _ => None,
        })
        .await
}

#[tokio::test]
async fn an_engine_of_ones_own_does_what_lessons_say() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let view = browser.start_sandbox().await?;
    assert!(view.limits.memory_bytes > 0 && view.expires_at.is_some());

    // The lesson's images and files are there before the first prompt.
    let images = browser
        .run("docker images --format '{{.Repository}}:{{.Tag}}'")
        .await?;
    for wanted in ["nginx:1.26", "nginx:1.22", "busybox:latest"] {
        assert!(
            images.lines().any(|line| line == wanted),
            "{wanted} is not in:\n{images}"
        );
    }
    let mut events = browser.events().await?;
    events
        .event(SOON, |event| {
            matches!(event, Event::Sandbox { sandbox: Some(_) }).then_some(())
        })
        .await?;
    until("the lesson's files are there", SOON, async || {
        let result = browser.exec("cat site/Dockerfile").await?;
        Ok(if result.stdout.contains("FROM") {
            Ok(())
        } else {
            Err(result)
        })
    })
    .await?;

    assert_eq!(browser.run("docker run --rm busybox echo ahoy").await?, "ahoy\n");
    browser.run("docker build -q -t page ./site").await?;
    browser.run("docker run -d --name page -p 8080:80 page").await?;
    until("the page answers", SOON, async || {
        let result = browser.exec("curl -fsS http://127.0.0.1:8080/").await?;
        Ok(if result.exit_code == 0 {
            Ok(())
        } else {
            Err(result.stderr)
        })
    })
    .await?;
    browser
        .run("docker compose up -d && docker compose ps && docker compose down")
        .await?;

    // Cgroups of its own: statistics, and a limit that kills.
    browser.run("docker stats --no-stream page").await?;
    let killed = browser
        .exec("docker run --rm -m 16m busybox tail /dev/zero")
        .await?;
    assert_eq!(killed.exit_code, 137, "{killed:?}");
    Ok(())
}

#[tokio::test]
async fn an_exercise_ticks_by_itself_and_is_kept() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let mut events = browser.events().await?;
    browser.start_sandbox().await?;
    let before = verdict_on(&mut events, "release", |_| true).await?;
    assert!(!before.passed);
    assert_eq!(before.outcomes[1].state, OutcomeState::Unmet);
    assert!(
        before
            .first_unmet()
            .is_some_and(|outcome| outcome.message.is_some())
    );

    browser
        .run("docker tag nginx:1.26 registry.example.com/team/web:1.22")
        .await?;
    let wrong = verdict_on(&mut events, "release", |verdict| {
        verdict.outcomes[1].field.as_deref() == Some("same_as")
    })
    .await?;
    assert!(
        wrong.outcomes[1].expected.is_some() && wrong.outcomes[1].actual.is_some(),
        "{wrong:?}"
    );

    browser.run("for tag in 1.22.1 1.22 production; do docker tag nginx:1.22 registry.example.com/team/web:$tag; done").await?;
    let passed = verdict_on(&mut events, "release", |verdict| verdict.passed).await?;
    assert_eq!(passed.points, passed.points_max);

    let progress: Progress = browser.json("/api/v1/progress").await?;
    let kept = &progress.lessons["docker/images"]["release"];
    assert!(kept.passed && kept.points == passed.points_max, "{kept:?}");

    // Asking gives the same answer, and changes nothing.
    let again = browser
        .post(
            "/api/v1/courses/docker/lessons/images/exercises/release/check",
            &(),
        )
        .await?;
    assert!(again.json::<Verdict>().await?.passed);
    Ok(())
}

#[tokio::test]
async fn hints_come_when_they_are_due_and_cost_what_they_say() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let hint = "/api/v1/courses/docker/lessons/images/exercises/own-tag/hint";
    let early = browser.post(hint, &()).await?;
    assert_eq!(early.status(), StatusCode::CONFLICT);
    let problem = drydock_system_tests::Browser::problem(early).await?;
    assert_eq!(problem.kind, "/problems/hint-not-due");
    assert!(
        problem.detail.contains("Try for another 2 minutes"),
        "{}",
        problem.detail
    );
    Ok(())
}

#[tokio::test]
async fn when_every_seat_is_taken_there_is_a_place_in_the_queue() -> Result<()> {
    let drydock = Drydock::start(Options {
        capacity: 1,
        ..Options::default()
    })
    .await?;
    let (first, second) = (drydock.browser()?, drydock.browser()?);
    first.start_sandbox().await?;
    let full = second.post("/api/v1/sandbox", &serde_json::json!({})).await?;
    assert_eq!(full.status(), StatusCode::ACCEPTED);
    let view: SandboxView = full.json().await?;
    assert!(
        matches!(view.state, SandboxState::Queued { queue } if queue.place == 1),
        "{view:?}"
    );

    // The first one leaves; the second is let in by itself.
    let left = first
        .request(reqwest::Method::DELETE, "/api/v1/sandbox")
        .send()
        .await?;
    assert_eq!(left.status(), StatusCode::NO_CONTENT);
    let view: SandboxView = second.until_ready().await?;
    assert!(view.state.is_ready());
    Ok(())
}
