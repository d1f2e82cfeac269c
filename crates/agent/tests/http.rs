//! Everything that is not a terminal: token, files, commands, the engine.

mod common;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::Instant;

use common::{Agent, TOKEN, is_running, until};
use drydock_protocol::agent::{ENGINE_UPGRADE, EngineStatus, FILE_MAX, PIECE_MAX, SIZE_HEADER, Status};
use drydock_protocol::api::{FileKind, Listing};
use http::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixListener};

#[tokio::test]
async fn without_the_token_there_is_nothing() {
    let agent = Agent::start();
    let wrong = format!("Bearer {TOKEN}x");
    let basic = format!("Basic {TOKEN}");
    let headers: [&[(&str, &str)]; 5] = [
        &[],
        &[("authorization", TOKEN)],
        &[("authorization", &wrong)],
        &[("authorization", "Bearer ")],
        &[("authorization", &basic)],
    ];
    for headers in headers {
        for target in [
            "/status",
            "/files?path=",
            "/terminals/main",
            "/events",
            "/engine",
            "/nowhere",
        ] {
            let response = agent.call_with(Method::GET, target, "", headers).await;
            assert_eq!(
                response.status(),
                StatusCode::UNAUTHORIZED,
                "{target} {headers:?}"
            );
        }
    }
    assert!(agent.get::<Vec<String>>("/terminals").await.is_empty());
}

#[tokio::test]
async fn status_tells_what_is_used() {
    let agent = Agent::start();
    let status: Status = agent.get("/status").await;
    assert_eq!(status.engine, EngineStatus::Starting);
    assert!(status.usage.home_bytes > 0);
    assert!(status.idle_s < 30);
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let agent = Agent::start();
    let mut silent = agent.connect().await;
    silent.write_all(b"GET /status HTTP/1.1\r\n").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(common::PATIENCE, silent.read_to_end(&mut rest))
        .await
        .expect("it is closed")
        .unwrap();
}

