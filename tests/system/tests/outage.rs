//! The host engine missing, full and restarted: a real one, of this test's own.

use std::time::Duration;

use anyhow::Result;
use drydock_protocol::api::{Progress, SandboxState, SandboxView};
use drydock_protocol::live::Event;
use drydock_system_tests::engine::{Engine, in_own_network};
use drydock_system_tests::{Browser, Drydock, Options, Socket, until};

const SOON: Duration = Duration::from_secs(60);

#[tokio::test]
async fn missing_full_or_restarted_the_engine_is_told_of_and_drydock_goes_on() -> Result<()> {
    if in_own_network("missing_full_or_restarted_the_engine_is_told_of_and_drydock_goes_on")? {
        return Ok(());
    }
    let mut engine = Engine::new()?;
    let drydock = Drydock::start(Options {
        settings: vec![("DOCKER_HOST".to_owned(), engine.address())],
        ..Options::default()
    })
    .await?;
    let browser = drydock.browser()?;
    let mut events = browser.events().await?;

    // Missing: it was never there.
    assert!(service(&mut events, true).await?.contains("goes on by itself"));
    everything_reads(&browser).await?;
    assert_eq!(browser.get("/readyz").await?.status(), 503);

    // There, but without the sandbox image; and then with it.
    engine.start().await?;
    until("the missing image is told of", SOON, async || {
        let said = browser.get("/readyz").await?.text().await?;
        Ok(
            if said.contains("images/build") || said.contains("images build") {
                Ok(())
            } else {
                Err(said)
            },
        )
    })
    .await?;
    engine.bring("drydock/sandbox:latest")?;
    service(&mut events, false).await?;
    browser.start_sandbox().await?;
    browser
        .run("docker image ls nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt")
        .await?;
    browser
        .post(
            "/api/v1/courses/docker/lessons/images/exercises/list-nginx/check",
            &(),
        )
        .await?
        .error_for_status()?;

    // Full: who has a sandbox keeps it, who wants one is told why there is none, and pages stay.
    engine.fill()?;
    let late = drydock.browser()?;
    late.post(
        "/api/v1/sandbox",
        &serde_json::json!({ "course": "docker", "lesson": "images" }),
    )
    .await?
    .error_for_status()?;
    let reason = failed(&late).await?;
    assert!(
        reason.contains("full") || reason.contains("no space left"),
        "{reason}"
    );
    everything_reads(&late).await?;
    assert_eq!(browser.run("echo still here").await?, "still here\n");
    engine.free()?;
    late.post("/api/v1/sandbox/reset", &())
        .await?
        .error_for_status()?;
    late.until_ready().await?;

    // Restarted: sandboxes do not outlive it. Their learners are told; what they have won stays.
    engine.stop()?;
    service(&mut events, true).await?;
    everything_reads(&browser).await?;
    engine.start().await?;
    service(&mut events, false).await?;
    let reason = failed(&browser).await?;
    assert!(reason.contains("engine was restarted"), "{reason}");
    let progress: Progress = browser.json("/api/v1/progress").await?;
    assert!(progress.lessons["docker/images"]["list-nginx"].passed);
    browser
        .post("/api/v1/sandbox/reset", &())
        .await?
        .error_for_status()?;
    browser.until_ready().await?;
    assert!(browser.run("docker images").await?.contains("nginx"));
    Ok(())
}

/// Waits until the page is told that sandboxes cannot be made (and why), or that they can.
async fn service(events: &mut Socket, trouble: bool) -> Result<String> {
    events
        .event(SOON, |event| match event {
            Event::Service { problem } if problem.is_some() == trouble => Some(problem.unwrap_or_default()),
            _ => None,
        })
        .await
}

/// Waits until the learner's sandbox has failed, for the reason.
async fn failed(browser: &Browser) -> Result<String> {
    until("the sandbox has failed", SOON, async || {
        let view: SandboxView = browser.json("/api/v1/sandbox").await?;
        Ok(match view.state {
            SandboxState::Failed { reason } => Ok(reason),
            other => Err(other),
        })
    })
    .await
}

/// Reading needs no engine.
async fn everything_reads(browser: &Browser) -> Result<()> {
    for path in [
        "/",
        "/courses/docker",
        "/courses/docker/images",
        "/healthz",
        "/api/v1/progress",
    ] {
        let status = browser.get(path).await?.status();
        anyhow::ensure!(status.is_success(), "{path}: {status}");
    }
    Ok(())
}
