//! The ways to engines: one request on a connection of its own, over whatever stream leads there.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bollard::errors::Error as Bollard;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use http::{HeaderValue, Response, Uri, header};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::timeout;

use crate::Error;
use crate::host::chain;

/// Where an engine listens if nobody says otherwise.
const DEFAULT: &str = "unix:///var/run/docker.sock";
/// Seconds until an answer of the host engine's has to begin.
const BEGIN_S: u64 = 120;

/// The host engine at `address` (`unix:///…` or `tcp://…`); empty: at `DOCKER_HOST`, or the usual socket. It need not be
/// running: each request connects anew, so one that is started later is found by itself. bollard's own way to a
/// socket wants the socket to be there when it is set up.
pub fn connect(address: &str) -> Result<Docker, Error> {
    let named = if address.is_empty() {
        std::env::var("DOCKER_HOST").unwrap_or_default()
    } else {
        address.to_owned()
    };
    let address = if named.is_empty() { DEFAULT } else { &named };
    let connected = if let Some(path) = address.strip_prefix("unix://") {
        let path = PathBuf::from(path);
        let transport = move |request: BollardRequest| {
            let path = path.clone();
            async move { exchange(knock(&path).await?, "docker", None, request).await }
        };
        Docker::connect_with_custom_transport(
            transport,
            Some("http://localhost"),
            BEGIN_S,
            API_DEFAULT_VERSION,
        )
    } else if address.starts_with("tcp://") || address.starts_with("http://") {
        Docker::connect_with_http(address, BEGIN_S, API_DEFAULT_VERSION)
    } else {
        return Err(Error::Address { address: named });
    };
    connected.map_err(|error| Error::HostEngine { why: chain(&error) })
}

async fn knock(path: &Path) -> io::Result<TokioIo<UnixStream>> {
    UnixStream::connect(path)
        .await
        .map(TokioIo::new)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// Sends one request over a stream that nobody else uses, as if to `host`. The connection ends with the answer, when
/// whoever asked no longer waits for it, or after `limit`.
pub(crate) async fn exchange(
    stream: impl Read + Write + Unpin + Send + 'static,
    host: &'static str,
    limit: Option<Duration>,
    request: BollardRequest,
) -> Result<Response<Incoming>, Bollard> {
    let (mut sender, connection) = http1::handshake(stream).await?;
    tokio::spawn(async move {
        let connection = connection.with_upgrades();
        let _ = match limit {
            Some(limit) => timeout(limit, connection).await.unwrap_or(Ok(())),
            None => connection.await,
        };
    });
    let (mut head, body) = request.into_parts();
    head.headers.insert(header::HOST, HeaderValue::from_static(host));
    // On a connection of its own, a request names its path only.
    head.uri = head
        .uri
        .path_and_query()
        .map_or(Ok(Uri::from_static("/")), |path| path.as_str().parse())
        .map_err(http::Error::from)?;
    Ok(sender
        .send_request(BollardRequest::from_parts(head, body))
        .await?)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn an_engine_that_comes_later_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker.sock");
        let docker = connect(&format!("unix://{}", path.display())).unwrap();
        let error = docker.ping().await.unwrap_err();
        assert!(chain(&error).contains("docker.sock"), "{error:?}");

        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 1024];
            let length = stream.read(&mut head).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK")
                .await
                .unwrap();
            head.truncate(length);
            String::from_utf8(head).unwrap()
        });
        assert_eq!(docker.ping().await.unwrap(), "OK");
    }

    #[test]
    fn an_address_says_how_it_is_meant() {
        assert!(connect("tcp://127.0.0.1:2375").is_ok());
        let error = connect("127.0.0.1:2375").unwrap_err().to_string();
        assert!(
            error.contains("127.0.0.1:2375") && error.contains("tcp://"),
            "{error}"
        );
    }
}
