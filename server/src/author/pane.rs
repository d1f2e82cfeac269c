//! Puts the author's pane into pages: a script and a style sheet that only this mode has. The pages themselves know
//! nothing of it.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// The largest page that is looked into, in bytes.
const PAGE_MAX: usize = 16 * 1024 * 1024;

const TAGS: &str = "<link rel=\"stylesheet\" href=\"/author/pane.css\"><script type=\"module\" src=\"/author/pane.js\"></script>";

pub(super) async fn put_in(mut request: Request, next: Next) -> Response {
    // A page is taken as it is written, and never as one that the browser has already.
    request.headers_mut().remove(header::ACCEPT_ENCODING);
    request.headers_mut().remove(header::IF_NONE_MATCH);
    let response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, PAGE_MAX).await else {
        return Response::from_parts(head, Body::empty());
    };
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::ETAG);
    head.headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let page = String::from_utf8_lossy(&bytes);
    Response::from_parts(head, Body::from(with_tags(&page)))
}

fn with_tags(page: &str) -> String {
    page.replacen("</head>", &format!("{TAGS}</head>"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pane_is_put_into_the_head_once() {
        let page = with_tags("<html><head><title>x</title></head><body>&lt;/head></body>");
        assert_eq!(page.matches("/author/pane.js").count(), 1);
        assert!(page.contains("</script></head><body>"));
    }
}