#[tokio::test]
async fn too_many_connections_are_closed_at_once_and_do_no_harm() {
    let agent = Agent::start();
    let mut open = Vec::new();
    for _ in 0..300 {
        open.push(agent.connect().await);
    }
    let mut last = open.pop().unwrap();
    let mut byte = [0];
    assert!(matches!(last.read(&mut byte).await, Ok(0) | Err(_)));
    drop(open);
    until("room", async || TcpStream::connect(agent.address).await.is_ok()).await;
    until("an answer", async || {
        let mut stream = agent.connect().await;
        let request = format!("GET /terminals HTTP/1.0\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
        let mut answer = String::new();
        stream.write_all(request.as_bytes()).await.is_ok()
            && stream.read_to_string(&mut answer).await.is_ok()
            && answer.starts_with("HTTP/1.0 200")
    })
    .await;
}

#[tokio::test]
async fn files_are_written_read_listed_and_removed() {
    let agent = Agent::start();
    let text = "FROM debian\nRUN echo ü\n";
    let put =
        async |target: &str, body: &str| agent.call(Method::PUT, target, body.to_owned()).await.status();
    assert_eq!(
        put("/files?path=app/web/Dockerfile", text).await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        put("/files?path=run.sh&mode=755", "x").await,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        put("/files?path=a%20b%C3%BC.txt", "").await,
        StatusCode::NO_CONTENT
    );
    let mode = |name: &str| std::fs::metadata(agent.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("run.sh"), 0o755);
    // Overwritten, it keeps its mode.
    assert_eq!(put("/files?path=run.sh", "y").await, StatusCode::NO_CONTENT);
    assert_eq!(
        (
            mode("run.sh"),
            std::fs::read_to_string(agent.path("run.sh")).unwrap().as_str()
        ),
        (0o755, "y")
    );

    let file = agent
        .call(Method::GET, "/files?path=app/web/Dockerfile", "")
        .await;
    assert_eq!(
        (file.headers()["x-drydock-kind"].as_bytes(), file.body().as_ref()),
        (&b"file"[..], text.as_bytes())
    );
    let folder = agent.call(Method::GET, "/files?path=", "").await;
    assert_eq!(folder.headers()["x-drydock-kind"], "folder");
    let listing: Listing = serde_json::from_slice(folder.body()).unwrap();
    let names: Vec<_> = listing
        .entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.kind))
        .collect();
    assert_eq!(
        names,
        [
            ("app", FileKind::Folder),
            ("a bü.txt", FileKind::File),
            ("run.sh", FileKind::File)
        ]
    );
    assert!(!listing.truncated);

    for (target, status) in [
        ("/files?path=app", StatusCode::NO_CONTENT),
        ("/files?path=run.sh", StatusCode::NO_CONTENT),
        ("/files?path=run.sh", StatusCode::NOT_FOUND),
        ("/files?path=", StatusCode::CONFLICT),
    ] {
        assert_eq!(
            agent.call(Method::DELETE, target, "").await.status(),
            status,
            "{target}"
        );
    }
    assert!(!agent.path("app").exists());
    assert_eq!(
        agent.call(Method::GET, "/files?path=app", "").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn files_are_renamed_and_nothing_is_written_over() {
    let agent = Agent::start();
    std::fs::create_dir(agent.path("app")).unwrap();
    std::fs::write(agent.path("app/run"), "x").unwrap();
    std::fs::set_permissions(agent.path("app/run"), std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(agent.path("own"), "mine").unwrap();
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), agent.path("out")).unwrap();
    for (target, status) in [
        ("path=app/run&to=bin/deep/run", StatusCode::NO_CONTENT),
        ("path=app/run&to=elsewhere/run", StatusCode::NOT_FOUND),
        ("path=own&to=bin/deep/run", StatusCode::CONFLICT),
        ("path=own&to=own", StatusCode::CONFLICT),
        ("path=bin&to=bin/deep/bin", StatusCode::CONFLICT),
        ("path=&to=x", StatusCode::CONFLICT),
        ("path=own&to=", StatusCode::CONFLICT),
        ("path=own", StatusCode::BAD_REQUEST),
        ("path=own&to=../own", StatusCode::BAD_REQUEST),
        ("path=../x&to=y", StatusCode::BAD_REQUEST),
        ("path=own&to=out/own", StatusCode::FORBIDDEN),
        ("path=out/x&to=x", StatusCode::FORBIDDEN),
        // The link itself is moved.
        ("path=out&to=moved", StatusCode::NO_CONTENT),
    ] {
        let response = agent.call(Method::POST, &format!("/files?{target}"), "").await;
        assert_eq!(response.status(), status, "{target}: {:?}", response.body());
    }
    assert_eq!(
        std::fs::metadata(agent.path("bin/deep/run"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o755
    );
    assert!(!agent.path("elsewhere").exists());
    assert_eq!(std::fs::read_to_string(agent.path("own")).unwrap(), "mine");
    assert!(agent.path("moved").is_symlink());
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn nothing_outside_the_workspace_can_be_reached() {
    let agent = Agent::start();
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "x").unwrap();
    symlink(outside.path(), agent.path("out")).unwrap();
    symlink(outside.path().join("secret"), agent.path("secret")).unwrap();
    symlink(".", agent.path("here")).unwrap();
    std::fs::write(agent.path("own"), "mine").unwrap();

    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for path in [
            "../x",
            "/etc/passwd",
            "a/../../x",
            "%2Fetc%2Fpasswd",
            "..%2Fx",
            "a%00b",
        ] {
            let response = agent
                .call(method.clone(), &format!("/files?path={path}"), "evil")
                .await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{method} {path}");
        }
        for path in ["out/secret", "out/new", "out/new/file"] {
            let response = agent
                .call(method.clone(), &format!("/files?path={path}"), "evil")
                .await;
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path}");
        }
    }
    assert_eq!(
        agent.call(Method::GET, "/files?path=secret", "").await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        agent
            .call(Method::GET, "/files?path=here/own", "")
            .await
            .body()
            .as_ref(),
        b"mine"
    );
    // Written or removed, the link itself is meant.
    assert_eq!(
        agent
            .call(Method::PUT, "/files?path=secret", "new")
            .await
            .status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        agent.call(Method::DELETE, "/files?path=out", "").await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        std::fs::read_to_string(outside.path().join("secret")).unwrap(),
        "x"
    );
    assert_eq!(std::fs::read_to_string(agent.path("secret")).unwrap(), "new");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_of_any_size_is_read_in_pieces() {
    let agent = Agent::start();
    let file = std::fs::File::create(agent.path("large")).unwrap();
    file.set_len(FILE_MAX * 1000).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"here", FILE_MAX * 500).unwrap();
    let piece = async |from: u64, length: u64| {
        let target = format!("/files?path=large&from={from}&length={length}");
        let response = agent.call(Method::GET, &target, "").await;
        assert_eq!(response.status(), StatusCode::OK, "{target}");
        assert_eq!(
            response.headers()[SIZE_HEADER],
            (FILE_MAX * 1000).to_string().as_str()
        );
        response.into_body()
    };
    assert_eq!(piece(FILE_MAX * 500, 4).await, "here");
    assert_eq!(piece(FILE_MAX * 1000 - 3, 100).await.len(), 3, "what is left");
    assert_eq!(
        piece(0, u64::MAX).await.len() as u64,
        PIECE_MAX,
        "no more than that"
    );
    assert!(piece(u64::MAX, 1).await.is_empty(), "beyond its end is nothing");
    let folder = agent.call(Method::GET, "/files?path=&from=0", "").await;
    assert_eq!(folder.headers()["x-drydock-kind"], "folder");
    let gone = agent.call(Method::GET, "/files?path=gone&from=0", "").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn odd_and_large_files_are_refused() {
    let agent = Agent::start();
    assert_eq!(
        agent
            .exec(
                "mkfifo pipe && mkdir folder && truncate -s 8388609 large && touch file",
                30
            )
            .await
            .exit_code,
        0
    );
    for (target, status) in [
        ("/files?path=pipe", StatusCode::CONFLICT),
        ("/files?path=large", StatusCode::PAYLOAD_TOO_LARGE),
        ("/files?path=file/x", StatusCode::CONFLICT),
    ] {
        assert_eq!(
            agent.call(Method::GET, target, "").await.status(),
            status,
            "{target}"
        );
    }
    assert_eq!(
        agent.call(Method::PUT, "/files?path=folder", "x").await.status(),
        StatusCode::CONFLICT
    );
    assert_eq!(
        agent
            .call(Method::PUT, "/files?path=x&mode=4755", "x")
            .await
            .status(),
        StatusCode::BAD_REQUEST
    );
    let most = vec![b'x'; usize::try_from(FILE_MAX).unwrap()];
    assert_eq!(
        agent
            .call(Method::PUT, "/files?path=most", most.clone())
            .await
            .status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        agent.call(Method::GET, "/files?path=most", "").await.body().len(),
        most.len()
    );
    let more = [most, vec![b'x']].concat();
    assert_eq!(
        agent.call(Method::PUT, "/files?path=file", more).await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        std::fs::read(agent.path("file")).unwrap(),
        b"",
        "what was there is there still"
    );
    let left: Vec<_> = std::fs::read_dir(agent.home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().starts_with(".drydock")),
        "{left:?}"
    );
}

