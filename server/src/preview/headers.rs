//! What is passed on of the headers, in both directions.

use axum::http::header::{
    self, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderName, HeaderValue, LOCATION, ORIGIN,
    REFERRER_POLICY, SET_COOKIE,
};
use axum::http::{HeaderMap, StatusCode};

use super::address::Target;

/// They are about one connection, and not about what it carries (RFC 9110, 7.6.1).
const OF_THE_CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// They would bind the browser beyond this one page, or keep it out of our frame.
const NOT_TO_THE_BROWSER: [HeaderName; 4] = [
    header::STRICT_TRANSPORT_SECURITY,
    header::X_FRAME_OPTIONS,
    header::ALT_SVC,
    HeaderName::from_static("clear-site-data"),
];

/// What a page without an origin of its own may do. Without `allow-same-origin`, it has none, whatever frame it is in.
const SANDBOXED: &str =
    "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads; frame-ancestors 'self'";

/// How the preview was reached.
#[derive(Clone, Debug)]
pub(super) enum Way {
    /// By a host of its own, which these may frame.
    Host {
        /// As a security policy lists them.
        parents: String,
    },
    /// By a path of ours.
    Path,
}

/// Makes a request's headers into those that the learner's server gets: as if it had been asked on the learner's own machine.
pub(super) fn to_server(headers: &mut HeaderMap, target: &Target, way: &Way, upgrade: Option<HeaderValue>) {
    drop_those_of_the_connection(headers);
    if matches!(way, Way::Path) {
        headers.remove(COOKIE);
    }
    let host = format!("localhost:{}", target.port);
    let value = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("localhost"));
    if headers.contains_key(ORIGIN) {
        headers.insert(ORIGIN, value(&format!("http://{host}")));
    }
    headers.insert(HOST, value(&host));
    match upgrade {
        Some(protocol) => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, protocol);
        }
        None => {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Makes an answer's headers into those that the browser gets.
pub(super) fn to_browser(status: StatusCode, headers: &mut HeaderMap, target: &Target, way: &Way) {
    let upgraded = (status == StatusCode::SWITCHING_PROTOCOLS)
        .then(|| headers.get(header::UPGRADE).cloned())
        .flatten();
    drop_those_of_the_connection(headers);
    for name in NOT_TO_THE_BROWSER {
        headers.remove(name);
    }
    keep_cookies(headers, way);
    lead_back(headers, target, way);
    protect(headers, way);
    if let Some(protocol) = upgraded {
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, protocol);
    }
}

/// What every answer of a preview carries, also one of ours.
pub(super) fn protect(headers: &mut HeaderMap, way: &Way) {
    let policy = match way {
        Way::Host { parents } => HeaderValue::try_from(format!("frame-ancestors {parents}")).ok(),
        Way::Path => Some(HeaderValue::from_static(SANDBOXED)),
    };
    // Added to what the learner's server says: a browser keeps to all of them.
    headers.append(
        CONTENT_SECURITY_POLICY,
        policy.unwrap_or(HeaderValue::from_static(SANDBOXED)),
    );
    // The address is a secret.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    // What was rebuilt is to be seen, so nothing is kept by guessing.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-cache"));
}

fn drop_those_of_the_connection(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_THE_CONNECTION.into_iter().chain(listed) {
        headers.remove(name);
    }
}

/// Cookies are for one host; one that is meant for a whole domain would reach other learners' pages, and ours.
fn keep_cookies(headers: &mut HeaderMap, way: &Way) {
    let kept: Vec<HeaderValue> = match way {
        Way::Path => Vec::new(),
        Way::Host { .. } => {
            let for_one_host = |cookie: &&HeaderValue| {
                cookie.to_str().is_ok_and(|cookie| {
                    !cookie.split(';').skip(1).any(|attribute| {
                        let name = attribute.split('=').next().unwrap_or_default();
                        name.trim().eq_ignore_ascii_case("domain")
                    })
                })
            };
            headers
                .get_all(SET_COOKIE)
                .iter()
                .filter(for_one_host)
                .cloned()
                .collect()
        }
    };
    headers.remove(SET_COOKIE);
    for cookie in kept {
        headers.append(SET_COOKIE, cookie);
    }
}

