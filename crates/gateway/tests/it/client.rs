//! What a sandbox's programs do: speak through the proxy, with TLS inside for the registries.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, Error>;

#[derive(Clone)]
pub(crate) struct Client {
    from: IpAddr,
    gateway: SocketAddr,
    pub(crate) token: String,
    tls: Arc<ClientConfig>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The path and query of where it says to go on.
    pub(crate) fn location(&self) -> String {
        let location = self.header("location");
        let rest = location
            .strip_prefix("https://")
            .unwrap_or_else(|| panic!("{location}"));
        rest[rest.find('/').unwrap()..].to_owned()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["errors"][0]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["errors"][0]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

/// A TLS client's settings that trust these certificates.
pub(crate) fn trusting(pem: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

impl Client {
    pub(crate) fn new(from: IpAddr, gateway: SocketAddr, token: String, authority_pem: &str) -> Self {
        Self {
            from,
            gateway,
            token,
            tls: trusting(authority_pem),
        }
    }

    pub(crate) fn credentials(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("sandbox:{}", self.token)))
    }

    /// A connection to the gateway.
    pub(crate) async fn stream(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(self.from, 0)).unwrap();
        socket.connect(self.gateway).await.unwrap()
    }

    /// Sends these bytes and reads until the gateway closes the connection, or `most` bytes.
    pub(crate) async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.stream().await;
        // The gateway may have closed it already, with an answer.
        let _ = stream.write_all(bytes.as_ref()).await;
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said).await;
        String::from_utf8_lossy(&said).into_owned()
    }

    /// A request with right credentials, as its head's first line and more headers, and what it is answered.
    pub(crate) async fn ask_raw(&self, first: &str, headers: &str) -> String {
        let credentials = self.credentials();
        self.raw(format!(
            "{first}\r\nProxy-Authorization: {credentials}\r\nConnection: close\r\n{headers}\r\n"
        ))
        .await
    }

    /// CONNECT: the stream, or the status line.
    pub(crate) async fn connect(&self, authority: &str) -> Result<TcpStream, String> {
        let mut stream = self.stream().await;
        let request = format!(
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: {}\r\n\r\n",
            self.credentials()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reader = BufReader::with_capacity(1, &mut stream);
        let mut first = String::new();
        let _ = reader.read_line(&mut first).await;
        if !first.starts_with("HTTP/1.1 200") {
            return Err(first.trim_end().to_owned());
        }
        let mut line = String::new();
        while reader.read_line(&mut line).await.unwrap() > 2 {
            line.clear();
        }
        Ok(stream)
    }

    /// TLS for `name` within CONNECT to `authority`.
    pub(crate) async fn tls(&self, authority: &str, name: &str) -> Result<TlsStream<TcpStream>, String> {
        self.tls_with(authority, name, &self.tls).await
    }

    pub(crate) async fn tls_with(
        &self,
        authority: &str,
        name: &str,
        config: &Arc<ClientConfig>,
    ) -> Result<TlsStream<TcpStream>, String> {
        let stream = self.connect(authority).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connector = TlsConnector::from(Arc::clone(config));
        connector
            .connect(name, stream)
            .await
            .map_err(|error| error.to_string())
    }

    /// A kept connection to a registry's host.
    pub(crate) async fn open(&self, host: &str) -> SendRequest<Body> {
        let stream = self.tls(&format!("{host}:443"), host).await.unwrap();
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        sender
    }

    pub(crate) async fn begin(
        &self,
        host: &str,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Response<Incoming> {
        let mut sender = self.open(host).await;
        let mut request = Request::builder().method(method).uri(target).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        sender.send_request(request.body(body).unwrap()).await.unwrap()
    }

    pub(crate) async fn send(
        &self,
        host: &str,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let body = Full::new(body.into())
            .map_err(|never| match never {})
            .boxed_unsync();
        finish(self.begin(host, method, target, headers, body).await).await
    }

    pub(crate) async fn get(&self, host: &str, target: &str) -> Answer {
        self.send(host, Method::GET, target, &[], "").await
    }

    /// A body of so many bytes whose length is not told.
    pub(crate) async fn send_chunked(
        &self,
        host: &str,
        method: Method,
        target: &str,
        pieces: Vec<Bytes>,
    ) -> Answer {
        let frames = pieces.into_iter().map(|piece| Ok::<_, Error>(Frame::data(piece)));
        let body = StreamBody::new(futures::stream::iter(frames)).boxed_unsync();
        finish(self.begin(host, method, target, &[], body).await).await
    }
}

pub(crate) async fn finish(response: Response<Incoming>) -> Answer {
    let (parts, body) = response.into_parts();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}