#[tokio::test]
async fn a_long_listing_is_cut() {
    let agent = Agent::start();
    assert_eq!(
        agent
            .exec("mkdir many && cd many && seq 2500 | xargs touch && mkdir zz", 60)
            .await
            .exit_code,
        0
    );
    let listing: Listing = agent.get("/files?path=many").await;
    assert_eq!((listing.entries.len(), listing.truncated), (2_000, true));
    assert_eq!(listing.entries[0].name, "zz", "folders come first");
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_killed_with_its_children() {
    let agent = Agent::start();
    let started = Instant::now();
    let result = agent
        .exec(
            "sleep 1000 & echo $!; bash -c 'trap \"\" TERM HUP; sleep 1000'",
            1,
        )
        .await;
    assert!(started.elapsed().as_secs() < 10);
    assert_eq!(result.exit_code, 124);
    let pid = result.stdout.trim().to_owned();
    until("the children to end", async || !is_running(&pid)).await;
}

#[tokio::test]
async fn a_command_whose_asker_leaves_is_killed() {
    let agent = Agent::start();
    let body = "{\"command\":\"echo $$ >pid; exec sleep 1000\",\"timeout_s\":600}";
    let mut stream = agent.connect().await;
    let head = format!(
        "POST /exec HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    until("it to run", async || {
        std::fs::read_to_string(agent.path("pid")).is_ok_and(|pid| pid.ends_with('\n'))
    })
    .await;
    let pid = std::fs::read_to_string(agent.path("pid")).unwrap();
    assert!(is_running(pid.trim()));
    drop(stream);
    until("it to be killed", async || !is_running(pid.trim())).await;
}

