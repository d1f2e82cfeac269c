//! Output that nobody can keep up with: it is held back, and costs no memory.

mod common;

use std::time::{Duration, Instant};

use common::terminal::Client;
use common::{Agent, until};
use drydock_protocol::live::{CLOSE_TOO_SLOW, TERMINAL_WINDOW, ToTerminal};

/// What the agent may grow by under a flood, in kilobytes: a few windows of buffers.
const GROWTH_MAX_KB: u64 = 4 * 1024;

#[tokio::test]
async fn everything_arrives_in_order_when_it_is_acknowledged() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("clear; seq 1 200000; echo en''d\r").await;
    client
        .until("the end", |client| client.text().contains("\nend"))
        .await;
    let text = String::from_utf8(std::mem::take(&mut client.raw)).unwrap();
    let from = text
        .find("\r\n1\r\n")
        .unwrap_or_else(|| text.find("1\r\n2\r\n").unwrap());
    let mut numbers = text[from..].trim_start().lines();
    for number in 1..=200_000 {
        let line = numbers.next().unwrap();
        assert!(
            line.trim_start_matches('\r').ends_with(&number.to_string()),
            "{number}: {line:?}"
        );
    }
}

#[tokio::test]
async fn a_client_that_acknowledges_nothing_gets_a_window_and_is_let_go() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.acknowledges = false;
    let before = client.received;
    let started = Instant::now();
    client.type_in("yes\r").await;
    assert_eq!(client.until_closed().await, CLOSE_TOO_SLOW);
    assert!(
        started.elapsed() >= Duration::from_secs(9),
        "it was given time: {:?}",
        started.elapsed()
    );
    let got = client.received - before;
    assert!(
        got <= TERMINAL_WINDOW,
        "{got} bytes were sent without an acknowledgement"
    );
    assert!(
        got > TERMINAL_WINDOW / 2,
        "{got} bytes is less than there was room for"
    );

    // It comes back, is shown the screen, and what it says gets through the flood.
    let mut again = Client::attach(&agent, "main").await;
    assert!(again.text().contains("y\ny\n"));
    again.type_in("\x03").await;
    again.until("the prompt", Client::shows_prompt).await;
}

#[tokio::test]
async fn a_slow_client_slows_the_program_and_is_kept() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.acknowledges = false;
    client.type_in("yes\r").await;
    // Acknowledging now and then is enough to stay, and to get more.
    for round in 1..=20 {
        let wanted = client.received + 64 * 1024;
        client
            .until("more", |client| client.received >= wanted || round == 20)
            .await;
        client
            .tell(ToTerminal::Ack {
                bytes: client.received,
            })
            .await;
    }
    client.acknowledges = true;
    client.type_in("\x03").await;
    client.until("the prompt", Client::shows_prompt).await;
    assert_eq!(client.closed, None);
}

#[tokio::test]
async fn a_flood_costs_no_memory_whether_it_is_read_or_not() {
    let agent = Agent::start();
    let mut reader = Client::at_prompt(&agent, "read").await;
    let mut idler = Client::at_prompt(&agent, "unread").await;
    // Warm: the buffers that a flood needs are there, and the scrollback is full.
    reader.type_in("yes | head -c 20000000; echo en''d\r").await;
    reader
        .until("the end", |client| client.text().contains("\nend"))
        .await;
    let before = agent.resident_kb();

    // One client that takes nothing from its socket, one that reads all, and a terminal without any.
    idler.type_in("yes\r").await;
    let mut away = Client::at_prompt(&agent, "away").await;
    away.type_in("yes\r").await;
    drop(away);
    let wanted = reader.received + 50_000_000;
    reader.draws = false;
    reader.type_in("yes\r").await;
    reader
        .until("fifty megabytes", |client| client.received >= wanted)
        .await;
    let after = agent.resident_kb();
    assert!(
        after < before + GROWTH_MAX_KB,
        "{before} kB before the flood, {after} kB in it"
    );
}

#[tokio::test]
async fn a_large_paste_into_a_program_that_echoes_arrives_whole() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("cat >pasted\r").await;
    client
        .until("the echo", |client| client.text().contains("cat >pasted"))
        .await;
    let line = format!("{}\r", "x".repeat(99));
    for _ in 0..20 {
        // Frames of 50 kB, all sent before anything is read back.
        client.type_in(&line.repeat(500)).await;
    }
    client.type_in("\x04").await;
    client.until("the prompt", Client::shows_prompt).await;
    until("the file", async || {
        std::fs::metadata(agent.path("pasted")).is_ok_and(|file| file.len() == 1_000_000)
    })
    .await;
}
