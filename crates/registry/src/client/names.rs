//! Manifests, tags and repositories.

use http::{HeaderMap, Method, StatusCode, header};
use serde::Deserialize;

use super::Client;
use super::wire::{accept_manifests, empty, full, parse, read, refused, text};
use crate::Error;
use crate::manifest::Manifest;

/// Names in one answer.
const PAGE: usize = 500;

impl Client {
    /// The manifest of a tag or digest, if there is one.
    pub async fn manifest(&self, repository: &str, reference: &str) -> Result<Option<Manifest>, Error> {
        let doing = format!("send the manifest of {repository}:{reference}");
        let path = format!("/v2/{repository}/manifests/{reference}");
        let answer = self
            .send(&doing, Method::GET, &path, accept_manifests(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => {
                let media_type = text(answer.headers().get(header::CONTENT_TYPE)).unwrap_or_default();
                let bytes = read(&doing, answer).await?;
                Ok(Some(Manifest::new(media_type, bytes)))
            }
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// The digest of a tag's manifest, if there is one.
    pub async fn manifest_digest(&self, repository: &str, reference: &str) -> Result<Option<String>, Error> {
        let doing = format!("look for the manifest of {repository}:{reference}");
        let path = format!("/v2/{repository}/manifests/{reference}");
        let answer = self
            .send(&doing, Method::HEAD, &path, accept_manifests(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => Ok(text(answer.headers().get("docker-content-digest"))),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Puts a manifest under a tag or its digest. What it names has to be there already.
    pub async fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        let doing = format!("keep the manifest of {repository}:{reference}");
        let path = format!("/v2/{repository}/manifests/{reference}");
        let mut headers = HeaderMap::new();
        let media_type = manifest.media_type.parse().map_err(|_| Error::Registry {
            doing: doing.clone(),
            why: format!("{:?} is no media type", manifest.media_type),
            status: None,
        })?;
        headers.insert(header::CONTENT_TYPE, media_type);
        let answer = self
            .send(&doing, Method::PUT, &path, headers, full(manifest.bytes.clone()))
            .await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// Removes a manifest, with every tag that names it. It is no error that it is gone.
    pub async fn delete_manifest(&self, repository: &str, digest: &str) -> Result<(), Error> {
        let doing = format!("remove {digest}");
        let path = format!("/v2/{repository}/manifests/{digest}");
        let answer = self
            .send(&doing, Method::DELETE, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::ACCEPTED | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// The tags of a repository, in the alphabet's order. None where there is no such repository.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Tags {
            tags: Option<Vec<String>>,
        }
        let doing = format!("list the tags of {repository}");
        let path = format!("/v2/{repository}/tags/list");
        let answer = self
            .send(&doing, Method::GET, &path, HeaderMap::new(), empty())
            .await?;
        match answer.status() {
            StatusCode::OK => {
                let bytes = read(&doing, answer).await?;
                let mut tags = parse::<Tags>(&doing, &bytes)?.tags.unwrap_or_default();
                tags.sort();
                Ok(tags)
            }
            StatusCode::NOT_FOUND => Ok(Vec::new()),
            _ => Err(refused(doing, answer).await),
        }
    }

    /// The repositories under a folder (`classroom`), those included from which every tag is gone.
    pub async fn repositories(&self, folder: &str) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Page {
            repositories: Vec<String>,
        }
        let doing = "list its repositories";
        let inside = format!("{folder}/");
        let mut found = Vec::new();
        let mut last = folder.to_owned();
        loop {
            let path = format!("/v2/_catalog?n={PAGE}&last={last}");
            let answer = self
                .send(doing, Method::GET, &path, HeaderMap::new(), empty())
                .await?;
            if answer.status() != StatusCode::OK {
                return Err(refused(doing.to_owned(), answer).await);
            }
            let page: Page = parse(doing, &read(doing, answer).await?)?;
            let count = page.repositories.len();
            let before = found.len();
            let within = |name: &String| name.starts_with(&inside);
            found.extend(page.repositories.into_iter().filter(within));
            match found.last() {
                // They come in the alphabet's order, so all of them stand together.
                Some(name) if count == PAGE && found.len() - before == count => last.clone_from(name),
                _ => return Ok(found),
            }
        }
    }
}
