//! Terminals as a learner meets them: typing, sizes, coming back, ending.

mod common;

use common::terminal::Client;
use common::{Agent, TOKEN, is_running, until};
use drydock_protocol::live::{CLOSE_ENDED, FromTerminal};
use http::{Method, StatusCode};

#[tokio::test]
async fn what_is_typed_is_echoed_and_run_in_utf_8() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    assert_eq!(
        client.control[0],
        FromTerminal::Replay {
            cols: 80,
            rows: 24,
            fresh: true
        }
    );
    assert!(client.text().starts_with("learner@drydock:~"));
    client
        .type_in("echo \"$TERM $COLORTERM $LANG $PWD\" 'grüße 中文 🐳' | tr a-z A-Z\r")
        .await;
    let home = agent.home.path().to_string_lossy().to_uppercase();
    let wanted = format!("XTERM-256COLOR TRUECOLOR C.UTF-8 {home} GRüßE 中文 🐳");
    client
        .until("the output", |client| {
            client.text().replace('\n', "").contains(&wanted)
        })
        .await;
    // The agent's token is nobody's business.
    client.type_in(&format!("clear; env | grep -c {TOKEN}\r")).await;
    client.until("the count", |client| client.shows_line("0")).await;
}

#[tokio::test]
async fn a_size_is_taken_and_the_other_clients_are_told() {
    let agent = Agent::start();
    let mut first = Client::at_prompt(&agent, "main").await;
    let mut second = Client::attach(&agent, "main").await;
    assert_eq!(
        second.control[0],
        FromTerminal::Replay {
            cols: 80,
            rows: 24,
            fresh: false
        }
    );
    first.resize(100, 30).await;
    first.type_in("stty size\r").await;
    first
        .until("the size", |client| client.text().contains("30 100"))
        .await;
    second
        .until("the new size", |client| {
            client
                .control
                .contains(&FromTerminal::Size { cols: 100, rows: 30 })
        })
        .await;
    assert!(
        !first
            .control
            .iter()
            .any(|control| matches!(control, FromTerminal::Size { .. }))
    );
    // Both see both.
    second.type_in("echo from-second\r").await;
    first
        .until("the other's typing", |client| {
            client.text().contains("\nfrom-second")
        })
        .await;
}

#[tokio::test]
async fn a_shell_can_be_started_in_a_size() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main?cols=120&rows=40").await;
    assert_eq!(
        client.control[0],
        FromTerminal::Replay {
            cols: 120,
            rows: 40,
            fresh: true
        }
    );
    client.type_in("stty size\r").await;
    client
        .until("the size", |client| client.text().contains("40 120"))
        .await;
}

#[tokio::test]
async fn who_comes_back_is_shown_the_screen_and_what_scrolled_off() {
    let agent = Agent::start();
    let mut before = Client::at_prompt(&agent, "main").await;
    before.type_in("seq 1 200; printf '\\e[31mred\\e[m\\n'\r").await;
    before
        .until("the end", |client| {
            client.text().contains("200\nred\n") && client.shows_prompt()
        })
        .await;
    before.type_in("half a com").await;
    before
        .until("the echo", |client| client.text().ends_with("half a com"))
        .await;
    let (text, cursor) = (before.text(), before.screen().cursor_position());
    drop(before);

    let mut after = Client::attach(&agent, "main").await;
    assert_eq!(after.text(), text);
    assert_eq!(after.screen().cursor_position(), cursor);
    assert!(after.screen().bracketed_paste());
    assert!(
        !after.raw.windows(5).any(|bytes| bytes == b"]7733"),
        "marks are not replayed"
    );
    after.screen_mut().set_scrollback(usize::MAX);
    assert!(after.text().contains("\n1\n2\n3\n"), "{}", after.text());
    after.screen_mut().set_scrollback(0);
    after.type_in("\x15echo go-on\r").await;
    after
        .until("going on", |client| client.text().contains("\ngo-on"))
        .await;
}

/// A program that takes the screen over, draws itself anew when it is asked to, and ends with a `q`.
const FULL_SCREEN: &str = r#"
trap 'printf "\e[2;1Hdrawn again"' WINCH
printf '\e[?1049h\e[H\e[2Jpage one\e[?1000h\e[?25l'
until [[ $key == q ]]; do read -rsn1 -t 0.05 key; done
printf '\e[?1000l\e[?25h\e[?1049l'
"#;

