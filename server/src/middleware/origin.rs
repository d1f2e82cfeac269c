//! Requests that change something, and sockets, must come from a page of ours.
//!
//! Two rules. The *host* that was asked for must be ours: the public address, or (where none is set) a loopback
//! name or an IP address, so that a name which an attacker points at this machine is refused. The *origin* that
//! the browser reports must be the same host. A program without a browser sends no origin and no cookie that
//! it was not given; it may call the API, but not open sockets, where browsers enforce nothing by themselves.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{ApiError, Kind};
use crate::state::App;

/// Lets the request through, or refuses it.
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let socket = request.headers().contains_key(header::UPGRADE);
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    match check(&app.settings.public_url, request.headers(), socket, changes) {
        Ok(()) => next.run(request).await,
        Err(detail) => ApiError::new(Kind::ForeignOrigin, detail).into_response(),
    }
}

fn check(public_url: &str, headers: &HeaderMap, socket: bool, changes: bool) -> Result<(), &'static str> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
    };
    let host = text(header::HOST).unwrap_or_default();
    if !host_is_ours(public_url, host) {
        return Err(
            "This Drydock is not known by the name that was asked for. Its operator sets `public_url` to the address that people use.",
        );
    }
    if !socket && !changes {
        return Ok(());
    }
    match (headers.contains_key(header::ORIGIN), text(header::ORIGIN)) {
        (true, Some(origin)) if origin_is(public_url, host, origin) => Ok(()),
        (true, _) => Err("The request came from a page of another site, so it was refused."),
        (false, _) if socket => {
            Err("A socket is opened by a page of this site only: the Origin header is missing.")
        }
        (false, _) => match headers
            .get("sec-fetch-site")
            .map(axum::http::HeaderValue::as_bytes)
        {
            None | Some(b"same-origin" | b"none") => Ok(()),
            Some(_) => Err("The request came from a page of another site, so it was refused."),
        },
    }
}

fn host_is_ours(public_url: &str, host: &str) -> bool {
    if let Some((_, ours)) = public_url.split_once("://") {
        return host.eq_ignore_ascii_case(ours);
    }
    let Ok(authority) = host.parse::<axum::http::uri::Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<std::net::IpAddr>().is_ok()
}

fn origin_is(public_url: &str, host: &str, origin: &str) -> bool {
    if public_url.is_empty() {
        origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .is_some_and(|of| of.eq_ignore_ascii_case(host))
    } else {
        origin.eq_ignore_ascii_case(public_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    const OURS: (&str, &str) = ("host", "127.0.0.1:3000");

    #[test]
    fn a_socket_needs_our_origin() {
        for (origin, allowed) in [
            (Some("http://127.0.0.1:3000"), true),
            (Some("http://localhost:3000"), false),
            (Some("http://127.0.0.1:3001"), false),
            (Some("https://evil.example"), false),
            (Some("null"), false),
            (None, false),
        ] {
            let mut pairs = vec![OURS];
            pairs.extend(origin.map(|origin| ("origin", origin)));
            assert_eq!(
                check("", &headers(&pairs), true, false).is_ok(),
                allowed,
                "{origin:?}"
            );
        }
    }

    #[test]
    fn a_change_from_a_program_is_fine_and_from_another_site_is_not() {
        assert!(check("", &headers(&[OURS]), false, true).is_ok());
        assert!(
            check(
                "",
                &headers(&[OURS, ("origin", "https://evil.example")]),
                false,
                true
            )
            .is_err()
        );
        assert!(
            check(
                "",
                &headers(&[OURS, ("sec-fetch-site", "cross-site")]),
                false,
                true
            )
            .is_err()
        );
        assert!(
            check(
                "",
                &headers(&[OURS, ("sec-fetch-site", "same-origin")]),
                false,
                true
            )
            .is_ok()
        );
    }

    #[test]
    fn a_name_that_is_not_ours_is_refused_even_for_reading() {
        assert!(check("", &headers(&[("host", "rebound.example:3000")]), false, false).is_err());
        assert!(check("", &headers(&[("host", "localhost:3000")]), false, false).is_ok());
        assert!(check("", &headers(&[("host", "[::1]:3000")]), false, false).is_ok());
        let public = "https://drydock.example.org";
        assert!(check(public, &headers(&[("host", "drydock.example.org")]), false, false).is_ok());
        assert!(check(public, &headers(&[OURS]), false, false).is_err());
    }

    #[test]
    fn behind_a_proxy_the_public_address_counts() {
        let public = "https://drydock.example.org";
        let ours = ("host", "drydock.example.org");
        assert!(check(public, &headers(&[ours, ("origin", public)]), true, false).is_ok());
        assert!(
            check(
                public,
                &headers(&[ours, ("origin", "http://drydock.example.org")]),
                true,
                false
            )
            .is_err()
        );
    }
}
