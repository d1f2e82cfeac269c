//! What must not happen between learners, and between Drydock and other sites.

use anyhow::Result;
use drydock_protocol::api::Progress;
use drydock_protocol::live::CLOSE_NO_SANDBOX;
use drydock_system_tests::{Browser, Drydock, Options};
use reqwest::{Method, StatusCode};
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn one_learner_sees_nothing_of_another() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let (owner, stranger) = (drydock.browser()?, drydock.browser()?);
    owner.start_sandbox().await?;
    owner
        .run("echo secret > secret.txt && docker image ls nginx --format '{{.Repository}}:{{.Tag}}' > nginx.txt")
        .await?;
    owner
        .post(
            "/api/v1/courses/docker/lessons/images/exercises/list-nginx/check",
            &(),
        )
        .await?
        .error_for_status()?;

    for (method, path) in [
        (Method::GET, "/api/v1/sandbox/files?path=secret.txt"),
        (Method::PUT, "/api/v1/sandbox/files?path=secret.txt"),
        (Method::POST, "/api/v1/sandbox/files?path=secret.txt&to=mine.txt"),
        (Method::DELETE, "/api/v1/sandbox/files?path=secret.txt"),
        (Method::GET, "/api/v1/sandbox/images"),
        (Method::GET, "/api/v1/sandbox"),
        (Method::DELETE, "/api/v1/sandbox"),
        (Method::POST, "/api/v1/sandbox/extend"),
        (Method::POST, "/api/v1/sandbox/reset"),
        (Method::DELETE, "/api/v1/sandbox/terminals/t1"),
    ] {
        let answer = stranger.request(method.clone(), path).send().await?;
        assert!(
            matches!(answer.status(), StatusCode::CONFLICT | StatusCode::NOT_FOUND),
            "{method} {path}: {}",
            answer.status()
        );
        Browser::problem(answer).await?;
    }
    let mut terminal = stranger.terminal("t1").await?;
    let closed = terminal.next().await?;
    assert!(
        matches!(&closed, Message::Close(Some(frame)) if u16::from(frame.code) == CLOSE_NO_SANDBOX),
        "{closed:?}"
    );
    assert_eq!(
        stranger.json::<Progress>("/api/v1/progress").await?,
        Progress::default()
    );
    assert_eq!(owner.run("cat secret.txt").await?, "secret\n");
    Ok(())
}

#[tokio::test]
async fn a_page_of_another_site_is_refused() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    drop(browser.events().await?);
    for path in ["/api/v1/events", "/api/v1/sandbox/terminals/t1"] {
        for origin in [
            None,
            Some("null"),
            Some("https://evil.example"),
            Some("http://127.0.0.1:1"),
        ] {
            let refused = browser
                .socket_from(path, origin)
                .await
                .expect_err("a socket of another site was opened");
            let status = match refused.downcast_ref::<Error>() {
                Some(Error::Http(response)) => response.status().as_u16(),
                other => panic!("{path} from {origin:?}: {other:?}"),
            };
            assert_eq!(status, 403, "{path} from {origin:?}");
        }
    }
    let forged = reqwest::Client::new()
        .post(format!("{}/api/v1/sandbox", drydock.url()))
        .header("origin", "https://evil.example")
        .json(&serde_json::json!({}))
        .send()
        .await?;
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let rebound = reqwest::Client::new()
        .get(drydock.url())
        .header("host", "rebound.example")
        .send()
        .await?;
    assert_eq!(rebound.status(), StatusCode::FORBIDDEN);
    Ok(())
}

#[tokio::test]
async fn paths_stay_in_the_workspace() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    browser.start_sandbox().await?;
    browser
        .run("ln -s /etc passwd-of && ln -s /etc/passwd passwd")
        .await?;
    for path in [
        "../../etc/passwd",
        "/etc/passwd",
        "passwd",
        "passwd-of/passwd",
        "a/../../x",
        "%00",
        "",
    ] {
        let written = browser
            .request(Method::PUT, &format!("/api/v1/sandbox/files?path={path}"))
            .body("x")
            .send()
            .await?;
        // A link may be replaced by a file, but never followed.
        if path != "passwd" {
            assert!(
                written.status().is_client_error(),
                "PUT {path}: {}",
                written.status()
            );
        }
    }
    for path in ["../../etc/passwd", "/etc/passwd", "passwd-of/passwd"] {
        let read = browser.get(&format!("/api/v1/sandbox/files?path={path}")).await?;
        assert!(read.status().is_client_error(), "GET {path}: {}", read.status());
    }
    assert!(browser.run("cat /etc/passwd").await?.contains("root"));
    Ok(())
}
