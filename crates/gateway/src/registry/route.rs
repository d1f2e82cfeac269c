//! What a path of a registry's API names. Parsed strictly: what has not exactly one meaning has none.

/// Longest name of a repository that the registry takes, its inner prefix included.
const NAME_MAX: usize = 255;
const TAG_MAX: usize = 128;
const UPLOAD_MAX: usize = 64;

/// A tag or a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    Tag(String),
    Digest(String),
}

impl Reference {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if is_digest(text) {
            Some(Self::Digest(text.to_owned()))
        } else {
            is_tag(text).then(|| Self::Tag(text.to_owned()))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Tag(text) | Self::Digest(text) => text,
        }
    }
}

/// An address of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Ping,
    OldPing,
    Search,
    Catalog,
    Tags(String),
    Manifest(String, Reference),
    Blob(String, String),
    Uploads(String),
    Upload(String, String),
    Referrers(String, String),
}

impl Route {
    pub(crate) fn parse(path: &str) -> Option<Self> {
        match path {
            "/v2" | "/v2/" => return Some(Self::Ping),
            "/v1/_ping" => return Some(Self::OldPing),
            "/v1/search" => return Some(Self::Search),
            "/v2/_catalog" => return Some(Self::Catalog),
            _ => {}
        }
        let parts: Vec<&str> = path.strip_prefix("/v2/")?.split('/').collect();
        let named = |parts: &[&str]| {
            let name = parts.join("/");
            is_name(&name).then_some(name)
        };
        match parts.as_slice() {
            [name @ .., "tags", "list"] => Some(Self::Tags(named(name)?)),
            [name @ .., "blobs", "uploads"] | [name @ .., "blobs", "uploads", ""] => {
                Some(Self::Uploads(named(name)?))
            }
            [name @ .., "blobs", "uploads", id] if is_upload(id) => {
                Some(Self::Upload(named(name)?, (*id).to_owned()))
            }
            [name @ .., "manifests", reference] => {
                Some(Self::Manifest(named(name)?, Reference::parse(reference)?))
            }
            [name @ .., "blobs", digest] if is_digest(digest) => {
                Some(Self::Blob(named(name)?, (*digest).to_owned()))
            }
            [name @ .., "referrers", digest] if is_digest(digest) => {
                Some(Self::Referrers(named(name)?, (*digest).to_owned()))
            }
            _ => None,
        }
    }
}

/// Whether this is the name of a repository: lower-case words, joined by single dots, one or two underscores or any
/// number of dashes, in parts between slashes.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len()) && name.split('/').all(is_part)
}

fn is_part(part: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = part.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    word(first)
        && word(last)
        && bytes.split(|&byte| word(byte)).all(|between| {
            matches!(between, b"" | b"." | b"_" | b"__") || between.iter().all(|&byte| byte == b'-')
        })
}

pub(crate) fn is_tag(tag: &str) -> bool {
    let bytes = tag.as_bytes();
    (1..=TAG_MAX).contains(&bytes.len())
        && !matches!(bytes[0], b'.' | b'-')
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}

pub(crate) fn is_digest(digest: &str) -> bool {
    let hexadecimal = |hash: &str, length: usize| {
        hash.len() == length && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match digest.split_once(':') {
        Some(("sha256", hash)) => hexadecimal(hash, 64),
        Some(("sha512", hash)) => hexadecimal(hash, 128),
        _ => false,
    }
}

fn is_upload(id: &str) -> bool {
    (1..=UPLOAD_MAX).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let parse = |path: &str| Route::parse(path);
        let nginx = || "library/nginx".to_owned();
        assert_eq!(parse("/v2/"), Some(Route::Ping));
        assert_eq!(parse("/v2/_catalog"), Some(Route::Catalog));
        assert_eq!(parse("/v2/library/nginx/tags/list"), Some(Route::Tags(nginx())));
        assert_eq!(
            parse("/v2/library/nginx/manifests/1.26"),
            Some(Route::Manifest(nginx(), Reference::Tag("1.26".into())))
        );
        assert_eq!(
            parse(&format!("/v2/library/nginx/manifests/{digest}")),
            Some(Route::Manifest(nginx(), Reference::Digest(digest.clone())))
        );
        assert_eq!(
            parse(&format!("/v2/library/nginx/blobs/{digest}")),
            Some(Route::Blob(nginx(), digest))
        );
        assert_eq!(parse("/v2/a/blobs/uploads/"), Some(Route::Uploads("a".into())));
        assert_eq!(
            parse("/v2/a/blobs/uploads/1f-2"),
            Some(Route::Upload("a".into(), "1f-2".into()))
        );
        // A repository may be called like a part of the API.
        assert_eq!(
            parse("/v2/tags/list/tags/list"),
            Some(Route::Tags("tags/list".into()))
        );
    }

    #[test]
    fn what_has_not_one_meaning_has_none() {
        for path in [
            "",
            "/",
            "/v2//tags/list",
            "/v2/../_catalog",
            "/v2/a/../../b/tags/list",
            "/v2/%2e%2e/tags/list",
            "/v2/a%2Fb/tags/list",
            "/v2/A/tags/list",
            "/v2/a/manifests/",
            "/v2/a/manifests/.x",
            "/v2/a/manifests/sha256:abc",
            "/v2/a/manifests/sha256:../../x",
            "/v2/a/blobs/latest",
            "/v2/a/blobs/uploads/../x",
            "/v2/a/blobs/uploads/..",
            "/v2/manifests/latest",
            "/v2/a/tags/list/",
            "/v3/a/tags/list",
            "/v2/a_/tags/list",
            "/v2/a___b/tags/list",
            "/v2/a..b/tags/list",
            "/v2/-a/tags/list",
        ] {
            assert_eq!(Route::parse(path), None, "{path}");
        }
        for name in ["a--b", "a.b", "a__b", "a/b/c", "0"] {
            assert!(is_name(name), "{name}");
        }
        assert!(!is_name(&"a".repeat(256)));
    }
}
