//! A registry that goes away, and many who pull at once.

use bytes::Bytes;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use sha2::{Digest as _, Sha256};

use crate::client::{Client, finish};
use crate::push::HOST as PUSH_HOST;
use crate::room::Room;
use crate::shelf::{Image, Shelf, digest, named};

const HUB: &str = "registry-1.docker.io";
const LARGE: usize = 48 << 20;

fn layer(length: usize) -> Vec<u8> {
    (0..=250)
        .flat_map(|byte| [byte; 7])
        .cycle()
        .take(length)
        .collect()
}

async fn begin(
    client: &Client,
    target: &str,
    headers: &[(&str, &str)],
) -> http::Response<hyper::body::Incoming> {
    let body = Empty::<Bytes>::new()
        .map_err(|never| match never {})
        .boxed_unsync();
    client.begin(HUB, Method::GET, target, headers, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_killed_mid_pull_is_resumed_from() {
    let mut shelf = Shelf::start().await;
    let image = Image::new(layer(LARGE));
    shelf.fill("classroom/docker.io/library/big", "1", &image).await;
    let room = Room::open(Some(&shelf)).await;
    let guest = room.guest(2);
    let target = format!("/v2/library/big/blobs/{}", digest(&image.layer));

    let mut response = begin(&guest, &target, &[]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let mut got = Vec::new();
    while got.len() < 1 << 20 {
        got.extend_from_slice(response.frame().await.unwrap().unwrap().data_ref().unwrap());
    }
    shelf.kill();
    room.classroom.send_replace(None);
    // What was on its way comes still; then the client hears that it is not all.
    let broken = loop {
        match response.frame().await {
            Some(Ok(frame)) => got.extend_from_slice(frame.data_ref().unwrap()),
            Some(Err(_)) => break true,
            None => break false,
        }
    };
    assert!(broken, "the end looks like a right one after {} bytes", got.len());
    assert!(got.len() < LARGE);

    // The rest is asked for while the registry is away, and waits for it.
    let range = format!("bytes={}-", got.len());
    let headers = [("range", range.as_str())];
    let (resumed, ()) = tokio::join!(begin(&guest, &target, &headers), async {
        shelf.again().await;
        room.classroom.send_replace(Some(shelf.address));
    });
    assert_eq!(resumed.status(), StatusCode::PARTIAL_CONTENT);
    got.extend_from_slice(&finish(resumed).await.body);
    assert_eq!(digest(&got), digest(&image.layer));
    let lines = room.lines(2).await;
    assert!(
        lines[0].why.as_deref().unwrap().starts_with("broke off"),
        "{:?}",
        lines[0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_stays_away_is_said_to() {
    let room = Room::open(None).await;
    let guest = room.guest(2);
    let (read, pushed, looked_up) = tokio::join!(
        guest.get(HUB, "/v2/library/nginx/manifests/latest"),
        guest.send(PUSH_HOST, Method::POST, "/v2/app/blobs/uploads/", &[], ""),
        room.gateway.pushed("l2", "registry.example.com/app")
    );
    assert!(looked_up.is_err());
    for answer in [read, pushed] {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE")
        );
        assert_eq!(answer.header("retry-after"), "5");
    }
    // What needs no registry goes on.
    assert_eq!(guest.get(HUB, "/v2/").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_large_pulls_at_once_take_no_memory() {
    let shelf = Shelf::start().await;
    let image = Image::new(layer(LARGE));
    shelf.fill("classroom/docker.io/library/big", "1", &image).await;
    let (target, right) = (
        format!("/v2/library/big/blobs/{}", digest(&image.layer)),
        digest(&image.layer),
    );
    drop(image);
    let room = Room::open(Some(&shelf)).await;
    let before = resident();
    let pulls = (2..12u8).map(|number| {
        let (guest, target) = (room.guest(number), target.clone());
        tokio::spawn(async move {
            let mut response = begin(&guest, &target, &[]).await;
            let mut hash = Sha256::new();
            let mut most = 0;
            while let Some(frame) = response.frame().await {
                hash.update(frame.unwrap().data_ref().unwrap());
                most = most.max(resident());
            }
            (named(&hash.finalize()), most)
        })
    });
    let mut most = 0;
    for pull in futures::future::join_all(pulls).await {
        let (hash, resident) = pull.unwrap();
        assert_eq!(hash, right);
        most = most.max(resident);
    }
    // Half a gibibyte passed, with both ends of each connection in this process.
    let grown = most.saturating_sub(before);
    assert!(grown < 48 << 20, "{} KiB more", grown >> 10);
}

/// Bytes of this process in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
