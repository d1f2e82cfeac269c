//! How much of everything a sandbox gets.

use std::time::Duration;

use drydock_gateway::AuditKind;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use crate::room::{Room, eventually};
use crate::through;

#[tokio::test(flavor = "multi_thread")]
async fn so_many_connections_and_no_more() {
    let room = Room::with(None, &[], |config| config.connections = 3).await;
    let guest = room.guest(2);
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(guest.connect("ghcr.io:443").await.unwrap());
    }
    let said = guest.raw("").await;
    assert!(
        said.starts_with("HTTP/1.1 429 ") && said.contains("3 connections open already"),
        "{said}"
    );
    let line = room.last(1).await;
    assert_eq!(
        (line.kind, line.status, line.sandbox.as_str()),
        (AuditKind::Refused, 429, "s2")
    );
    // A neighbour has their own, and places come back.
    assert!(room.guest(3).connect("ghcr.io:443").await.is_ok());
    held.pop();
    eventually("a place is free", || async {
        guest.connect("ghcr.io:443").await.is_ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_bytes_an_hour_and_no_more() {
    let (server, trust) = through::echo().await;
    let room = through::room(server, |config| config.bytes_per_hour = 200_000).await;
    let guest = room.guest(2);
    let authority = format!("{}:{}", through::FILES, server.port());
    let stream = guest.tls_with(&authority, through::FILES, &trust).await.unwrap();
    let (mut read, mut write) = tokio::io::split(stream);
    let writing = tokio::spawn(async move { while write.write_all(&[0; 10_000]).await.is_ok() {} });
    let mut got = 0;
    let mut piece = [0; 10_000];
    while let Ok(count) = read.read(&mut piece).await
        && count > 0
    {
        got += count;
    }
    writing.abort();
    assert!(got < 200_000, "{got}");
    let line = room.last(1).await;
    assert_eq!(line.why.as_deref(), Some("this hour's bytes are used up"));
    assert!(
        guest
            .connect(&authority)
            .await
            .unwrap_err()
            .starts_with("HTTP/1.1 429 this hour's bytes")
    );
    let said = guest
        .ask_raw(&format!("GET http://{authority}/ HTTP/1.1"), "Host: x\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 429"), "{said}");
    // Registries do not count, nor does what a neighbour does.
    assert_eq!(guest.get("ghcr.io", "/v2/").await.status, 200);
    assert!(
        room.guest(3)
            .tls_with(&authority, through::FILES, &trust)
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_in_which_nothing_moves_is_closed() {
    let (server, trust) = through::echo().await;
    let room = through::room(server, |config| config.idle_seconds = 1).await;
    let guest = room.guest(2);
    let authority = format!("{}:{}", through::FILES, server.port());
    let mut stream = guest.tls_with(&authority, through::FILES, &trust).await.unwrap();
    let begun = Instant::now();
    let ended = timeout(Duration::from_secs(10), stream.read_u8())
        .await
        .expect("closed");
    assert!(
        ended.is_err() && begun.elapsed() > Duration::from_millis(900),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        room.last(1).await.why.as_deref(),
        Some("nothing moved for too long")
    );
    // A connection that does not even begin, and one that begins and goes on no further.
    for said in ["", "CONNECT ghcr.io:443 HTTP/1.1\r\nHost: "] {
        let mut stream = guest.stream().await;
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        let ended = timeout(Duration::from_secs(10), stream.read_to_end(&mut heard)).await;
        assert!(ended.is_ok(), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_drop_by_drop_is_not_waited_for() {
    let room = Room::with(None, &[], |config| config.idle_seconds = 1).await;
    let guest = room.guest(2);
    let (mut read, mut write) = guest.stream().await.into_split();
    let dripping = tokio::spawn(async move {
        let mut drops = tokio::time::interval(Duration::from_millis(100));
        while write.write_all(b"X").await.is_ok() {
            drops.tick().await;
        }
    });
    let mut heard = Vec::new();
    let ended = timeout(Duration::from_secs(10), read.read_to_end(&mut heard)).await;
    dripping.abort();
    assert!(ended.is_ok(), "it is still listened to");
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_have_a_size() {
    let room = Room::open(None).await;
    let guest = room.guest(2);
    let long = "x".repeat(40_000);
    let said = guest
        .ask_raw(
            "GET http://example.com/ HTTP/1.1",
            &format!("Host: x\r\nX: {long}\r\n"),
        )
        .await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    let many = (0..200).fold(String::new(), |all, number| format!("{all}X-{number}: 1\r\n"));
    let said = guest.ask_raw("GET http://example.com/ HTTP/1.1", &many).await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    let said = guest
        .ask_raw(
            &format!("GET http://deb.debian.org/{} HTTP/1.1", "x".repeat(9000)),
            "Host: x\r\n",
        )
        .await;
    assert!(said.starts_with("HTTP/1.1 414"), "{said}");
    let said = guest
        .ask_raw(
            &format!("CONNECT {}.org:443 HTTP/1.1", "a.".repeat(4000)),
            "Host: x\r\n",
        )
        .await;
    assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    let answer = guest.get("ghcr.io", &format!("/v2/{}", "x".repeat(9000))).await;
    assert_eq!(answer.status, 414);
    let lines = room.lines(5).await;
    assert!(lines.iter().all(|line| line.kind == AuditKind::Refused));
    assert!(
        lines
            .iter()
            .all(|line| line.path.len() <= 512 && line.host.len() <= 255)
    );
}
