//! Requests of plain HTTP to hosts that are let through, as apt makes them. Each request is decided by itself and goes to
//! the host in its address; what the Host header says is not asked.

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    CONNECTION, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::audit::Entry;
use crate::body::{Body, Inward, Outward, passing};
use crate::dial::NoWay;
use crate::gateway::Gateway;
use crate::guests::Guest;
use crate::refusal::Refusal;
use crate::target::Target;
use crate::tunnel;

const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const BUFFER_MAX: usize = 128 * 1024;

/// What is between two neighbours and no further.
const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];
const MORE_HOP_BY_HOP: [&str; 3] = ["keep-alive", "proxy-connection", "http2-settings"];

pub(crate) async fn forward(
    gateway: &Gateway,
    guest: &Guest,
    target: &Target,
    request: Request<Incoming>,
    mut entry: Entry,
) -> Response<Body> {
    let method = request.method().clone();
    let stream = match tunnel::open(gateway, target).await {
        Ok(stream) => stream,
        Err(refusal) => return refusal.answer(entry, &method),
    };
    let meter = gateway.traffic.of(&guest.sandbox);
    let Some(request) = rewritten(request, target) else {
        return Refusal::malformed("the address has no path").answer(entry, &method);
    };
    let request = request.map(|body| Inward::new(body, &entry, Some(Arc::clone(&meter))));
    let exchange = async {
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(BUFFER_MAX)
            .handshake(TokioIo::new(stream))
            .await?;
        // Ends with the request and its answer, both of which the client's connection holds.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "gateway.plain_ended");
            }
        });
        sender.send_request(request).await
    };
    match timeout(ANSWER_WITHIN, exchange).await {
        Ok(Ok(mut response)) => {
            strip(response.headers_mut());
            entry.status(response.status().as_u16());
            response.extensions_mut().clear();
            response.map(|body| Outward::new(passing(body), entry, Some(meter)).boxed_unsync())
        }
        Ok(Err(error)) => {
            entry.why(error.to_string());
            Refusal::no_way(NoWay::NoAnswer, target).answer(entry, &method)
        }
        Err(_) => Refusal::no_way(NoWay::NoAnswer, target).answer(entry, &method),
    }
}

/// The request as the host is to see it.
fn rewritten(request: Request<Incoming>, target: &Target) -> Option<Request<Incoming>> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = Uri::try_from(path).ok()?;
    strip(&mut parts.headers);
    let host = if target.port == 80 {
        target.host.clone()
    } else {
        target.to_string()
    };
    parts.headers.insert(HOST, HeaderValue::try_from(host).ok()?);
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    Some(Request::from_parts(parts, body))
}

fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        // Whoever names this one wants the body's end to be misunderstood.
        .filter(|name: &HeaderName| name != http::header::CONTENT_LENGTH)
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    for name in MORE_HOP_BY_HOP {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_between_neighbours_stays_there() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Secret , content-length"),
            ("x-secret", "1"),
            ("proxy-authorization", "Basic c2VjcmV0"),
            ("proxy-connection", "keep-alive"),
            ("keep-alive", "5"),
            ("upgrade", "h2c"),
            ("http2-settings", "x"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("accept", "*/*"),
            ("content-length", "3"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["accept", "content-length"]);
    }
}
