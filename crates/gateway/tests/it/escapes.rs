//! Everything that must not get out, tried at the gateway itself.

use drydock_gateway::AuditKind;
use tokio::io::AsyncReadExt as _;

use crate::room::Room;
use crate::through;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_by_without_address_and_password() {
    let room = Room::open(None).await;
    let guest = room.guest(2);
    // Known address, other passwords.
    for (count, header) in [
        "",
        "Proxy-Authorization: Basic c2FuZGJveDp3cm9uZw==\r\n",
        "Proxy-Authorization: Bearer token-2\r\n",
        "Authorization: Basic c2FuZGJveDp0b2tlbi0y\r\n",
    ]
    .iter()
    .enumerate()
    {
        let said = guest
            .raw(format!(
                "CONNECT ghcr.io:443 HTTP/1.1\r\nHost: ghcr.io\r\n{header}\r\n"
            ))
            .await;
        assert!(
            said.starts_with("HTTP/1.1 407 ") && said.contains("proxy-authenticate: Basic"),
            "{said}"
        );
        assert_eq!(room.last(count + 1).await.kind, AuditKind::Refused);
    }
    // A right password, from where nobody is, and another's from where somebody is.
    let said = room
        .stranger(9)
        .ask_raw("CONNECT ghcr.io:443 HTTP/1.1", "Host: ghcr.io\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 403 "), "{said}");
    let mut other = room.guest(3);
    other.token = "token-2".into();
    assert!(
        other
            .connect("ghcr.io:443")
            .await
            .unwrap_err()
            .starts_with("HTTP/1.1 407")
    );
    assert_eq!(room.lines(6).await[4].sandbox, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_in_any_notation() {
    let room = Room::with(None, &[], |config| {
        config.allow_addresses = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let guest = room.guest(2);
    let port = room.address.port();
    let mut count = 0;
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F000001",
        "017700000001",
        "0177.0.0.1",
        "0177.0.0.01",
        "127.0.0.0x1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "0.0.0.0",
        "0",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "10.0.0.1",
        "172.17.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "1.1.1.1",
        "[2606:4700::1111]",
    ] {
        for port in [443, port] {
            let refused = guest.connect(&format!("{host}:{port}")).await.unwrap_err();
            assert!(
                refused.starts_with("HTTP/1.1 403 addresses are not let through"),
                "{host}: {refused}"
            );
            count += 1;
        }
        let said = guest
            .ask_raw(
                &format!("GET http://{host}:{port}/healthz HTTP/1.1"),
                "Host: pypi.org\r\n",
            )
            .await;
        assert!(
            said.starts_with("HTTP/1.1 403 addresses") && said.contains("only by name"),
            "{host}: {said}"
        );
        count += 1;
    }
    assert!(
        room.lines(count)
            .await
            .iter()
            .all(|line| line.kind == AuditKind::Refused)
    );
    assert_eq!(room.looked_up(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_host_port_or_name() {
    let room = Room::open(None).await;
    let guest = room.guest(2);
    let mut count = 0;
    for (authority, phrase) in [
        ("example.com:443", "403 not on Drydock's allow-list"),
        ("pypi.org.evil.example.com:443", "403 not on Drydock's allow-list"),
        ("evil-pypi.org:443", "403 not on Drydock's allow-list"),
        ("hub.docker.com:443", "403 not on Drydock's allow-list"),
        ("pypi.org:22", "403 not on this port"),
        ("pypi.org:80", "403 not on this port"),
        ("ghcr.io:8443", "403 not on this port"),
        ("web:443", "403 a name on a Docker network, add it to NO_PROXY"),
        (
            "localhost:443",
            "403 a name on a Docker network, add it to NO_PROXY",
        ),
        ("pypi.org.:443", "400 "),
        ("pypi.org@127.0.0.1:443", "40"),
        ("127.0.0.1#pypi.org:443", "40"),
        ("pypi.org:443:443", "40"),
        ("pypi.org", "40"),
        ("pypi.org:0", "400 "),
        ("pypi.org:99999", "400 "),
        ("*:443", "400 "),
    ] {
        let refused = guest.connect(authority).await.unwrap_err();
        assert!(
            refused.starts_with(&format!("HTTP/1.1 {phrase}")),
            "{authority}: {refused}"
        );
        count += 1;
        assert_eq!(room.last(count).await.kind, AuditKind::Refused, "{authority}");
    }
    assert_eq!(
        room.looked_up(),
        [""; 0],
        "a refused name is not looked up: it may be a message"
    );

    let said = guest
        .ask_raw("GET http://example.com/ HTTP/1.1", "Host: deb.debian.org\r\n")
        .await;
    assert!(said.contains("\r\ncontent-type: text/plain"), "{said}");
    assert!(said.ends_with(
        "Drydock: example.com is not reachable from a sandbox. Packages come from pypi.org, files.pythonhosted.org, registry.npmjs.org, \
         deb.debian.org, security.debian.org. Images come from the classroom registry.\n"
    ), "{said}");
    let said = guest
        .ask_raw("GET http://web:8080/ HTTP/1.1", "Host: web\r\n")
        .await;
    assert!(
        said.contains("`web` is a name on a Docker network") && said.contains("--noproxy '*'"),
        "{said}"
    );
    for first in [
        "GET https://pypi.org/ HTTP/1.1",
        "GET ftp://deb.debian.org/ HTTP/1.1",
        "TRACE http://deb.debian.org/ HTTP/1.1",
        "GET http://registry-1.docker.io/v2/ HTTP/1.1",
        "GET http://deb.debian.org:22/ HTTP/1.1",
        "GET http://deb.debian.org@127.0.0.1/ HTTP/1.1",
        "GET http://127.0.0.1\\@deb.debian.org/ HTTP/1.1",
        "GET  http://deb.debian.org/ HTTP/1.1",
        "GET http://deb.debian.org/ HTTP/2.0",
        "PRI * HTTP/2.0",
        "OPTIONS * HTTP/1.1",
    ] {
        let said = guest.ask_raw(first, "Host: deb.debian.org\r\n").await;
        assert!(
            said.starts_with("HTTP/1.1 4") || said.is_empty(),
            "{first}: {said}"
        );
    }
    let plain = guest.ask_raw("GET / HTTP/1.1", "Host: x\r\n").await;
    assert!(plain.starts_with("HTTP/1.1 400 this is a proxy"), "{plain}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_leads_nowhere() {
    let (server, _) = through::echo().await;
    let room = through::room(server, |config| config.allow_addresses = Vec::new()).await;
    let guest = room.guest(2);
    let authority = format!("{}:{}", through::FILES, server.port());
    let mut count = 0;
    for address in [
        "127.0.0.1",
        "10.0.0.1",
        "172.17.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
    ] {
        room.name(through::FILES, &[address]);
        let refused = guest.connect(&authority).await.unwrap_err();
        assert!(
            refused.starts_with("HTTP/1.1 403 the name leads to a private address"),
            "{address}: {refused}"
        );
        count += 1;
        let line = room.last(count).await;
        assert_eq!(
            (line.kind, line.why),
            (AuditKind::Refused, Some(format!("leads to {address}")))
        );
    }
    // Looked up once for each request, so that a second answer cannot differ from the one that was looked over.
    assert_eq!(room.looked_up().len(), count);
    assert!(
        guest
            .connect("rebound.example.org:443")
            .await
            .unwrap_err()
            .starts_with("HTTP/1.1 502")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_registrys_connection_is_not_anothers() {
    let room = Room::open(None).await;
    let guest = room.guest(2);
    assert!(guest.tls("ghcr.io:443", "quay.io").await.is_err());
    assert_eq!(room.last(1).await.why.as_deref(), Some("TLS for quay.io"));
    assert!(guest.tls("ghcr.io:443", "127.0.0.1").await.is_err());
    let mut stream = guest.connect("ghcr.io:443").await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"GET /v2/ HTTP/1.1\r\nHost: ghcr.io\r\n\r\n")
        .await
        .unwrap();
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    assert!(!String::from_utf8_lossy(&said).contains("HTTP/1.1 2"));
    assert_eq!(room.last(3).await.kind, AuditKind::Refused);
    // The right TLS, another host within.
    for host in ["quay.io", "registry.example.com", "ghcr.io:5000", "ghcr.io.", ""] {
        let answer = guest.send("ghcr.io", http::Method::GET, "/v2/", &[], "").await;
        assert_eq!(answer.status, 200);
        let body = http_body_util::BodyExt::boxed_unsync(http_body_util::BodyExt::map_err(
            http_body_util::Empty::new(),
            |never: std::convert::Infallible| match never {},
        ));
        let mut connection = guest.open("ghcr.io").await;
        let request = http::Request::builder()
            .uri("/v2/")
            .header("host", host)
            .body(body)
            .unwrap();
        assert_eq!(
            connection.send_request(request).await.unwrap().status(),
            400,
            "{host}"
        );
    }
    let answer = guest
        .send("ghcr.io", http::Method::GET, "/v2/", &[("host", "quay.io")], "")
        .await;
    assert_eq!(answer.status, 400, "two of them");
    let answer = guest
        .send("ghcr.io", http::Method::CONNECT, "quay.io:443", &[], "")
        .await;
    assert_eq!(answer.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_switch_leaves_registries_only() {
    let room = Room::with(None, &[], |config| config.registries_only = true).await;
    let guest = room.guest(2);
    assert!(
        guest
            .connect("pypi.org:443")
            .await
            .unwrap_err()
            .contains("only registries are reachable")
    );
    let said = guest
        .ask_raw("GET http://deb.debian.org/ HTTP/1.1", "Host: x\r\n")
        .await;
    assert!(said.contains("In this classroom only registries are"), "{said}");
    assert_eq!(guest.get("ghcr.io", "/v2/").await.status, 200);
}