#[tokio::test]
async fn a_command_sees_the_workspace_and_not_the_token() {
    let agent = Agent::start();
    let result = agent
        .exec("pwd; echo $HOME; env | grep -c DRYDOCK_TOKEN", 30)
        .await;
    let home = std::fs::canonicalize(agent.home.path()).unwrap();
    assert_eq!(result.stdout, format!("{0}\n{0}\n0\n", home.display()));
}

#[tokio::test]
async fn the_tunnel_carries_bytes_both_ways() {
    let agent = Agent::start();
    assert_eq!(
        agent.call(Method::GET, "/engine", "").await.status(),
        StatusCode::BAD_REQUEST
    );
    let upgrade = format!(
        "GET /engine HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nConnection: upgrade\r\nUpgrade: {ENGINE_UPGRADE}\r\n\r\n"
    );
    let mut refused = agent.connect().await;
    refused.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    refused.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 503", "no engine is there");

    let listener = UnixListener::bind(agent.path("engine.sock")).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut from, mut to) = socket.split();
                tokio::io::copy(&mut from, &mut to).await.unwrap();
                to.write_all(b"the end").await.unwrap();
            });
        }
    });
    let mut tunnel = agent.connect().await;
    // Bytes that follow the request at once belong to the engine.
    tunnel
        .write_all(format!("{upgrade}early").as_bytes())
        .await
        .unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tunnel.read_u8().await.unwrap());
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    let sent: Vec<u8> = (0..4_000_000u32).map(|number| number.to_le_bytes()[0]).collect();
    let (mut from, mut to) = tunnel.split();
    let mut got = Vec::new();
    let (written, read) = tokio::join!(
        async {
            to.write_all(&sent).await?;
            to.shutdown().await
        },
        from.read_to_end(&mut got)
    );
    written.unwrap();
    read.unwrap();
    assert_eq!(got.len(), 5 + sent.len() + 7);
    assert!(got.starts_with(b"early") && got[5..].starts_with(&sent) && got.ends_with(b"the end"));
}

/// The status of an answer to a request for a way to the engine.
async fn way_to_the_engine(agent: &Agent) -> String {
    let mut stream = agent.connect().await;
    let request = format!(
        "GET /engine HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\nConnection: upgrade\r\nUpgrade: {ENGINE_UPGRADE}\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the agent reads");
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.expect("the agent answers");
    String::from_utf8_lossy(&head).into_owned()
}

/// Listens at a path, as another process than the test's.
fn listen_elsewhere(path: &std::path::Path) -> std::process::Child {
    let program = "use Socket; $| = 1; socket(my $l, PF_UNIX, SOCK_STREAM, 0) or die; bind($l, sockaddr_un($ARGV[0])) or die; listen($l, 8) or die; sleep 1000";
    std::process::Command::new("perl")
        .args(["-e", program])
        .arg(path)
        .spawn()
        .expect("perl is there")
}

#[tokio::test]
async fn where_a_machine_is_examined_only_the_first_engine_is_believed() {
    for (examine, answered) in [(true, "HTTP/1.1 503"), (false, "HTTP/1.1 101")] {
        let yes = std::path::Path::new("yes");
        let variables: &[_] = if examine { &[("DRYDOCK_EXAMINE", yes)] } else { &[] };
        let agent = Agent::start_with(variables);
        let path = agent.path("engine.sock");
        let first = UnixListener::bind(&path).unwrap();
        assert_eq!(way_to_the_engine(&agent).await, "HTTP/1.1 101");
        assert_eq!(way_to_the_engine(&agent).await, "HTTP/1.1 101");
        std::fs::remove_file(&path).unwrap();
        let mut other = listen_elsewhere(&path);
        until("another process listens", async || {
            tokio::net::UnixStream::connect(&path).await.is_ok()
        })
        .await;
        assert_eq!(way_to_the_engine(&agent).await, answered, "examine: {examine}");
        other.kill().unwrap();
        other.wait().unwrap();
        drop(first);
    }
}

/// A program in the engine's place that runs until it is told to stop; what answers on its socket is the test.
const ENGINE: &str = "#!/bin/sh\necho $$ >>\"$HOME/runs\"\necho 'it says why' >&2\ntrap 'touch \"$HOME/stopped\"; exit 0' TERM\nwhile :; do sleep 0.05; done\n";

