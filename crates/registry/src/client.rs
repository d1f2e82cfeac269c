//! What is asked of a registry, by us: the distribution API over plain HTTP, without a login.
//!
//! On hyper, because of what the OCI client libraries leave out (the removal of manifests) and bring along (tokens, TLS
//! and a second HTTP client), for registries that only the host itself reaches.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use serde::Deserialize;
use tokio::time::timeout;

use crate::Error;
use crate::error::chain;
use crate::manifest::{self, Manifest};

/// How long until an answer has to begin.
const BEGIN: Duration = Duration::from_secs(60);
/// The same, when it is only asked whether the registry is there.
const PING: Duration = Duration::from_secs(2);
/// The most that is read of an answer that is kept in memory, in bytes.
const ANSWER_MAX: usize = 8 * 1024 * 1024;
/// Names in one answer.
const PAGE: usize = 500;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A registry at an address.
#[derive(Clone, Debug)]
pub struct Client {
    address: SocketAddr,
    http: hyper_util::client::legacy::Client<HttpConnector, Body>,
}

/// What a registry says when it says no.
#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
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
                if let Ok(location) = self.location(&doing, &answer) {
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
            StatusCode::ACCEPTED => self.location(&doing, &answer),
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
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => self.location(&doing, &answer),
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

    /// The manifest of a tag or digest, if there is one.
    pub async fn manifest(&self, repository: &str, reference: &str) -> Result<Option<Manifest>, Error> {
        let doing = format!("send the manifest of {repository}:{reference}");
        let path = format!("/v2/{repository}/manifests/{reference}");
        let answer = self
            .send(&doing, Method::GET, &path, accept_manifests(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => {
                let media_type = text(answer.headers().get(header::CONTENT_TYPE)).unwrap_or_default();
                let bytes = read(&doing, answer).await?;
                Ok(Some(Manifest::new(media_type, bytes)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// The digest of a tag's manifest, if there is one.
    pub async fn manifest_digest(&self, repository: &str, reference: &str) -> Result<Option<String>, Error> {
        let doing = format!("look for the manifest of {repository}:{reference}");
        let path = format!("/v2/{repository}/manifests/{reference}");
        let answer = self
            .send(&doing, Method::HEAD, &path, accept_manifests(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => Ok(text(answer.headers().get("docker-content-digest"))),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Puts a manifest under a tag or its digest. What it names has to be there already.
    pub async fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        let doing = format!("keep the manifest of {repository}:{reference}");
        let path = format!("/v2/{repository}/manifests/{reference}");
        let mut headers = HeaderMap::new();
        let media_type = manifest.media_type.parse().map_err(|_| Error::Registry {
            doing: doing.clone(),
            why: format!("{:?} is no media type", manifest.media_type),
            status: None,
        })?;
        headers.insert(header::CONTENT_TYPE, media_type);
        let answer = self
            .send(&doing, Method::PUT, &path, headers, full(manifest.bytes.clone()))
            .await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Removes a manifest, with every tag that names it. It is no error that it is gone.
    pub async fn delete_manifest(&self, repository: &str, digest: &str) -> Result<(), Error> {
        let doing = format!("remove {digest}");
        let path = format!("/v2/{repository}/manifests/{digest}");
        let answer = self
            .send(&doing, Method::DELETE, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::ACCEPTED | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// The tags of a repository, in the alphabet's order. None where there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Tags {
            tags: Option<Vec<String>>,
        }
        let doing = format!("list the tags of {repository}");
        let path = format!("/v2/{repository}/tags/list");
        let answer = self
            .send(&doing, Method::GET, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => {
                let bytes = read(&doing, answer).await?;
                let mut tags = parse::<Tags>(&doing, &bytes)?.tags.unwrap_or_default();
                tags.sort();
                Ok(tags)
            }
            StatusCode::NOT_FOUND => Ok(Vec::new()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// The repositories under a folder (`classroom`), those included from which every tag is gone.
    pub async fn repositories(&self, folder: &str) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Page {
            repositories: Vec<String>,
        }
        let doing = "list its repositories";
        let inside = format!("{folder}/");
        let mut found = Vec::new();
        let mut last = folder.to_owned();
        loop {
            let path = format!("/v2/_catalog?n={PAGE}&last={last}");
            let answer = self
                .send(doing, Method::GET, &path, HeaderMap::new(), empty())
                .await?;
            if answer.status() != StatusCode::OK {
                return Err(refused(doing.to_owned(), answer).await);
            }
            let page: Page = parse(doing, &read(doing, answer).await?)?;
            let count = page.repositories.len();
            let before = found.len();
            let within = |name: &String| name.starts_with(&inside);
            found.extend(page.repositories.into_iter().filter(within));
            match found.last() {
                // They come in the alphabet's order, so all of them stand together.
                Some(name) if count == PAGE && found.len() - before == count => last.clone_from(name),
                _ => return Ok(found),
            }
        }
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

    /// The path that an answer leads to: on this registry, whatever host it names.
    fn location(&self, doing: &str, answer: &Response<Incoming>) -> Result<String, Error> {
        text(answer.headers().get(header::LOCATION))
            .and_then(|location| location.parse::<http::Uri>().ok())
            .and_then(|uri| uri.path_and_query().map(ToString::to_string))
            .ok_or_else(|| Error::Registry {
                doing: doing.to_owned(),
                why: "it does not say where to go on".to_owned(),
                status: None,
            })
    }
}

fn empty() -> Body {
    full(Bytes::new())
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

fn octets() -> http::HeaderValue {
    http::HeaderValue::from_static("application/octet-stream")
}

fn accept_manifests() -> HeaderMap {
    manifest::ACCEPTED
        .iter()
        .map(|kind| (header::ACCEPT, http::HeaderValue::from_static(kind)))
        .collect()
}

fn text(value: Option<&http::HeaderValue>) -> Option<String> {
    value?.to_str().ok().map(str::to_owned)
}

fn length(answer: &Response<Incoming>) -> Option<u64> {
    text(answer.headers().get(header::CONTENT_LENGTH))?.parse().ok()
}

async fn read(doing: &str, answer: Response<Incoming>) -> Result<Bytes, Error> {
    Limited::new(answer.into_body(), ANSWER_MAX)
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| Error::Registry {
            doing: doing.to_owned(),
            why: format!("its answer could not be read: {error}"),
            status: None,
        })
}

fn parse<'a, T: Deserialize<'a>>(doing: &str, bytes: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::Registry {
        doing: doing.to_owned(),
        why: format!("its answer is not what was expected: {error}"),
        status: None,
    })
}

/// The error of an answer that says no.
async fn refused(doing: String, answer: Response<Incoming>) -> Error {
    let status = answer.status();
    let said = read(&doing, answer).await.unwrap_or_default();
    let why = serde_json::from_slice::<Refusal>(&said)
        .ok()
        .and_then(|refusal| refusal.errors.into_iter().next())
        .map_or_else(
            || status.to_string(),
            |reason| format!("{} ({})", reason.message, reason.code),
        );
    Error::Registry {
        doing,
        why,
        status: Some(status.as_u16()),
    }
}
