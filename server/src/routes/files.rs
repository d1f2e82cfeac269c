//! The learner's files. The paths are the sandbox's to judge: the server never opens one, it passes bytes on.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use drydock_protocol::agent::FILE_MAX;
use drydock_protocol::api::{Listing, Problem};
use drydock_sandbox::Found;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::{ApiError, Kind, Query, Upload};
use crate::session::Learner;
use crate::state::App;

/// Bodies larger than this are refused before they are read.
#[allow(clippy::cast_possible_truncation)] // 8 MiB
pub const BODY_MAX_BYTES: usize = FILE_MAX as usize;

/// Which file.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Where {
    /// Relative to the workspace; empty is the workspace itself.
    #[serde(default)]
    path: String,
}

impl Where {
    fn file(&self) -> Result<&str, ApiError> {
        named(&self.path)
    }
}

/// From where to where.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Move {
    /// Relative to the workspace.
    path: String,
    /// Likewise.
    to: String,
}

/// The path, if it is one that could be inside a workspace. The agent checks again, where the links are.
fn checked(path: &str) -> Result<&str, ApiError> {
    let outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
    if outside || path.len() > 1024 || path.contains('\0') {
        return Err(ApiError::new(
            Kind::BadRequest,
            "Paths are relative to the workspace, at most 1,024 bytes long, and do not leave it.",
        ));
    }
    Ok(path)
}

/// Likewise, and not the workspace itself.
fn named(path: &str) -> Result<&str, ApiError> {
    match checked(path)? {
        "" => Err(ApiError::new(
            Kind::BadRequest,
            "Name a file: `?path=Dockerfile`.",
        )),
        path => Ok(path),
    }
}

/// A folder's entries as JSON, or a file's bytes. `X-Drydock-Kind` says which.
#[utoipa::path(get, path = "/sandbox/files", tag = "sandbox", params(Where),
    responses((status = 200, description = "A listing as JSON, or bytes", body = Listing), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn read(
    State(app): State<App>,
    learner: Option<Learner>,
    Query(at): Query<Where>,
) -> Result<Response, ApiError> {
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    Ok(match sandbox.agent().look(checked(&at.path)?).await? {
        Found::Folder(listing) => ([("x-drydock-kind", "folder")], Json(listing)).into_response(),
        Found::File(bytes) => {
            let mut response = Body::from(bytes).into_response();
            let headers = response.headers_mut();
            headers.insert("x-drydock-kind", HeaderValue::from_static("file"));
            // Never a type that a browser would render: a learner's file is not a page of ours.
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            );
            headers.insert(
                header::CONTENT_DISPOSITION,
                HeaderValue::from_static("attachment"),
            );
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
    })
}

/// The whole workspace, without caches, as a tar packed with gzip: made while it is sent, and one at a time. It breaks off where it
/// cannot be made whole.
#[utoipa::path(get, path = "/sandbox/archive", tag = "sandbox",
    responses((status = 200, description = "A .tar.gz", content_type = "application/gzip"), (status = 409, body = Problem)))]
pub async fn archive(State(app): State<App>, learner: Option<Learner>) -> Result<Response, ApiError> {
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let archive = sandbox.agent().archive().await?;
    let headers = [
        (header::CONTENT_TYPE, "application/gzip"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"home.tar.gz\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(archive)).into_response())
}

/// Writes a file; folders on the way are made.
#[utoipa::path(put, path = "/sandbox/files", tag = "sandbox", params(Where), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204), (status = 409, body = Problem), (status = 413, body = Problem)))]
pub async fn write(
    State(app): State<App>,
    learner: Option<Learner>,
    Query(at): Query<Where>,
    Upload(body): Upload<BODY_MAX_BYTES>,
) -> Result<StatusCode, ApiError> {
    app.ready_sandbox(learner.as_ref())?
        .agent()
        .write(at.file()?, body)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a file, or a folder with all in it.
#[utoipa::path(delete, path = "/sandbox/files", tag = "sandbox", params(Where),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn remove(
    State(app): State<App>,
    learner: Option<Learner>,
    Query(at): Query<Where>,
) -> Result<StatusCode, ApiError> {
    app.ready_sandbox(learner.as_ref())?
        .agent()
        .remove(at.file()?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a file or folder to a path where nothing is; folders on the way are made.
#[utoipa::path(post, path = "/sandbox/files", tag = "sandbox", params(Move),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn rename(
    State(app): State<App>,
    learner: Option<Learner>,
    Query(at): Query<Move>,
) -> Result<StatusCode, ApiError> {
    app.ready_sandbox(learner.as_ref())?
        .agent()
        .rename(named(&at.path)?, named(&at.to)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