/// A redirect to the server itself stays in the preview.
fn lead_back(headers: &mut HeaderMap, target: &Target, way: &Way) {
    let Some(location) = headers.get(LOCATION).and_then(|location| location.to_str().ok()) else {
        return;
    };
    let itself = ["localhost", "127.0.0.1"].into_iter().find_map(|name| {
        let rest = location.strip_prefix("http://")?.strip_prefix(name)?;
        let rest = match target.port {
            80 => rest.strip_prefix(":80").unwrap_or(rest),
            port => rest.strip_prefix(&format!(":{port}"))?,
        };
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
    });
    let path = itself.unwrap_or(location);
    let is_path = path.starts_with('/') && !path.starts_with("//");
    let led = match way {
        Way::Path if is_path => format!("{}{}", target.path(), &path[1..]),
        Way::Path if itself.is_some() => format!("{}{path}", target.path()),
        Way::Host { .. } if itself == Some("") => "/".to_owned(),
        _ => path.to_owned(),
    };
    if let Ok(led) = HeaderValue::try_from(led) {
        headers.insert(LOCATION, led);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target::parse("0123456789abcdef0123456789abcdef", "8080").unwrap()
    }

    fn host() -> Way {
        Way::Host {
            parents: "https://drydock.example.org".into(),
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    fn answered(pairs: &[(&'static str, &'static str)], way: &Way) -> HeaderMap {
        let mut headers = headers(pairs);
        to_browser(StatusCode::OK, &mut headers, &target(), way);
        headers
    }

    #[test]
    fn our_cookie_does_not_reach_a_server_of_a_learners() {
        let mut sent = headers(&[
            ("cookie", "drydock=secret"),
            ("host", "192.0.2.1:3000"),
            ("origin", "null"),
        ]);
        to_server(&mut sent, &target(), &Way::Path, None);
        assert!(!sent.contains_key(COOKIE));
        assert_eq!(sent[HOST], "localhost:8080");
        assert_eq!(sent[ORIGIN], "http://localhost:8080");
    }

    #[test]
    fn what_is_about_the_connection_stays_with_it() {
        let mut sent = headers(&[
            ("connection", "close, x-private"),
            ("x-private", "1"),
            ("te", "gzip"),
            ("accept", "*/*"),
        ]);
        to_server(&mut sent, &target(), &host(), None);
        let mut names: Vec<_> = sent.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "connection", "host"]);
    }

    #[test]
    fn a_path_of_ours_gives_its_page_no_origin_and_no_cookie() {
        let seen = answered(
            &[
                ("set-cookie", "a=1"),
                ("content-security-policy", "default-src *"),
                ("x-frame-options", "DENY"),
            ],
            &Way::Path,
        );
        assert!(!seen.contains_key(SET_COOKIE));
        assert!(!seen.contains_key("x-frame-options"));
        let policies: Vec<_> = seen.get_all(CONTENT_SECURITY_POLICY).iter().collect();
        assert_eq!(policies, ["default-src *", SANDBOXED]);
        assert!(!SANDBOXED.contains("allow-same-origin") && !SANDBOXED.contains("allow-top-navigation"));
    }

    #[test]
    fn a_cookie_for_a_whole_domain_is_dropped() {
        let seen = answered(
            &[
                ("set-cookie", "a=1; Path=/"),
                ("set-cookie", "drydock=x; domain=example.org"),
                ("set-cookie", "b=domain"),
            ],
            &host(),
        );
        let cookies: Vec<_> = seen.get_all(SET_COOKIE).iter().collect();
        assert_eq!(cookies, ["a=1; Path=/", "b=domain"]);
    }

    #[test]
    fn a_redirect_stays_in_the_preview() {
        let led = |location: &'static str, way: &Way| {
            let seen = answered(&[("location", location)], way);
            seen[LOCATION].to_str().unwrap().to_owned()
        };
        let path = target().path();
        assert_eq!(led("/login?a=b", &Way::Path), format!("{path}login?a=b"));
        assert_eq!(led("http://localhost:8080/x", &Way::Path), format!("{path}x"));
        assert_eq!(led("http://localhost:8080", &Way::Path), path);
        assert_eq!(led("http://localhost:8080/x", &host()), "/x");
        assert_eq!(led("http://localhost:8080", &host()), "/");
        for elsewhere in [
            "https://example.org/",
            "//example.org/",
            "http://localhost:80801/",
            "next",
        ] {
            assert_eq!(led(elsewhere, &Way::Path), elsewhere);
        }
    }

    #[test]
    fn a_preview_is_seen_as_it_is_now() {
        assert_eq!(answered(&[], &host())[CACHE_CONTROL], "no-cache");
        assert_eq!(
            answered(&[("cache-control", "max-age=60")], &host())[CACHE_CONTROL],
            "max-age=60"
        );
    }
}
