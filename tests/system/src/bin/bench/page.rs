//! The lesson's page: how large it is, and how many of it a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::serve::ListenerExt;
use drydock_system_tests::Drydock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::figures::{budget, rates};

const LESSON: &str = "/courses/docker/images";
/// HTML, CSS, JavaScript and WASM before a terminal opens, compressed.
const BUDGET_BYTES: u64 = 150_000;
const CONNECTIONS: usize = 16;
const WINDOW: Duration = Duration::from_secs(4);

/// What a browser has to fetch before the page is complete.
pub(crate) async fn bytes(drydock: &Drydock) -> Result<()> {
    let (_, html) = fetch(drydock.address(), LESSON, "identity").await?;
    let html = String::from_utf8(html)?;
    let mut total = fetch(drydock.address(), LESSON, "br").await?.1.len() as u64;
    for name in asset_names(&html) {
        let size = fetch(drydock.address(), &name, "br").await?.1.len() as u64;
        println!("  {name}: {size} bytes");
        total += size;
    }
    budget(
        "lesson page before a terminal opens (baseline: budget)",
        total,
        BUDGET_BYTES,
    );
    Ok(())
}

/// Style, script and module that the page names. Fonts are kept by the browser from the first page on and not counted.
fn asset_names(html: &str) -> Vec<String> {
    let kinds = [".css", ".js", ".wasm"];
    let mut names: Vec<String> = html
        .split('"')
        .filter(|part| part.starts_with("/assets/") && kinds.iter().any(|kind| part.ends_with(kind)))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Pages a second, against the same bytes as a file behind the same HTTP library's file service.
pub(crate) async fn requests(drydock: &Drydock) -> Result<()> {
    let (_, bytes) = fetch(drydock.address(), LESSON, "br").await?;
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("page.html"), &bytes)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let files = axum::Router::new().fallback_service(tower_http::services::ServeDir::new(folder.path()));
    // As Drydock does: without it, the kernel holds back the end of each answer.
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap_or_default());
    let server = tokio::spawn(async move { axum::serve(listener, files).await });
    let ours = rate(drydock.address(), LESSON).await?;
    let baseline = rate(&address, "/page.html").await?;
    server.abort();
    rates(
        "lesson pages (baseline: the same bytes as a file)",
        ours,
        baseline,
        "/s",
    );
    Ok(())
}

async fn rate(address: &str, path: &str) -> Result<f64> {
    let count = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, path, count) = (address.to_owned(), path.to_owned(), count.clone());
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(&address).await?;
                while begun.elapsed() < WINDOW {
                    exchange(&mut stream, &address, &path, "br").await?;
                    count.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(count.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64())
}

async fn fetch(address: &str, path: &str, encoding: &str) -> Result<(String, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).await?;
    exchange(&mut stream, address, path, encoding).await
}

/// One request on a connection that stays open: the head, and the body by its length.
async fn exchange(
    stream: &mut TcpStream,
    address: &str,
    path: &str,
    encoding: &str,
) -> Result<(String, Vec<u8>)> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept-Encoding: {encoding}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut received = Vec::with_capacity(64 * 1024);
    let head_end = loop {
        if let Some(at) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut received).await? == 0 {
            bail!("{path}: the server hung up");
        }
    };
    let head = String::from_utf8_lossy(&received[..head_end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        bail!("{path}: {}", head.lines().next().unwrap_or_default());
    }
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .with_context(|| format!("{path}: no content-length"))?
        .parse()?;
    while received.len() < head_end + length {
        if stream.read_buf(&mut received).await? == 0 {
            bail!("{path}: the server hung up in the middle");
        }
    }
    Ok((head, received.split_off(head_end)))
}
