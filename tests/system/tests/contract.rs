//! What programs can rely on: the API's description, problems, health, and what is never sent.

use std::time::Duration;

use anyhow::{Context, Result};
use drydock_protocol::page::{CourseSummary, LessonPage};
use drydock_system_tests::drydock::root;
use drydock_system_tests::{Browser, Drydock, Options, until};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn the_api_is_described_and_answers_as_described() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let described: Value = browser.json("/api/v1/openapi.json").await?;
    let paths = described["paths"].as_object().context("paths")?;
    for path in [
        "/api/v1/sandbox",
        "/api/v1/sandbox/exec",
        "/api/v1/sandbox/files",
        "/api/v1/events",
        "/api/v1/progress",
    ] {
        assert!(paths.contains_key(path), "{path} is not described");
    }
    // Each GET that needs nothing answers with something other than "no such address".
    for (path, methods) in paths {
        // A socket answers with 101 to who asks for one, and to nobody else.
        let is_socket = methods["get"]["responses"].get("101").is_some();
        if methods.get("get").is_none() || path.contains('{') || is_socket {
            continue;
        }
        let answer = browser.get(path).await?;
        let kind = answer
            .headers()
            .get("content-type")
            .context("a type")?
            .to_str()?
            .to_owned();
        assert!(kind.contains("json"), "{path}: {} {kind}", answer.status());
        assert!(!answer.text().await?.contains("no such address"), "{path}");
    }
    let courses: Vec<CourseSummary> = browser.json("/api/v1/courses").await?;
    assert_eq!(courses[0].slug, "docker");
    let lesson: LessonPage = browser.json("/api/v1/courses/docker/lessons/images").await?;
    assert!(lesson.exercises().count() >= 4);
    Ok(())
}

#[tokio::test]
async fn errors_are_problems_that_say_what_to_do() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let cases = [
        (Method::GET, "/api/v1/nowhere", Value::Null, 404),
        (
            Method::GET,
            "/api/v1/courses/docker/lessons/nowhere",
            Value::Null,
            404,
        ),
        (Method::POST, "/api/v1/sandbox", json!({"lesson": 3}), 422),
        (
            Method::POST,
            "/api/v1/sandbox/exec",
            json!({"command": "true", "timeout_s": 0}),
            400,
        ),
        (
            Method::POST,
            "/api/v1/sandbox/exec",
            json!({"command": "true"}),
            409,
        ),
        (
            Method::POST,
            "/api/v1/courses/docker/lessons/images/exercises/nowhere/check",
            json!({}),
            404,
        ),
        (Method::GET, "/api/v1/sandbox/files?path=../x", Value::Null, 409),
    ];
    for (method, path, body, status) in cases {
        let mut request = browser.request(method, path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let problem = Browser::problem(request.send().await?)
            .await
            .with_context(|| path.to_owned())?;
        assert!(
            problem.status == status || (status == 422 && problem.status == 400),
            "{path}: {problem:?}"
        );
        assert!(
            !problem.title.is_empty() && !problem.detail.is_empty(),
            "{path}: {problem:?}"
        );
    }
    let huge = browser
        .request(Method::POST, "/api/v1/sandbox/exec")
        .body(vec![b' '; 300_000])
        .header("content-type", "application/json");
    assert_eq!(huge.send().await?.status(), StatusCode::PAYLOAD_TOO_LARGE);
    Ok(())
}

#[tokio::test]
async fn pages_are_documents_that_need_no_script() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    for (path, status, text) in [
        ("/", 200, "Docker"),
        ("/courses/docker", 200, "Docker images"),
        ("/courses/docker/images", 200, "docker images"),
        ("/nowhere", 404, "nowhere"),
        ("/courses/nowhere", 404, "Drydock"),
        ("/courses/docker/nowhere", 404, "Drydock"),
    ] {
        let answer = browser.get(path).await?;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let policy = answer
            .headers()
            .get("content-security-policy")
            .context("a policy")?
            .to_str()?
            .to_owned();
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval'"),
            "{policy}"
        );
        let html = answer.text().await?;
        assert!(html.contains(text), "{path} does not say {text:?}");
        assert!(
            !html.contains("<script>") && !html.contains(" onclick="),
            "{path} has inline script"
        );
    }
    // Kept by browsers only until it changes, and not sent again while it has not.
    let first = browser.get("/courses/docker/images").await?;
    let tag = first.headers().get("etag").context("an etag")?.clone();
    let again = browser
        .request(Method::GET, "/courses/docker/images")
        .header("if-none-match", tag)
        .send()
        .await?;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    Ok(())
}

#[tokio::test]
async fn solutions_and_hints_never_leave_the_server() -> Result<()> {
    let drydock = Drydock::start(Options::default()).await?;
    let browser = drydock.browser()?;
    let lesson = std::fs::read_to_string(root().join("content/docker/02-images/lesson.md"))?;
    // Lines of solutions and of hints as the author wrote them; what also stands in the text is no secret.
    let secrets: Vec<&str> = lesson
        .lines()
        .filter_map(|line| {
            line.trim()
                .split_once("text: \"")
                .map(|(_, text)| text.trim_end_matches("\" }"))
        })
        .collect();
    assert!(secrets.len() >= 8, "{secrets:?}");
    let mut sent = String::new();
    for path in [
        "/",
        "/courses/docker",
        "/courses/docker/images",
        "/api/v1/courses",
        "/api/v1/courses/docker/lessons/images",
        "/api/v1/progress",
    ] {
        sent.push_str(&browser.get(path).await?.text().await?);
    }
    for secret in secrets {
        assert!(!sent.contains(secret), "sent: {secret}");
    }
    assert!(!sent.contains("pitfalls") && !sent.contains("solution:"));
    Ok(())
}

#[tokio::test]
async fn operators_are_told_how_it_is() -> Result<()> {
    let drydock = Drydock::start(Options {
        pool: 1,
        ..Options::default()
    })
    .await?;
    let browser = drydock.browser()?;
    assert_eq!(browser.get("/healthz").await?.text().await?, "ok\n");
    until("a sandbox stands ready", Duration::from_secs(120), async || {
        let metrics = browser.get("/metrics").await?.text().await?;
        Ok(if metrics.contains("drydock_pool{state=\"ready\"} 1") {
            Ok(())
        } else {
            Err(metrics)
        })
    })
    .await?;
    assert_eq!(browser.get("/readyz").await?.status(), StatusCode::OK);
    let metrics = browser.get("/metrics").await?.text().await?;
    for name in [
        "drydock_sandboxes{state=\"ready\"}",
        "drydock_sandbox_start_seconds_bucket",
        "drydock_seats ",
    ] {
        assert!(metrics.contains(name), "{name} is not among:\n{metrics}");
    }
    Ok(())
}