#[tokio::test]
async fn the_engine_is_started_once_started_again_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("engine");
    std::fs::write(&program, ENGINE).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let mut agent = Agent::start_with(&[("DRYDOCK_ENGINE", &program)]);
    let status = async || agent.get::<Status>("/status").await.engine;
    let runs = || std::fs::read_to_string(agent.path("runs")).unwrap_or_default();

    for _ in 0..3 {
        assert_eq!(
            agent.call(Method::POST, "/engine/start", "").await.status(),
            StatusCode::OK
        );
    }
    until("its start", async || runs().lines().count() == 1).await;
    assert_eq!(status().await, EngineStatus::Starting);
    let listener = UnixListener::bind(agent.path("engine.sock")).unwrap();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 14];
            socket.read_exact(&mut request).await.unwrap();
            assert_eq!(&request, b"GET /_ping HTT");
            socket.write_all(b"HTTP/1.1 200 OK\r\n\r\nOK").await.unwrap();
        }
    });
    until("it to be ready", async || {
        status().await == EngineStatus::Ready { starts: 1 }
    })
    .await;

    let pid = rustix::process::Pid::from_raw(runs().trim().parse().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    until("it to be ready again", async || {
        status().await == EngineStatus::Ready { starts: 2 }
    })
    .await;
    assert_eq!(runs().lines().count(), 2);

    let home = agent.home.path().to_owned();
    assert_eq!(agent.terminate().await, Some(0));
    assert!(home.join("stopped").exists(), "it was asked to stop");
}

#[tokio::test]
async fn an_engine_that_does_not_start_is_told_of() {
    let agent = Agent::start_with(&[("DRYDOCK_ENGINE", "/bin/false".as_ref())]);
    agent.call(Method::POST, "/engine/start", "").await;
    until("it to be told", async || {
        agent.get::<Status>("/status").await.engine
            == EngineStatus::Restarting {
                said: "exit status: 1".to_owned(),
            }
    })
    .await;
}

#[tokio::test]
async fn the_way_out_is_known_to_commands_and_to_the_engine_and_the_agents_settings_to_neither() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("engine");
    std::fs::write(
        &program,
        "#!/bin/sh\nenv >\"$HOME/env.new\" && mv \"$HOME/env.new\" \"$HOME/env\"\nexec sleep 1000\n",
    )
    .unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let bundle = folder.path().join("run/bundle.crt");
    let agent = Agent::start_with(&[
        ("DRYDOCK_ENGINE", &program),
        ("DRYDOCK_PROXY", "http://sandbox:secret@172.20.0.1:3128".as_ref()),
        ("DRYDOCK_NO_PROXY", "localhost,10.0.0.0/8".as_ref()),
        ("DRYDOCK_CA", "the classroom's certificate".as_ref()),
        ("DRYDOCK_CA_BUNDLE", &bundle),
    ]);
    agent.call(Method::POST, "/engine/start", "").await;
    until("the engine's start", async || agent.path("env").exists()).await;
    let engine = std::fs::read_to_string(agent.path("env")).unwrap();
    let command = agent.exec("env", 30).await.stdout;
    for environment in [&engine, &command] {
        for wanted in [
            "HTTP_PROXY=http://sandbox:secret@172.20.0.1:3128",
            "HTTPS_PROXY=http://sandbox:secret@172.20.0.1:3128",
            "https_proxy=http://sandbox:secret@172.20.0.1:3128",
            "NO_PROXY=localhost,10.0.0.0/8",
            "no_proxy=localhost,10.0.0.0/8",
            &format!("SSL_CERT_FILE={}", bundle.display()),
        ] {
            assert!(environment.lines().any(|line| line == wanted), "{wanted}");
        }
        for not in ["DRYDOCK_TOKEN", "DRYDOCK_PROXY", "DRYDOCK_CA", "DRYDOCK_NO_PROXY"] {
            assert!(!environment.contains(not), "{not}");
        }
    }
    assert!(!command.contains("DRYDOCK_"), "{command}");
    let trusted = std::fs::read_to_string(&bundle).unwrap();
    assert!(trusted.ends_with("the classroom's certificate"));
    let settings: serde_json::Value =
        serde_json::from_slice(&std::fs::read(agent.path(".docker/config.json")).unwrap()).unwrap();
    assert_eq!(settings["proxies"]["default"]["noProxy"], "localhost,10.0.0.0/8");
}

#[tokio::test]
async fn without_a_way_out_there_is_no_sign_of_one() {
    let agent = Agent::start();
    assert!(!agent.path(".docker").exists());
}
