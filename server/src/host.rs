//! The way to the host engine.

use std::io;
use std::path::PathBuf;

use anyhow::bail;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use http::{HeaderValue, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

/// Where an engine listens if nobody says otherwise.
const DEFAULT: &str = "unix:///var/run/docker.sock";
/// Seconds until an answer has to begin.
const BEGIN_S: u64 = 120;

/// The host engine at `address` (`unix:///…` or `tcp://…`); empty: at `DOCKER_HOST`, or the usual socket. It need not be
/// running: each request connects anew, so one that is started later is found by itself. bollard's own way to a
/// socket wants the socket to be there when it is set up.
pub fn connect(address: &str) -> anyhow::Result<Docker> {
    let named = if address.is_empty() {
        std::env::var("DOCKER_HOST").unwrap_or_default()
    } else {
        address.to_owned()
    };
    let address = if named.is_empty() { DEFAULT } else { &named };
    if let Some(path) = address.strip_prefix("unix://") {
        let path = PathBuf::from(path);
        let transport = move |request: BollardRequest| {
            let path = path.clone();
            async move {
                let stream = UnixStream::connect(&path)
                    .await
                    .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
                let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
                // It ends with the answer, or when whoever asked no longer waits for it.
                tokio::spawn(connection.with_upgrades());
                let (mut head, body) = request.into_parts();
                head.headers
                    .insert(header::HOST, HeaderValue::from_static("docker"));
                head.uri = head
                    .uri
                    .path_and_query()
                    .map_or(Ok(http::Uri::from_static("/")), |path| path.as_str().parse())
                    .map_err(http::Error::from)?;
                Ok(sender
                    .send_request(BollardRequest::from_parts(head, body))
                    .await?)
            }
        };
        return Ok(Docker::connect_with_custom_transport(
            transport,
            Some("http://localhost"),
            BEGIN_S,
            API_DEFAULT_VERSION,
        )?);
    }
    if address.starts_with("tcp://") || address.starts_with("http://") {
        return Ok(Docker::connect_with_http(address, BEGIN_S, API_DEFAULT_VERSION)?);
    }
    bail!("the host engine's address is `{address}`; it begins with unix:// or tcp://")
}
