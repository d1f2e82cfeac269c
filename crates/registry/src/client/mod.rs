//! What is asked of a registry, by us: the distribution API over plain HTTP, without a login.
//!
//! On hyper, because of what the OCI client libraries leave out (the removal of manifests) and bring along (tokens, TLS
//! and a second HTTP client), for registries that only the host itself reaches.

mod names;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use drydock_sandbox::chain;
use futures::{Stream, TryStreamExt};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

use self::wire::{Body, empty, full, length, next, octets, refused};
use crate::Error;

/// How long until an answer has to begin.
const BEGIN: Duration = Duration::from_secs(60);
/// The same, when it is only asked whether the registry is there.
const PING: Duration = Duration::from_secs(2);

/// A registry at an address.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    http: hyper_util::client::legacy::Client<HttpConnector, Body>,
}

impl Client {
    /// The registry at `address`. Nothing is asked yet.
    pub fn new(address: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(PING));
        connector.set_nodelay(true);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(connector);
        Self { address, http }
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it answers.
    pub async fn ready(&self) -> bool {
        let asked = self.send("answer", Method::GET, "/v2/", HeaderMap::new(), empty());
        timeout(PING, asked)
            .await
            .is_ok_and(|answer| answer.is_ok_and(|answer| answer.status() == StatusCode::OK))
    }

    /// The size of a blob in bytes, if the repository has it.
    pub async fn blob_size(&self, repository: &str, digest: &str) -> Result<Option<u64>, Error> {
        let doing = format!("look for {digest}");
        let path = format!("/v2/{repository}/blobs/{digest}");
        let answer = self
            .send(&doing, Method::HEAD, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => Ok(length(&answer).or(Some(0))),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Lets a repository have a blob that another one has. Whether that one has it is the answer.
    pub async fn mount(&self, repository: &str, digest: &str, from: &str) -> Result<bool, Error> {
        let doing = format!("take {digest} from {from}");
        let path = format!("/v2/{repository}/blobs/uploads/?mount={digest}&from={from}");
        let answer = self
            .send(&doing, Method::POST, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::CREATED => Ok(true),
            StatusCode::ACCEPTED => {
                // It was not there, and an upload has begun in place of it, which nobody will go on with.
                if let Ok(location) = next(&doing, &answer) {
                    let _ = self
                        .send(&doing, Method::DELETE, &location, HeaderMap::new(), empty())
                        .await;
                }
                Ok(false)
            }
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Begins a blob: what comes back is where its bytes go to.
    pub(crate) async fn begin(&self, repository: &str) -> Result<String, Error> {
        let doing = format!("begin an upload to {repository}");
        let path = format!("/v2/{repository}/blobs/uploads/");
        let answer = self
            .send(&doing, Method::POST, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::ACCEPTED => next(&doing, &answer),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Sends the bytes of a blob that was begun, of which neither size nor digest is known yet.
    pub(crate) async fn continue_with<S>(&self, location: &str, bytes: S) -> Result<String, Error>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + 'static,
    {
        let doing = "take a layer".to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, octets());
        let body = StreamBody::new(bytes.map_ok(Frame::data)).boxed_unsync();
        let answer = self
            .send_slow(&doing, Method::PATCH, location, headers, body)
            .await?;
        match answer.status() {
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => next(&doing, &answer),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Ends a blob. The registry checks the digest.
    pub(crate) async fn finish(&self, location: &str, digest: &str, rest: Bytes) -> Result<(), Error> {
        let doing = format!("keep {digest}");
        let separator = if location.contains('?') { '&' } else { '?' };
        let path = format!("{location}{separator}digest={digest}");
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, octets());
        let answer = self
            .send_slow(&doing, Method::PUT, &path, headers, full(rest))
            .await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Gives up a blob that was begun.
    pub(crate) async fn give_up(&self, location: &str) {
        let _ = self
            .send(
                "give up an upload",
                Method::DELETE,
                location,
                HeaderMap::new(),
                empty(),
            )
            .await;
    }

    /// Puts a small blob.
    pub async fn put_blob(&self, repository: &str, digest: &str, bytes: Bytes) -> Result<(), Error> {
        let location = self.begin(repository).await?;
        self.finish(&location, digest, bytes).await
    }

    /// The bytes of a blob as they come, and how many there are. An error if the repository has no such blob.
    pub async fn blob(
        &self,
        repository: &str,
        digest: &str,
    ) -> Result<
        (
            Option<u64>,
            impl Stream<Item = std::io::Result<Bytes>> + Send + use<>,
        ),
        Error,
    > {
        let doing = format!("send {digest}");
        let path = format!("/v2/{repository}/blobs/{digest}");
        let answer = self
            .send(&doing, Method::GET, &path, HeaderMap::new(), empty())
            .await?;
        if answer.status() != StatusCode::OK {
            return Err(refused(doing, answer).await);
        }
        let size = length(&answer);
        let bytes = answer
            .into_body()
            .into_data_stream()
            .map_err(std::io::Error::other);
        Ok((size, bytes))
    }

    async fn send(
        &self,
        doing: &str,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Body,
    ) -> Result<Response<Incoming>, Error> {
        timeout(BEGIN, self.send_slow(doing, method, path, headers, body))
            .await
            .map_err(|_| Error::Registry {
                doing: doing.to_owned(),
                why: format!("no answer within {} s", BEGIN.as_secs()),
                status: None,
            })?
    }

    /// Without a deadline: the answer comes after all has been sent.
    async fn send_slow(
        &self,
        doing: &str,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Body,
    ) -> Result<Response<Incoming>, Error> {
        let failed = |why: String| Error::Registry {
            doing: doing.to_owned(),
            why,
            status: None,
        };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .body(body)
            .map_err(|error| failed(error.to_string()))?;
        *request.headers_mut() = headers;
        self.http
            .request(request)
            .await
            .map_err(|error| failed(chain(&error)))
    }
}
