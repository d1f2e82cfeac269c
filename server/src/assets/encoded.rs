//! Bytes that are sent as they are or compressed, whichever the browser takes, and not at all if it has them.

use std::io::Write as _;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// One document with its compressed twins.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The document itself.
    pub(super) plain: Bytes,
    /// The same, if brotli makes it smaller.
    pub(super) brotli: Option<Bytes>,
    /// The same, if gzip makes it smaller.
    pub(super) gzip: Option<Bytes>,
    /// A digest of the document.
    pub(super) digest: [u8; 32],
    pub(super) content_type: HeaderValue,
    pub(super) cache_control: HeaderValue,
    /// The request headers that the choice of document and encoding depends on.
    pub(super) vary: HeaderValue,
}

impl Encoded {
    /// A rendered page that depends on nothing but its address and the cookie `theme`. It is compressed here, with
    /// all the effort there is: some tens of milliseconds, so once and not on a thread that answers requests.
    pub fn page(html: Vec<u8>) -> Self {
        Self {
            brotli: smaller(brotli(&html), &html),
            gzip: smaller(gzip(&html), &html),
            digest: Sha256::digest(&html).into(),
            plain: html.into(),
            content_type: HeaderValue::from_static("text/html; charset=utf-8"),
            // Kept, but asked about each time: a new version of the server has a new page.
            cache_control: HeaderValue::from_static("no-cache"),
            vary: HeaderValue::from_static("accept-encoding, cookie"),
        }
    }

    /// Answers a request: the smallest form that its `Accept-Encoding` takes, or 304 if its `If-None-Match` has it.
    pub fn respond(&self, request: &HeaderMap) -> Response {
        let (body, encoding) = self.form(Accepted::of(request));
        let etag = etag(&self.digest, encoding);
        let known = has(request, &etag);
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Body::from(body).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, etag);
        headers.insert(header::CACHE_CONTROL, self.cache_control.clone());
        headers.insert(header::VARY, self.vary.clone());
        if !known {
            headers.insert(header::CONTENT_TYPE, self.content_type.clone());
            headers.insert(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            );
            if let Some(encoding) = encoding {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
        }
        response
    }

    /// The bytes to send and the name of their encoding, if it is not the plain one.
    fn form(&self, accepted: Accepted) -> (Bytes, Option<&'static str>) {
        match (&self.brotli, &self.gzip) {
            (Some(brotli), _) if accepted.brotli => (brotli.clone(), Some("br")),
            (_, Some(gzip)) if accepted.gzip => (gzip.clone(), Some("gzip")),
            _ => (self.plain.clone(), None),
        }
    }
}

/// The encodings that a browser takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Accepted {
    brotli: bool,
    gzip: bool,
}

impl Accepted {
    fn of(request: &HeaderMap) -> Self {
        let lists = request
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut accepted = Self::default();
        for entry in lists.flat_map(|list| list.split(',')) {
            let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let taken = !is_zero(parameters);
            match name.trim().to_ascii_lowercase().as_str() {
                "br" => accepted.brotli = taken,
                "gzip" | "x-gzip" => accepted.gzip = taken,
                _ => {}
            }
        }
        accepted
    }
}

/// Whether the parameters of an encoding are `q=0`: "anything but this one".
fn is_zero(parameters: &str) -> bool {
    let weight = parameters
        .split(';')
        .find_map(|parameter| parameter.trim().strip_prefix("q="));
    weight
        .and_then(|weight| weight.trim().parse::<f32>().ok())
        .is_some_and(|weight| weight <= 0.0)
}

/// A strong tag: it names these very bytes, so each encoding has its own.
fn etag(digest: &[u8; 32], encoding: Option<&str>) -> HeaderValue {
    use std::fmt::Write as _;
    let mut tag = String::from("\"");
    for byte in &digest[..12] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    if let Some(encoding) = encoding {
        tag.push('-');
        tag.push_str(encoding);
    }
    tag.push('"');
    HeaderValue::try_from(tag).expect("hexadecimal digits and the names of encodings are visible ASCII")
}

/// Whether the browser says that it has the document with this tag.
fn has(request: &HeaderMap, etag: &HeaderValue) -> bool {
    let lists = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    // A proxy that touched the body marks the tag as weak; for this question weak is good enough (RFC 9110, 13.1.2).
    let mut tags = lists
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == "*" || tag.as_bytes() == etag.as_bytes())
}

fn smaller(packed: Option<Vec<u8>>, plain: &[u8]) -> Option<Bytes> {
    packed
        .filter(|packed| packed.len() < plain.len())
        .map(Bytes::from)
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &parameters).ok()?;
    Some(packed)
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use axum::body::to_bytes;
    use axum::http::HeaderName;

    use super::*;

    fn request(headers: &[(HeaderName, &str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    fn accepting(encodings: &str) -> HeaderMap {
        request(&[(header::ACCEPT_ENCODING, encodings)])
    }

    fn page() -> Encoded {
        Encoded::page("<p>the same again</p>".repeat(100).into_bytes())
    }

    fn encoding(response: &Response) -> Option<&str> {
        response
            .headers()
            .get(header::CONTENT_ENCODING)
            .map(|value| value.to_str().unwrap())
    }

    #[test]
    fn the_smallest_form_that_the_browser_takes_is_sent() {
        let chosen = |encodings: &str| page().respond(&accepting(encodings));
        assert_eq!(encoding(&chosen("gzip, deflate, br, zstd")), Some("br"));
        assert_eq!(encoding(&chosen("gzip;q=1.0, br;q=0")), Some("gzip"));
        assert_eq!(encoding(&chosen("GZIP")), Some("gzip"));
        assert_eq!(encoding(&chosen("zstd")), None);
        assert_eq!(encoding(&page().respond(&HeaderMap::new())), None);
    }

    #[tokio::test]
    async fn each_form_unpacks_to_the_page() {
        let plain = page().plain;

        let packed = to_bytes(page().respond(&accepting("br")).into_body(), usize::MAX)
            .await
            .unwrap();
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &*packed, &mut unpacked).unwrap();
        assert_eq!(unpacked, plain);

        let packed = to_bytes(page().respond(&accepting("gzip")).into_body(), usize::MAX)
            .await
            .unwrap();
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&*packed)
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, plain);
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        let first = page().respond(&accepting("br"));
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = |tag: &str, encodings| {
            page().respond(&request(&[
                (header::IF_NONE_MATCH, tag),
                (header::ACCEPT_ENCODING, encodings),
            ]))
        };

        let response = again(&format!("\"other\", W/{tag}"), "br");
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(response.headers()[header::ETAG], tag.as_str());
        assert_eq!(response.headers()[header::VARY], "accept-encoding, cookie");
        assert!(to_bytes(response.into_body(), 1).await.unwrap().is_empty());

        // The other forms are other bytes.
        assert_eq!(again(&tag, "gzip").status(), StatusCode::OK);
    }

    #[test]
    fn what_does_not_shrink_is_sent_plain() {
        assert_eq!(
            encoding(&Encoded::page(b"x".to_vec()).respond(&accepting("br, gzip"))),
            None
        );
    }
}
