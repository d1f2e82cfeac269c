//! The site's files, under `/assets/`: scripts, styles, fonts and WASM that `cargo xtask build` made. A release binary
//! carries them; a debug build reads them from `dist/` as they are at that moment.
//!
//! Every name carries a hash of what is in the file, so browsers keep a file for good; a new version has a new name,
//! which the pages know from the [`manifest`].

mod encoded;

use std::borrow::Cow;
use std::sync::OnceLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use drydock_app::Assets;
use rust_embed::RustEmbed;

pub use encoded::Encoded;

use crate::problem::ApiError;

#[derive(RustEmbed)]
#[folder = "../dist/assets"]
struct Files;

/// What tells the pages the names of the others; not for browsers.
const MANIFEST: &str = "manifest.json";

/// The one name without a hash, which only development builds have: open pages look at it to see when to reload.
const RELOAD: &str = "reload";

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NEVER: HeaderValue = HeaderValue::from_static("no-store");

/// The names of the files that pages refer to. Read once; where the site has not been built, all of them are empty,
/// and pages are plain text.
pub fn manifest() -> &'static Assets {
    static READ: OnceLock<Assets> = OnceLock::new();
    READ.get_or_init(|| match read_manifest() {
        Ok(assets) => assets,
        Err(reason) => {
            tracing::warn!(
                reason,
                "assets.missing: the site is not built; run 'cargo xtask build'"
            );
            Assets::default()
        }
    })
}

fn read_manifest() -> Result<Assets, String> {
    let file = Files::get(MANIFEST).ok_or("there is no dist/assets/manifest.json")?;
    serde_json::from_slice(&file.data).map_err(|error| format!("dist/assets/manifest.json: {error}"))
}

/// `GET /assets/{path}`
pub async fn serve(Path(path): Path<String>, request: HeaderMap) -> Response {
    match find(&path) {
        Some(file) => file.respond(&request),
        None => ApiError::not_found("such file").into_response(),
    }
}

fn find(name: &str) -> Option<Encoded> {
    // The compressed twins are forms of a file and not files of their own; `..` and folders there are none.
    let content_type = content_type(name)?;
    let file = Files::get(name)?;
    let twin = |suffix: &str| Files::get(&format!("{name}.{suffix}")).map(|file| bytes(file.data));
    Some(Encoded {
        brotli: twin("br"),
        gzip: twin("gz"),
        digest: file.metadata.sha256_hash(),
        plain: bytes(file.data),
        content_type: HeaderValue::from_static(content_type),
        cache_control: if name == RELOAD { NEVER } else { FOREVER },
        vary: HeaderValue::from_static("accept-encoding"),
    })
}

/// What a file is, by its name; none for names that are not served.
fn content_type(name: &str) -> Option<&'static str> {
    if name == RELOAD {
        return Some("text/plain; charset=utf-8");
    }
    if name == MANIFEST || name.contains('/') {
        return None;
    }
    Some(match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

/// Embedded files are in memory for good and are not copied.
fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => read.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_that_browsers_insist_on() {
        assert_eq!(
            content_type("app-0123456789abcdef.wasm"),
            Some("application/wasm")
        );
        assert_eq!(
            content_type("boot-ABCDEFGH.js"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(
            content_type("inter-latin-wght-normal-ABCDEFGH.woff2"),
            Some("font/woff2")
        );
        assert_eq!(content_type("icon-0123456789abcdef.svg"), Some("image/svg+xml"));
    }

    #[test]
    fn only_files_are_served() {
        for name in [
            "manifest.json",
            "boot.js.br",
            "boot.js.gz",
            "../Cargo.toml",
            "a/b.js",
            "..",
            "",
            "boot",
        ] {
            assert_eq!(content_type(name), None, "{name}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_a_problem() {
        let response = serve(Path("boot-00000000.js".into()), HeaderMap::new()).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
    }

    /// Where the site is built, every name in the manifest must lead to its file.
    #[tokio::test]
    async fn what_the_manifest_names_is_served() {
        let Ok(assets) = read_manifest() else { return };
        let names = [&assets.boot, &assets.css, &assets.wasm]
            .into_iter()
            .chain(&assets.fonts);
        for name in names {
            let response = serve(Path(name.clone()), HeaderMap::new()).await;
            assert_eq!(response.status(), 200, "{name}");
            assert_eq!(response.headers()["cache-control"], FOREVER, "{name}");
        }
    }
}
