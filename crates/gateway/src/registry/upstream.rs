//! One registry container, spoken to over plain HTTP. It may be away for a moment: who asks waits a few seconds for it.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, timeout, timeout_at};

use crate::body::{Body, Failure, empty, gather, whole};

/// How long a registry that is away is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(150);
/// Until the answer begins: a cache may have to ask the other end of the world first, and the last step of a large upload
/// reads it all.
const ANSWER: Duration = Duration::from_secs(120);
/// Without a byte of an answer that has begun, although somebody waits for it. A container whose network is taken away does
/// not say that it has gone.
const STALLED: Duration = Duration::from_secs(60);
/// What is held of a transfer, for each direction.
const BUFFER_MAX: usize = 128 * 1024;

/// A registry did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{what} does not answer: {why}")]
pub(crate) struct Away {
    pub(crate) what: String,
    pub(crate) why: String,
}

/// What is asked of it.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
}

/// A request's body.
pub(crate) enum Content {
    None,
    Whole(Bytes),
    /// With its length, where that is known.
    Stream(Body, Option<u64>),
}

impl Call {
    pub(crate) fn new(method: Method, target: impl Into<String>) -> Self {
        Self {
            method,
            target: target.into(),
            headers: HeaderMap::new(),
            content: Content::None,
        }
    }

    pub(crate) fn headers(mut self, headers: HeaderMap) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn content(mut self, content: Content) -> Self {
        self.content = content;
        self
    }
}

/// A registry.
#[derive(Clone, Debug)]
pub(crate) struct Upstream {
    what: String,
    address: watch::Receiver<Option<SocketAddr>>,
}

impl Upstream {
    pub(crate) fn new(what: impl Into<String>, address: watch::Receiver<Option<SocketAddr>>) -> Self {
        Self {
            what: what.into(),
            address,
        }
    }

    fn away(&self, why: impl ToString) -> Away {
        Away {
            what: self.what.clone(),
            why: why.to_string(),
        }
    }

    /// Sends it. What only reads is sent again if the registry goes away before it begins to answer; anything else only
    /// if it had not got to hear of it.
    pub(crate) async fn send(&self, call: Call) -> Result<Response<Body>, Away> {
        let deadline = Instant::now() + PATIENCE;
        let reads = matches!(call.method, Method::GET | Method::HEAD);
        let (mut sender, mut address) = self.connect(deadline).await?;
        let mut request = request(&call.method, &call.target, &call.headers, address, call.content)
            .map_err(|error| self.away(error))?;
        loop {
            let mut gone = Gone::new(self.address.clone(), address);
            let answered = tokio::select! {
                answered = timeout(ANSWER, sender.send_request(request)) =>
                    answered.map(|answered| answered.map_err(|error| self.away(error))),
                () = &mut gone.0 => Ok(Err(self.away("it went away"))),
            };
            let error = match answered {
                Ok(Ok(response)) => return Ok(response.map(|body| Watched::new(body, gone).boxed_unsync())),
                Ok(Err(error)) => error,
                Err(_) => return Err(self.away("it takes too long")),
            };
            if !reads || Instant::now() >= deadline {
                return Err(error);
            }
            tracing::debug!(%error, target = call.target, "gateway.registry_again");
            sleep(PAUSE).await;
            (sender, address) = self.connect(deadline).await?;
            request = self::request(&call.method, &call.target, &call.headers, address, Content::None)
                .map_err(|error| self.away(error))?;
        }
    }

    /// The whole answer to something that only reads, up to `most` bytes.
    pub(crate) async fn read(&self, call: Call, most: usize) -> Result<Response<Bytes>, Away> {
        let (parts, body) = self.send(call).await?.into_parts();
        let body = timeout(ANSWER, gather(body, most))
            .await
            .map_err(|_| self.away("it takes too long"))?
            .map_err(|error| self.away(error))?;
        Ok(Response::from_parts(parts, body))
    }

    async fn connect(&self, deadline: Instant) -> Result<(SendRequest<Body>, SocketAddr), Away> {
        let mut known = self.address.clone();
        loop {
            let address = match timeout_at(deadline, known.wait_for(Option::is_some)).await {
                Ok(Ok(address)) => *address,
                Ok(Err(_)) => return Err(self.away("nobody runs it any more")),
                Err(_) => return Err(self.away("it is not running")),
            };
            let Some(address) = address else { continue };
            let error = match timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let _ = stream.set_nodelay(true);
                    let shaken = http1::Builder::new()
                        .max_buf_size(BUFFER_MAX)
                        .handshake(TokioIo::new(stream))
                        .await;
                    let (sender, connection) = shaken.map_err(|error| self.away(error))?;
                    // Ends with the request and the body of its answer.
                    tokio::spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::debug!(%error, "gateway.registry_connection");
                        }
                    });
                    return Ok((sender, address));
                }
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no connection".to_owned(),
            };
            if Instant::now() + PAUSE >= deadline {
                return Err(self.away(error));
            }
            sleep(PAUSE).await;
        }
    }
}

/// Is ready once the registry is no longer where it was.
struct Gone(Pin<Box<dyn Future<Output = ()> + Send>>);

impl Gone {
    fn new(mut known: watch::Receiver<Option<SocketAddr>>, address: SocketAddr) -> Self {
        Self(Box::pin(async move {
            if known.wait_for(|now| *now != Some(address)).await.is_err() {
                // Nobody will say.
                std::future::pending::<()>().await;
            }
        }))
    }
}

/// An answer that breaks when its registry goes away, also when that says nothing any more.
struct Watched {
    inner: Incoming,
    gone: Gone,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    fn new(inner: Incoming, gone: Gone) -> Self {
        Self {
            inner,
            gone,
            stalled: None,
        }
    }
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(context) {
            // Time is counted only while somebody waits.
            self.stalled = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        if self.gone.0.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err("the registry went away".into())));
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(STALLED)));
        if stalled.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err("the registry says nothing any more".into())));
        }
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

fn request(
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    address: SocketAddr,
    content: Content,
) -> http::Result<Request<Body>> {
    let mut request = Request::builder()
        .method(method)
        .uri(target)
        .header(HOST, address.to_string());
    if let Some(all) = request.headers_mut() {
        all.extend(headers.clone());
        if let Content::Stream(_, Some(length)) = &content {
            all.insert(CONTENT_LENGTH, HeaderValue::from(*length));
        }
    }
    request.body(match content {
        Content::None => empty(),
        Content::Whole(bytes) => whole(bytes),
        Content::Stream(body, _) => body,
    })
}
