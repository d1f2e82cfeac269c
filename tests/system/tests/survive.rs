//! What Drydock survives, with nothing lost.

use std::time::Duration;

use anyhow::Result;
use drydock_protocol::api::{Progress, RecoveryCode};
use drydock_protocol::live::{Event, FromTerminal, ToTerminal};
use drydock_system_tests::relay::Relay;
use drydock_system_tests::{Browser, Drydock, Options, until};

const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_server_that_was_killed_finds_everything_again() -> Result<()> {
    let mut drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let before = browser.start_sandbox().await?;
    let mut terminal = browser.terminal("t1").await?;
    terminal
        .control(&ToTerminal::Resize { cols: 100, rows: 30 })
        .await?;
    terminal
        .type_text("docker image ls nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt; echo STILL''-HERE; sleep 1000\n")
        .await?;
    terminal.read_until("STILL-HERE", SOON).await?;
    browser
        .post(
            "/api/v1/courses/docker/lessons/images/exercises/list-nginx/check",
            &(),
        )
        .await?
        .error_for_status()?;

    drydock.kill().await?;
    drydock.restart().await?;

    let after = browser.until_ready().await?;
    assert_eq!(after.id, before.id, "the same sandbox");
    let mut terminal = browser.terminal("t1").await?;
    assert!(matches!(
        terminal.replay().await?,
        FromTerminal::Replay {
            cols: 100,
            rows: 30,
            fresh: false
        }
    ));
    terminal.read_until("STILL-HERE", SOON).await?;
    // The command is still running, and can be ended.
    terminal.type_text("\u{3}echo BACK''-AGAIN\n").await?;
    terminal.read_until("BACK-AGAIN", SOON).await?;
    let progress: Progress = browser.json("/api/v1/progress").await?;
    assert!(progress.lessons["docker/images"]["list-nginx"].passed);
    Ok(())
}

#[tokio::test]
async fn a_code_brings_progress_to_another_device() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let (here, there) = (drydock.browser()?, drydock.browser()?);
    here.start_sandbox().await?;
    here.run("docker image ls nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt && docker tag nginx:1.26 mine:kept").await?;
    here.post(
        "/api/v1/courses/docker/lessons/images/exercises/list-nginx/check",
        &(),
    )
    .await?
    .error_for_status()?;
    let code: RecoveryCode = here
        .post("/api/v1/recovery", &())
        .await?
        .error_for_status()?
        .json()
        .await?;

    let wrong = RecoveryCode {
        code: "00000-00000-00000-00000".into(),
    };
    let refused = there.post("/api/v1/recovery/redeem", &wrong).await?;
    assert_eq!(Browser::problem(refused).await?.status, 404);

    let typed = RecoveryCode {
        code: code.code.to_lowercase().replace('-', " "),
    };
    there
        .post("/api/v1/recovery/redeem", &typed)
        .await?
        .error_for_status()?;
    let progress: Progress = there.json("/api/v1/progress").await?;
    assert!(progress.lessons["docker/images"]["list-nginx"].passed);
    // The sandbox is the learner's, so it came along.
    assert_eq!(there.run("docker images -q mine:kept | wc -l").await?.trim(), "1");
    Ok(())
}

/// The engine is the real one; what is cut is the way to it, which is what a stopped engine looks like from here.
// The relay has to go on while what the test made is removed, which waits on the test's own thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn without_the_host_engine_pages_say_so_and_come_back() -> Result<()> {
    let relay = Relay::start()?;
    let settings = vec![("DOCKER_HOST".to_owned(), relay.address())];
    let drydock = Drydock::start(Options {
        settings,
        ..Options::default()
    })
    .await?;
    let browser = drydock.browser()?;
    let mut events = browser.events().await?;
    until("ready", SOON, async || ready(&browser).await).await?;

    relay.cut();
    let problem = events
        .event(SOON, |event| match event {
            Event::Service {
                problem: Some(problem),
            } => Some(problem),
            _ => None,
        })
        .await?;
    assert!(problem.contains("goes on by itself"), "{problem}");
    // Reading needs no engine.
    for path in ["/", "/courses/docker", "/courses/docker/images", "/healthz"] {
        assert!(browser.get(path).await?.status().is_success(), "{path}");
    }
    until("not ready", SOON, async || {
        Ok(ready(&browser).await?.map_or_else(|_| Ok(()), Err))
    })
    .await?;

    relay.mend();
    events
        .event(SOON, |event| {
            matches!(event, Event::Service { problem: None }).then_some(())
        })
        .await?;
    browser.start_sandbox().await?;
    Ok(())
}

async fn ready(browser: &Browser) -> Result<Result<(), String>> {
    let answer = browser.get("/readyz").await?;
    Ok(if answer.status().is_success() {
        Ok(())
    } else {
        Err(answer.text().await?)
    })
}
