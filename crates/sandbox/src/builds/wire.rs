//! BuildKit's control API, as far as builds are watched with it: gRPC on an engine's socket, at `POST /grpc`.
//!
//! The messages have the field numbers of BuildKit's `control.proto`; fields that nobody here looks at are left out, and what is not
//! known is passed over.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use http::uri::PathAndQuery;
use hyper::body::Incoming;
use hyper::client::conn::http2::SendRequest;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::{Request, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::Service;

/// Which builds are told of.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HistoryRequest {
    /// Only those that are running, and then those that begin.
    #[prost(bool, tag = "1")]
    pub(super) active_only: bool,
    /// Only this one.
    #[prost(string, tag = "2")]
    pub(super) reference: String,
    /// Only what is known now.
    #[prost(bool, tag = "3")]
    pub(super) early_exit: bool,
}

/// A build has begun.
pub(super) const BEGUN: i32 = 0;
/// A build has ended.
pub(super) const ENDED: i32 = 1;

/// Something became of a build.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct HistoryEvent {
    /// [`BEGUN`], [`ENDED`], or 2: it was forgotten.
    #[prost(int32, tag = "1")]
    pub(super) kind: i32,
    #[prost(message, optional, tag = "2")]
    record: Option<Record>,
}

/// What a builder calls a build has no more bytes than this.
const REFERENCE_MAX: usize = 256;

impl HistoryEvent {
    /// The build, if it is called something that a builder would call it: it is kept for as long as it is told of.
    pub(super) fn record(self) -> Option<Record> {
        self.record
            .filter(|record| record.reference.len() <= REFERENCE_MAX)
    }
}

/// A build, as a whole.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Record {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
    #[prost(message, optional, tag = "5")]
    pub(super) error: Option<Why>,
    #[prost(message, optional, tag = "6")]
    pub(super) created: Option<Moment>,
    #[prost(message, optional, tag = "7")]
    pub(super) completed: Option<Moment>,
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Why {
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
pub(super) struct Moment {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

impl Moment {
    /// Milliseconds since 1970.
    pub(super) fn ms(self) -> i64 {
        self.seconds
            .saturating_mul(1000)
            .saturating_add(i64::from(self.nanos / 1_000_000))
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StatusRequest {
    #[prost(string, tag = "1")]
    pub(super) reference: String,
}

/// Steps that are new or have changed.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StatusResponse {
    #[prost(message, repeated, tag = "1")]
    pub(super) vertexes: Vec<Vertex>,
}

/// A step.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Vertex {
    #[prost(string, tag = "1")]
    pub(super) digest: String,
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(bool, tag = "4")]
    pub(super) cached: bool,
    #[prost(message, optional, tag = "5")]
    pub(super) started: Option<Moment>,
    #[prost(message, optional, tag = "6")]
    pub(super) completed: Option<Moment>,
    #[prost(string, tag = "7")]
    pub(super) error: String,
}

/// An HTTP/2 connection, as tonic wants one.
#[derive(Clone)]
pub(super) struct Connection(pub(super) SendRequest<Body>);

impl Service<http::Request<Body>> for Connection {
    type Response = http::Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// Speaks to a builder.
#[derive(Clone)]
pub(super) struct Control(Grpc<Connection>);

impl Control {
    pub(super) fn new(connection: Connection) -> Self {
        Self(Grpc::with_origin(connection, Uri::from_static("http://engine")))
    }

    /// What becomes of builds.
    pub(super) async fn history(
        &mut self,
        request: HistoryRequest,
    ) -> Result<Streaming<HistoryEvent>, Status> {
        self.ask("/moby.buildkit.v1.Control/ListenBuildHistory", request)
            .await
    }

    /// The steps of a build, as they change, until it ends.
    pub(super) async fn status(&mut self, reference: &str) -> Result<Streaming<StatusResponse>, Status> {
        let reference = reference.to_owned();
        self.ask("/moby.buildkit.v1.Control/Status", StatusRequest { reference })
            .await
    }

    async fn ask<Q, A>(&mut self, path: &'static str, question: Q) -> Result<Streaming<A>, Status>
    where
        Q: prost::Message + Send + Sync + 'static,
        A: prost::Message + Default + Send + Sync + 'static,
    {
        self.0
            .ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<Q, A>::default();
        let path = PathAndQuery::from_static(path);
        let answer = self
            .0
            .server_streaming(Request::new(question), path, codec)
            .await?;
        Ok(answer.into_inner())
    }
}
