//! What is let through: tunnels and plain HTTP, to servers of the test's own.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use drydock_gateway::{AuditKind, Config};
use http::header::{HOST, LOCATION};
use http::{HeaderMap, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::client::trusting;
use crate::room::Room;

pub(crate) const FILES: &str = "files.example.org";

/// A TLS server that sends back what it is sent.
pub(crate) async fn echo() -> (SocketAddr, Arc<rustls::ClientConfig>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([FILES.to_owned()]).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![cert.der().clone()],
            signing_key.serialize_der().try_into().unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    let (mut read, mut write) = tokio::io::split(stream);
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                    let _ = write.shutdown().await;
                }
            });
        }
    });
    (address, trusting(&cert.pem()))
}

/// A room from which that server is let through.
pub(crate) async fn room(address: SocketAddr, change: impl FnOnce(&mut Config)) -> Room {
    let room = Room::with(None, &[], |config| {
        config.allow = vec![
            format!("{FILES}:{}", address.port()),
            "rebound.example.org".into(),
        ];
        config.allow_addresses = vec!["127.0.0.1/32".parse().unwrap()];
        change(config);
    })
    .await;
    room.name(FILES, &["127.0.0.1"]);
    room
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_is_end_to_end() {
    let (server, trust) = echo().await;
    let room = room(server, |_| {}).await;
    let guest = room.guest(2);
    let authority = format!("{FILES}:{}", server.port());
    let mut stream = guest.tls_with(&authority, FILES, &trust).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "hello");
    drop(stream);
    let line = room.last(1).await;
    assert_eq!(
        (line.kind, line.status, line.host.as_str()),
        (AuditKind::Tunnel, 200, authority.as_str())
    );
    assert!(line.bytes_in > 200 && line.bytes_out > 200, "{line:?}");
    assert_eq!(room.looked_up(), [FILES]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tunnel_is_for_tls_and_for_the_host_that_was_asked_for() {
    let (server, trust) = echo().await;
    let room = room(server, |_| {}).await;
    let guest = room.guest(2);
    let authority = format!("{FILES}:{}", server.port());
    assert!(
        guest
            .tls_with(&authority, "other.example.org", &trust)
            .await
            .is_err()
    );
    assert!(
        room.last(1)
            .await
            .why
            .unwrap()
            .contains("TLS for other.example.org")
    );
    assert!(guest.tls_with(&authority, "127.0.0.1", &trust).await.is_err());
    assert!(room.last(2).await.why.unwrap().contains("without a host's name"));
    for (number, said) in [
        "GET / HTTP/1.1\r\n\r\n",
        "SSH-2.0-OpenSSH\r\n",
        "\x16garbage garbage garbage",
    ]
    .iter()
    .enumerate()
    {
        let mut stream = guest.connect(&authority).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        assert!(heard.is_empty(), "{said}: {heard:?}");
        assert_eq!(room.last(3 + number).await.kind, AuditKind::Refused);
    }
}

#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(String, HeaderMap, String)>>>);

/// A server of plain HTTP that notes what it is asked.
async fn plain() -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let noted = seen.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = noted.clone();
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let seen = seen.clone();
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    let uri: Uri = parts.uri;
                    seen.0.lock().unwrap().push((
                        uri.to_string(),
                        parts.headers,
                        String::from_utf8_lossy(&body).into(),
                    ));
                    let mut response = Response::new(Full::new(Bytes::from("a package")));
                    if uri.path() == "/moved" {
                        *response.status_mut() = StatusCode::FOUND;
                        response
                            .headers_mut()
                            .insert(LOCATION, "http://127.0.0.1/secret".parse().unwrap());
                    }
                    Ok::<_, hyper::Error>(response)
                }
            });
            tokio::spawn(
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
            );
        }
    });
    (address, seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_goes_where_its_address_says() {
    let (server, seen) = plain().await;
    let room = room(server, |_| {}).await;
    let guest = room.guest(2);
    let at = format!("http://{FILES}:{}", server.port());

    let headers = "Host: evil.example.com\r\nX-Kept: 1\r\nX-Secret: 2\r\nConnection: x-secret\r\nUpgrade: h2c\r\nTE: trailers\r\nKeep-Alive: 9\r\n";
    let said = guest
        .ask_raw(&format!("GET {at}/pool/a.deb?x=1 HTTP/1.1"), headers)
        .await;
    assert!(
        said.starts_with("HTTP/1.1 200 OK\r\n") && said.ends_with("a package"),
        "{said}"
    );
    {
        let seen = seen.0.lock().unwrap();
        let (uri, headers, _) = &seen[0];
        assert_eq!(uri, "/pool/a.deb?x=1");
        assert_eq!(headers[HOST], format!("{FILES}:{}", server.port()));
        let mut names: Vec<_> = headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["host", "x-kept"]);
    }
    // A redirection is the client's to follow, and then it is a request like any other.
    let said = guest
        .ask_raw(&format!("GET {at}/moved HTTP/1.1"), "Host: x\r\n")
        .await;
    assert!(
        said.starts_with("HTTP/1.1 302 Found\r\n") && said.contains("http://127.0.0.1/secret"),
        "{said}"
    );
    let said = guest
        .ask_raw("GET http://127.0.0.1/secret HTTP/1.1", "Host: x\r\n")
        .await;
    assert!(said.starts_with("HTTP/1.1 403"), "{said}");
    let line = room.lines(3).await.remove(0);
    assert_eq!(
        (line.kind, line.path.as_str(), line.bytes_out),
        (AuditKind::Http, "/pool/a.deb", 9)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_has_one_end() {
    let (server, seen) = plain().await;
    let room = room(server, |_| {}).await;
    let guest = room.guest(2);
    let at = format!("http://{FILES}:{}", server.port());
    let credentials = guest.credentials();
    // Both lengths at once: what would be a second request to whoever believes the wrong one is no request of ours.
    let smuggled = "0\r\n\r\nGET http://127.0.0.1/secret HTTP/1.1\r\nHost: x\r\n\r\n";
    for lengths in [
        format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked\r\n",
            smuggled.len()
        ),
        format!(
            "Transfer-Encoding: chunked\r\nContent-Length: {}\r\n",
            smuggled.len()
        ),
    ] {
        let said = guest
            .raw(format!("POST {at}/ HTTP/1.1\r\nHost: x\r\nProxy-Authorization: {credentials}\r\n{lengths}\r\n{smuggled}"))
            .await;
        assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
        // Nothing is read any more from whoever says both.
        assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
    }
    for broken in [
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 3, 4\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Host : x\r\n",
        " Folded: x\r\n",
        "X\r\n",
    ] {
        let said = guest
            .raw(format!(
                "POST {at}/ HTTP/1.1\r\n{broken}Host: x\r\nProxy-Authorization: {credentials}\r\n\r\nabc"
            ))
            .await;
        assert!(said.starts_with("HTTP/1.1 400"), "{broken:?}: {said}");
    }
    let seen = seen.0.lock().unwrap();
    assert_eq!(seen.len(), 2);
    for (uri, headers, body) in &*seen {
        assert_eq!((uri.as_str(), body.as_str()), ("/", ""));
        assert!(!(headers.contains_key("content-length") && headers.contains_key("transfer-encoding")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_of_a_kept_connection_is_decided_by_itself() {
    let (server, seen) = plain().await;
    let room = room(server, |_| {}).await;
    let guest = room.guest(2);
    let credentials = guest.credentials();
    let ask = |url: String| {
        format!("GET {url} HTTP/1.1\r\nHost: {FILES}\r\nProxy-Authorization: {credentials}\r\n\r\n")
    };
    let at = format!("http://{FILES}:{}/", server.port());
    let said = guest
        .raw(format!(
            "{}{}{}",
            ask(at.clone()),
            ask("http://evil.example.com/".into()),
            ask(at)
        ))
        .await;
    assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}");
    // A refusal ends the connection: what follows is not asked any more.
    assert_eq!(
        (
            said.matches("HTTP/1.1 200").count(),
            said.matches("HTTP/1.1 403").count()
        ),
        (1, 1),
        "{said}"
    );
    assert_eq!(seen.0.lock().unwrap().len(), 1);
}
