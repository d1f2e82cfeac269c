//! What there is in the classroom registry: repositories, tags, and the blobs that their manifests name. Bounded in every way.

use std::collections::{HashMap, HashSet};

use http::{Method, StatusCode};
use serde::Deserialize;

use super::manifest::{MANIFEST_MAX, Manifest, accept};
use super::route::{is_name, is_tag};
use super::upstream::{Away, Call, Upstream};

const PAGE: usize = 500;
/// Pages of the catalogue that are read at most.
const PAGES_MAX: usize = 100;
const LIST_MAX: usize = 4 * 1024 * 1024;
/// Manifests that are read in one walk at most.
const MANIFESTS_MAX: usize = 5000;

#[derive(Deserialize)]
struct Catalog {
    #[serde(default)]
    repositories: Vec<String>,
}

#[derive(Deserialize)]
struct Tags {
    #[serde(default)]
    tags: Option<Vec<String>>,
}

/// The repositories whose names begin with `prefix`, which ends in a slash.
pub(crate) async fn repositories(upstream: &Upstream, prefix: &str) -> Result<Vec<String>, Away> {
    let mut found = Vec::new();
    // The catalogue is ordered by path, and asked from any name on, be there such a repository or not.
    let mut last = prefix.trim_end_matches('/').to_owned();
    for _ in 0..PAGES_MAX {
        let call = Call::new(Method::GET, format!("/v2/_catalog?n={PAGE}&last={last}"));
        let answer = upstream.read(call, LIST_MAX).await?;
        let page = match (answer.status(), serde_json::from_slice::<Catalog>(answer.body())) {
            (StatusCode::OK, Ok(page)) => page.repositories,
            (status, _) => return Err(nonsense(format!("its catalogue answered {status}"))),
        };
        let Some(end) = page.last().filter(|end| is_name(end)) else {
            break;
        };
        let beyond = by_path(end) > by_path(prefix) && !end.starts_with(prefix);
        let whole = page.len() < PAGE;
        last.clone_from(end);
        found.extend(
            page.into_iter()
                .filter(|name| name.starts_with(prefix) && is_name(name)),
        );
        if beyond || whole {
            break;
        }
    }
    Ok(found)
}

/// As the registry orders names: what is below a name follows it at once.
fn by_path(name: &str) -> String {
    name.replace('/', "\0")
}

fn nonsense(why: String) -> Away {
    Away {
        what: "the classroom registry".to_owned(),
        why,
    }
}

/// A repository's tags in the order of their names; None where there is no such repository.
pub(crate) async fn tags(upstream: &Upstream, repository: &str) -> Result<Option<Vec<String>>, Away> {
    let call = Call::new(Method::GET, format!("/v2/{repository}/tags/list"));
    let answer = upstream.read(call, LIST_MAX).await?;
    match answer.status() {
        StatusCode::OK => {}
        // A cache says by either that its upstream has no such thing.
        StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Ok(None),
        status => return Err(nonsense(format!("its list of tags answered {status}"))),
    }
    let listed: Tags = serde_json::from_slice(answer.body())
        .map_err(|error| nonsense(format!("its list of tags: {error}")))?;
    let mut tags: Vec<String> = listed
        .tags
        .unwrap_or_default()
        .into_iter()
        .filter(|tag| is_tag(tag))
        .collect();
    tags.sort();
    Ok(Some(tags))
}

/// A manifest with its bytes' count; None where there is none.
pub(crate) async fn manifest(
    upstream: &Upstream,
    repository: &str,
    reference: &str,
) -> Result<Option<(String, Manifest, u64)>, Away> {
    let call = Call::new(Method::GET, format!("/v2/{repository}/manifests/{reference}")).headers(accept());
    let answer = upstream.read(call, MANIFEST_MAX).await?;
    match answer.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Ok(None),
        status => return Err(nonsense(format!("a manifest answered {status}"))),
    }
    let digest = answer
        .headers()
        .get(super::reply::CONTENT_DIGEST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let size = answer.body().len() as u64;
    Ok(Manifest::parse(answer.body()).map(|manifest| (digest, manifest, size)))
}

/// All blobs and manifests that can be reached from the tags of these repositories: digest to bytes and repository.
pub(crate) async fn contents(
    upstream: &Upstream,
    repositories: &[String],
) -> Result<HashMap<String, (u64, String)>, Away> {
    let mut found = HashMap::new();
    let mut read = HashSet::new();
    for repository in repositories {
        let mut wanted = tags(upstream, repository).await?.unwrap_or_default();
        while let Some(reference) = wanted.pop() {
            if read.len() >= MANIFESTS_MAX {
                tracing::warn!(repository, "gateway.walk_cut_short");
                return Ok(found);
            }
            if !read.insert((repository.clone(), reference.clone())) {
                continue;
            }
            let Some((digest, manifest, size)) = manifest(upstream, repository, &reference).await? else {
                continue;
            };
            found.insert(digest, (size, repository.clone()));
            for (digest, size) in manifest.blobs() {
                found.insert(digest.to_owned(), (size, repository.clone()));
            }
            wanted.extend(manifest.children().map(ToOwned::to_owned));
        }
    }
    Ok(found)
}
