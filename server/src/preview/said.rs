//! What a preview says where the learner's server says nothing: plain pages, without script, that look again by themselves.

use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use drydock_sandbox::Sandbox;

use super::headers::{Way, protect};
use crate::routes::preview::published;

/// Why there is nothing to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// There is no such sandbox.
    Nowhere,
    /// Nobody listens on that port.
    Refused(u16),
    /// Nobody listens on that port, and these ports are published: number and container.
    Elsewhere(u16, Vec<(u16, String)>),
    /// Somebody listens, and says nothing.
    Silent(u16),
    /// Somebody listens, and what they say is no HTTP.
    Nonsense(u16),
    /// Too much is under way already.
    Crowded,
}

/// What could be looked at instead of a port where nobody answers.
pub(super) async fn instead(sandbox: &Sandbox, port: u16) -> Trouble {
    // An engine that does not answer is no reason to say nothing.
    let ports = published(sandbox).await.unwrap_or_default();
    let others = ports.into_iter().filter(|(number, _)| *number != port);
    Trouble::Elsewhere(port, others.collect())
}

/// The page that says it.
pub(super) fn page(trouble: &Trouble, way: &Way) -> Response {
    let (status, title, text) = match trouble {
        Trouble::Nowhere => (
            StatusCode::NOT_FOUND,
            "There is no preview here".to_owned(),
            "<p>Its sandbox has ended. Start one beside the lesson, and open the preview from there.</p>".to_owned(),
        ),
        Trouble::Refused(port) => (
            StatusCode::BAD_GATEWAY,
            format!("Nothing answers on port {port} yet"),
            publish(*port),
        ),
        Trouble::Elsewhere(port, others) => (
            StatusCode::BAD_GATEWAY,
            format!("Nothing answers on port {port} yet"),
            format!("{}{}", publish(*port), list(others)),
        ),
        Trouble::Silent(port) => (
            StatusCode::GATEWAY_TIMEOUT,
            format!("No answer on port {port}"),
            "<p>Something takes requests there, but gave no answer within a minute. Its logs may say what it waits for.</p>".to_owned(),
        ),
        Trouble::Nonsense(port) => (
            StatusCode::BAD_GATEWAY,
            format!("What answers on port {port} is no web server"),
            "<p>It gave no answer in HTTP, or broke off. Is the port in the container that is published the one its server listens on, and does that listen on all addresses?</p>".to_owned(),
        ),
        Trouble::Crowded => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many requests at once".to_owned(),
            "<p>This sandbox is answering as many requests as it may. The page looks again by itself.</p>".to_owned(),
        ),
    };
    let mut response = (status, document(&title, &text, *trouble != Trouble::Nowhere)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    protect(headers, way);
    response
}

fn publish(port: u16) -> String {
    format!(
        "<p>A container's port is published when the container is made: <code>docker run -p {port}:PORT …</code>. This page looks again by itself.</p>"
    )
}

fn list(others: &[(u16, String)]) -> String {
    if others.is_empty() {
        return "<p>No container has a published port now.</p>".to_owned();
    }
    let mut text = "<p>Published now:</p><ul>".to_owned();
    for (port, container) in others {
        // It fails only where memory does.
        let _ = write!(
            text,
            "<li>port <b>{port}</b>, of <code>{}</code></li>",
            escaped(container)
        );
    }
    text.push_str("</ul>");
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The style stands in it: at this address there is nothing of ours beside the page.
fn document(title: &str, text: &str, again: bool) -> String {
    let again = if again {
        "<meta http-equiv=\"refresh\" content=\"2\">"
    } else {
        ""
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>{again}\
         <meta name=\"viewport\" content=\"width=device-width\"><style>\
         :root{{color-scheme:light dark;font:16px/26px system-ui,sans-serif;color:light-dark(#2b333a,#d5dce2);background:light-dark(#fff,#161d23)}}\
         body{{margin:0 auto;max-width:34rem;padding:14vh 24px 24px}}h1{{font-size:20px;line-height:28px;margin:0 0 8px}}\
         p{{margin:0 0 12px;color:light-dark(#505a63,#a9b4bd)}}ul{{margin:0;padding-left:20px}}\
         code{{font:14px ui-monospace,monospace;color:light-dark(#2b333a,#d5dce2)}}</style></head>\
         <body><h1>{title}</h1>{text}</body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_containers_name_is_text() {
        let text = list(&[(8080, "<script>".into())]);
        assert!(
            text.contains("&lt;script&gt;") && !text.contains("<script>"),
            "{text}"
        );
    }

    #[test]
    fn even_what_we_say_is_sandboxed() {
        let response = page(&Trouble::Crowded, &Way::Path);
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("sandbox "), "{policy}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}