#[tokio::test]
async fn who_comes_back_to_a_full_screen_program_is_shown_it() {
    let agent = Agent::start();
    std::fs::write(agent.path("program"), FULL_SCREEN).unwrap();
    let mut before = Client::at_prompt(&agent, "main").await;
    before.type_in("bash program\r").await;
    before
        .until("the page", |client| client.text() == "page one")
        .await;
    drop(before);

    let mut after = Client::attach(&agent, "main").await;
    assert!(after.text().starts_with("page one"), "{}", after.text());
    assert!(after.screen().alternate_screen() && after.screen().hide_cursor());
    assert_eq!(
        after.screen().mouse_protocol_mode(),
        vt100::MouseProtocolMode::PressRelease
    );
    after
        .until("what it draws when asked", |client| {
            client.text() == "page one\ndrawn again"
        })
        .await;
    after.type_in("q").await;
    after
        .until("the prompt", |client| {
            !client.screen().alternate_screen() && client.shows_prompt()
        })
        .await;
    let text = after.text();
    assert!(text.contains("bash program"), "what was behind is back:\n{text}");
    assert!(!after.screen().hide_cursor());
}

#[tokio::test]
async fn programs_go_on_while_nobody_looks() {
    let agent = Agent::start();
    let mut before = Client::at_prompt(&agent, "main").await;
    before
        .type_in("head -c 30000000 /dev/zero | tr '\\0' x | fold; touch done; echo all-written\r")
        .await;
    drop(before);
    until("the program's end", async || agent.path("done").exists()).await;
    let mut after = Client::attach(&agent, "main").await;
    after
        .until("its last line", |client| client.text().contains("all-written"))
        .await;
}

#[tokio::test]
async fn when_the_shell_ends_the_client_is_told_and_may_start_anew() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("echo last-words; exit 7\r").await;
    assert_eq!(client.until_closed().await, CLOSE_ENDED);
    assert_eq!(client.control.last(), Some(&FromTerminal::Ended { status: 7 }));
    assert!(client.text().contains("\nlast-words"));
    until("its name to be free", async || {
        agent.get::<Vec<String>>("/terminals").await.is_empty()
    })
    .await;

    let again = Client::at_prompt(&agent, "main").await;
    assert!(matches!(
        again.control[0],
        FromTerminal::Replay { fresh: true, .. }
    ));
    assert!(!again.text().contains("last-words"));
}

#[tokio::test]
async fn a_terminal_is_ended_with_all_that_runs_on_it() {
    let agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client
        .type_in(
            "nohup sleep 1000 >/dev/null & echo \"=$!=\"; bash -c 'trap \"\" HUP; echo =$$=; sleep 1000'\r",
        )
        .await;
    client.until("both", |client| client.answers().len() == 2).await;
    let pids = client.answers();
    let response = agent.call(Method::DELETE, "/terminals/main", "").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(client.until_closed().await, CLOSE_ENDED);
    until("its processes to end", async || {
        !pids.iter().any(|pid| is_running(pid))
    })
    .await;
    assert_eq!(
        agent.call(Method::DELETE, "/terminals/main", "").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn names_and_numbers_have_bounds() {
    let agent = Agent::start();
    for name in ["A", "a_b", "%20", "x%2Fy", &"x".repeat(33)] {
        let refused = agent.try_socket(&format!("/terminals/{name}")).await;
        assert!(refused.is_err(), "{name}");
    }
    let mut open = Vec::new();
    for number in 0..8 {
        open.push(Client::attach(&agent, &format!("t{number}")).await);
    }
    assert!(agent.try_socket("/terminals/t8").await.is_err());
    assert_eq!(agent.get::<Vec<String>>("/terminals").await.len(), 8);
    for _ in 1..16 {
        open.push(Client::attach(&agent, "t0").await);
    }
    assert!(agent.try_socket("/terminals/t0").await.is_err());
    // A client that leaves makes room.
    open.truncate(8);
    until("room", async || agent.try_socket("/terminals/t0").await.is_ok()).await;
}

#[tokio::test]
async fn nonsense_is_refused_and_harms_nobody() {
    let agent = Agent::start();
    let mut other = Client::at_prompt(&agent, "main").await;
    for text in [
        "",
        "{",
        "{\"type\":\"reboot\"}",
        "{\"type\":\"resize\",\"cols\":-1,\"rows\":1}",
    ] {
        let mut client = Client::attach(&agent, "main").await;
        client.send_text(text.to_owned()).await;
        assert_eq!(client.until_closed().await, 1008, "{text}");
    }
    // Sizes that no terminal has become the nearest that one has.
    other
        .send_text("{\"type\":\"resize\",\"cols\":0,\"rows\":65535}".to_owned())
        .await;
    other
        .send_text("{\"type\":\"ack\",\"bytes\":18446744073709551615}".to_owned())
        .await;
    other.type_in("stty size\r").await;
    other
        .until("the size", |client| {
            client.raw.windows(6).any(|bytes| bytes == b"1000 2")
        })
        .await;
}

#[tokio::test]
async fn terminals_end_with_the_agent() {
    let mut agent = Agent::start();
    let mut client = Client::at_prompt(&agent, "main").await;
    client.type_in("echo \"=$$=\"; sleep 1000\r").await;
    client
        .until("its number", |client| client.answers().len() == 1)
        .await;
    let pid = client.answers().remove(0);
    assert_eq!(agent.terminate().await, Some(0));
    until("the shell to end", async || !is_running(&pid)).await;
}
