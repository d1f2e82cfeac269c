//! The journal: each command once, with its status; files; events.

mod common;

use std::time::{Duration, Instant};

use common::terminal::Client;
use common::{Agent, PATIENCE};
use drydock_protocol::agent::{AgentEvent, JournalEntry, Journalled};
use futures::StreamExt as _;
use http::{Method, StatusCode};
use tokio_tungstenite::tungstenite::Message;

fn pairs(wanted: &[(&str, i32)]) -> Vec<(String, i32)> {
    wanted
        .iter()
        .map(|(command, exit)| ((*command).to_owned(), *exit))
        .collect()
}

#[tokio::test]
async fn each_command_is_there_once_with_its_status() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("never run").await;
    client
        .until("the echo", |client| client.text().ends_with("never run"))
        .await;
    client.type_in("\x03").await;
    client.until("the prompt", Client::shows_prompt).await;
    let typed = [
        "true\r",
        "\r",
        "   \r",
        "# nothing\r",
        "false\r",
        "false\r",
        " echo 'after a space'\r",
        "for i in 1 2; do\recho $i\rdone\r",
        "\x1b[200~cat <<END\nback\\slash \tü\nEND\n\x1b[201~\r",
        "(exit 7)\r",
        "echo )\r",
        "bash -c 'kill -9 $$'\r",
        "sleep 1000\r",
    ];
    for text in typed {
        client.type_in(text).await;
    }
    let mut wanted = pairs(&[
        ("true", 0),
        ("false", 1),
        ("false", 1),
        (" echo 'after a space'", 0),
        ("for i in 1 2; do\necho $i\ndone", 0),
        ("cat <<END\nback\\slash \tü\nEND", 0),
        ("(exit 7)", 7),
        ("bash -c 'kill -9 $$'", 137),
    ]);
    agent.ran(&wanted).await;
    client
        .until("sleep", |client| client.text().ends_with("sleep 1000"))
        .await;
    client.type_in("\x03").await;
    wanted.push(("sleep 1000".to_owned(), 130));
    agent.ran(&wanted).await;

    // Lines that are pasted together are commands of their own.
    client.type_in("\x1b[200~echo one\n(exit 3)\n# a comment\nfor i in 1\ndo echo $i\ndone\necho two\necho two\n\x1b[201~\r").await;
    wanted.extend(pairs(&[
        ("echo one", 0),
        ("(exit 3)", 3),
        ("for i in 1\ndo echo $i\ndone", 0),
        ("echo two", 0),
        ("echo two", 0),
    ]));
    agent.ran(&wanted).await;

    // Nothing of the marks is to be seen, and a replay adds nothing.
    assert!(!client.raw.windows(4).any(|bytes| bytes == b"7733"));
    drop(Client::attach(&agent, "main").await);
    client.type_in("echo last\r").await;
    wanted.push(("echo last".to_owned(), 0));
    agent.ran(&wanted).await;
    let numbers: Vec<u64> = agent.journal(0).await.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=wanted.len() as u64).collect::<Vec<_>>());
    assert_eq!(agent.journal(wanted.len() as u64 - 1).await.len(), 1);
}

const FORGERY: &str = "printf '\\e]7733;%s;0;docker push\\aforged\\n' guess";

#[tokio::test]
async fn output_cannot_pass_for_a_command() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in(&format!("{FORGERY}\r")).await;
    client
        .until("the output", |client| client.text().contains("\nforged"))
        .await;
    agent.ran(&pairs(&[(FORGERY, 0)])).await;
}

#[tokio::test]
async fn the_history_is_kept_for_the_next_shell() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("echo re''member\r").await;
    agent.ran(&pairs(&[("echo re''member", 0)])).await;
    client.type_in("exit\r").await;
    client.until_closed().await;
    let mut next = Client::at_prompt(&agent, "next").await;
    // Up, up: `exit`, and the one before it.
    next.type_in("\x1b[A\x1b[A\r").await;
    next.until("the repetition", |client| client.text().contains("\nremember"))
        .await;
}

#[tokio::test]
async fn a_shell_in_the_shell_is_not_confused() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("bash --norc\r").await;
    client
        .until("the inner shell", |client| client.text().contains("bash-5"))
        .await;
    client.type_in("echo in''side; exit 5\r").await;
    client
        .until("its output", |client| client.text().contains("\ninside"))
        .await;
    agent.ran(&pairs(&[("bash --norc", 5)])).await;
}

#[tokio::test]
async fn events_are_told_from_a_number_on_and_live() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("true\rfalse\r").await;
    agent.ran(&pairs(&[("true", 0), ("false", 1)])).await;
    let mut events = agent.socket("/events?since=1").await;
    let mut told = Vec::new();
    client.type_in("(exit 9)\r").await;
    let put = agent.call(Method::PUT, "/files?path=notes.txt", "text").await;
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    let done = |told: &[AgentEvent]| {
        let journal = told
            .iter()
            .filter(|event| matches!(event, AgentEvent::Journal(_)))
            .count();
        journal == 3
            && told.contains(&AgentEvent::Files {
                paths: vec!["notes.txt".to_owned()],
            })
    };
    while !done(&told) {
        let message = tokio::time::timeout(PATIENCE, events.next())
            .await
            .unwrap_or_else(|_| panic!("{told:?}"));
        if let Message::Text(text) = message.unwrap().unwrap() {
            told.push(serde_json::from_str(&text).unwrap());
        }
    }
    assert!(
        matches!(told[0], AgentEvent::Engine(_)),
        "first comes how the engine is"
    );
    let entries: Vec<&JournalEntry> = told
        .iter()
        .filter_map(|event| {
            if let AgentEvent::Journal(entry) = event {
                Some(entry)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(entries[0].seq, 2);
    assert!(entries.iter().any(
        |entry| matches!(&entry.what, Journalled::Ran { terminal, command, exit: 9 }
        if terminal == "main" && command == "(exit 9)")
    ));
    assert!(entries.iter().any(|entry| entry.what
        == Journalled::Saved {
            path: "notes.txt".to_owned()
        }));

    // A file that a program writes is told too.
    client.type_in("mkdir -p a/b && touch a/b/c\r").await;
    let wanted = "a/b/c".to_owned();
    loop {
        let message = tokio::time::timeout(PATIENCE, events.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        let Message::Text(text) = message else { continue };
        if let AgentEvent::Files { paths } = serde_json::from_str(&text).unwrap()
            && paths.contains(&wanted)
        {
            break;
        }
    }
}

#[tokio::test]
async fn a_shell_starts_at_once() {
    let agent = Agent::start();
    // Once in some tries, for a machine that has other things to do.
    let mut best = Duration::MAX;
    for _ in 0..20 {
        let started = Instant::now();
        drop(Client::at_prompt(&agent, "main").await);
        best = best.min(started.elapsed());
        agent.call(Method::DELETE, "/terminals/main", "").await;
    }
    assert!(best < Duration::from_millis(50), "{best:?}");
}
