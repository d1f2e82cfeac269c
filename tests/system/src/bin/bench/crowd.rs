//! From the engine's event to the verdict, where there is more to look at than one exercise: fifty on a page, and twenty other
//! sandboxes in which something happens all the time.
//!
//! The baseline is the same learner, the same exercise and the same engine without the crowd.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use drydock_protocol::live::Event;
use drydock_system_tests::{Browser, Drydock, Options, Socket};
use tokio::task::JoinSet;

use crate::figures::{Sample, times};

const RUNS: usize = 15;
const DEADLINE: Duration = Duration::from_secs(30);
/// Exercises on the full page.
const FULL: usize = 50;
/// Other learners. Each has an open page, and tags and untags an image about every two seconds: what two cores can bear.
const OTHERS: u16 = 20;
const BUSY: &str = "while true; do docker tag busybox busy:v1; docker rmi busy:v1 >/dev/null; sleep 2; done";

/// Fifty exercises on a page.
pub(crate) async fn full_page() -> Result<()> {
    let content = tempfile::tempdir()?;
    let drydock = drydock(content.path(), 1).await?;
    let browser = drydock.browser()?;
    start(&browser).await?;
    let mut one = page(&browser, "one").await?;
    let alone = latency(&browser, &mut one).await?;
    drop(one);
    let mut full = page(&browser, "full").await?;
    let crowded = latency(&browser, &mut full).await?;
    print(
        &format!("event to verdict, {FULL} exercises on the page"),
        "one",
        &crowded,
        &alone,
    );
    Ok(())
}

/// Twenty sandboxes that are busy.
pub(crate) async fn busy_room() -> Result<()> {
    let content = tempfile::tempdir()?;
    let drydock = drydock(content.path(), OTHERS + 1).await?;
    let browser = drydock.browser()?;
    start(&browser).await?;
    let mut events = page(&browser, "one").await?;
    let alone = latency(&browser, &mut events).await?;
    let mut others = JoinSet::new();
    for _ in 0..OTHERS {
        let other = drydock.browser()?;
        start(&other).await?;
        let mut events = page(&other, "one").await?;
        others.spawn(async move { while events.next().await.is_ok() {} });
        others.spawn(async move {
            // It is cut off with the bench, or by the sandbox after its time.
            let _ = other.exec_within(BUSY, 600).await;
        });
    }
    let crowded = latency(&browser, &mut events).await?;
    others.abort_all();
    print(
        &format!("event to verdict, {OTHERS} other sandboxes busy"),
        "alone",
        &crowded,
        &alone,
    );
    Ok(())
}

fn print(what: &str, baseline: &str, crowded: &Sample, alone: &Sample) {
    for percent in [50, 95] {
        times(
            &format!("{what}, p{percent} ({baseline})"),
            crowded.percentile(percent),
            alone.percentile(percent),
        );
    }
}

/// A Drydock with a page of one exercise and a page of many, all of which an image can touch.
async fn drydock(content: &Path, capacity: u16) -> Result<Drydock> {
    let lessons = [("01-one", 1), ("02-full", FULL)];
    std::fs::create_dir_all(content.join("bench"))?;
    std::fs::write(
        content.join("bench/course.yaml"),
        "title: Bench\nsummary: For measuring.\nlessons: [01-one, 02-full]\n",
    )?;
    for (name, count) in lessons {
        let folder = content.join("bench").join(name);
        std::fs::create_dir_all(&folder)?;
        let head = "---\ntitle: A page\nsummary: For measuring.\nminutes: 5\nobjectives:\n  - Measure\nsandbox:\n  images: [busybox]\n---\n\nText.\n\n## All\n\n";
        let exercises: Vec<String> = (1..=count)
            .map(|n| {
                format!(
                    "```exercise id=e{n} points=1\ngoal: It is there.\nexpect:\n  - {{image: \"mine:v{n}\", same_as: busybox, mode: hold}}\nhints:\n  - {{ ask: true, text: \"Tag it.\" }}\nsolution: docker tag busybox mine:v{n}\n```\n\n"
                )
            })
            .collect();
        std::fs::write(folder.join("lesson.md"), format!("{head}{}", exercises.concat()))?;
    }
    Drydock::start(Options {
        capacity,
        settings: vec![
            ("REGISTRY__ENABLED".to_owned(), "false".to_owned()),
            ("CONTENT".to_owned(), content.display().to_string()),
        ],
        ..Options::default()
    })
    .await
}

async fn start(browser: &Browser) -> Result<()> {
    let wanted = serde_json::json!({ "course": "bench", "lesson": "one" });
    browser
        .post("/api/v1/sandbox", &wanted)
        .await?
        .error_for_status()?;
    browser.until_ready().await.map(drop)
}

/// An open page: every exercise of it has been looked at.
async fn page(browser: &Browser, lesson: &str) -> Result<Socket> {
    let mut events = browser
        .socket(&format!("/api/v1/events?course=bench&lesson={lesson}"))
        .await?;
    events.event(DEADLINE, |event| verdict_of(&event, false)).await?;
    Ok(events)
}

/// Tags and untags, again and again. The engine dates its events; the clock is the same machine's.
async fn latency(browser: &Browser, events: &mut Socket) -> Result<Sample> {
    let mut sample = Sample::default();
    for _ in 0..RUNS {
        browser.run("docker tag busybox mine:v1").await?;
        events.event(DEADLINE, |event| verdict_of(&event, true)).await?;
        let came = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let dated = browser
            .run("docker events --since $(($(date +%s) - 60)) --until $(($(date +%s) + 1)) --filter event=tag --format '{{.TimeNano}} {{.Actor.Attributes.name}}' | grep mine:v1 | tail -n 1")
            .await?;
        let happened = dated.split_whitespace().next().context("no event")?.parse()?;
        sample.push(came.saturating_sub(Duration::from_nanos(happened)));
        browser.run("docker rmi mine:v1").await?;
        events.event(DEADLINE, |event| verdict_of(&event, false)).await?;
    }
    Ok(sample)
}

/// Whether this is a verdict on the first exercise, as it is asked for.
fn verdict_of(event: &Event, passed: bool) -> Option<()> {
    let Event::Verdict { verdict, .. } = event else {
        return None;
    };
    (verdict.exercise == "e1" && verdict.passed == passed).then_some(())
}
