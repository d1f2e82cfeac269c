//! `/files?path=`

use std::io::SeekFrom;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use drydock_protocol::agent::{Journalled, PIECE_MAX, SIZE_HEADER};
use futures::StreamExt as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, StatusCode};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio::time::timeout;
use tokio_util::io::ReaderStream;

use crate::Agent;
use crate::error::Error;
use crate::workspace::{Found, RelPath};

/// Tells a folder's listing from a file that holds the same text.
const KIND: HeaderName = HeaderName::from_static("x-drydock-kind");
/// The next bytes of a file must arrive within this time.
const BODY_PATIENCE: Duration = Duration::from_secs(20);

/// `?path=…&mode=755`, `?path=…&from=512&length=4096`
#[derive(Debug, Deserialize)]
pub(super) struct Which {
    /// Relative to the workspace.
    #[serde(default)]
    path: String,
    /// Permission bits for a file that is written, in octal. Without it, it keeps those it has.
    mode: Option<String>,
    /// Where it is to be instead.
    to: Option<String>,
    /// The first byte of a piece that is read. Without it, the file is read whole.
    from: Option<u64>,
    /// The piece's length.
    length: Option<u64>,
}

/// `GET /files`
pub(super) async fn read(
    State(agent): State<Arc<Agent>>,
    Query(which): Query<Which>,
) -> Result<Response, Error> {
    let path = RelPath::parse(&which.path)?;
    if let Some(from) = which.from {
        return piece(&agent, path, from, which.length.unwrap_or(PIECE_MAX)).await;
    }
    Ok(match agent.workspace.read(path).await? {
        Found::Folder(listing) => ([(KIND, "folder")], Json(listing)).into_response(),
        Found::File(file, size) => {
            // It may grow meanwhile; what was promised is sent.
            let bytes = ReaderStream::new(tokio::fs::File::from_std(file).take(size));
            let headers = [(KIND, "file"), (CONTENT_TYPE, "application/octet-stream")];
            (headers, [(CONTENT_LENGTH, size)], Body::from_stream(bytes)).into_response()
        }
    })
}

/// A piece of a file that may be larger than what is read whole. Beyond its end there is nothing.
async fn piece(agent: &Agent, path: RelPath, from: u64, length: u64) -> Result<Response, Error> {
    Ok(match agent.workspace.find(path).await? {
        Found::Folder(listing) => ([(KIND, "folder")], Json(listing)).into_response(),
        Found::File(file, size) => {
            let mut file = tokio::fs::File::from_std(file);
            let from = from.min(size);
            file.seek(SeekFrom::Start(from))
                .await
                .map_err(|source| Error::io("find the place in a file", source))?;
            let length = length.min(PIECE_MAX).min(size - from);
            let headers = [(KIND, "file"), (CONTENT_TYPE, "application/octet-stream")];
            let sizes = [
                (HeaderName::from_static(SIZE_HEADER), size),
                (CONTENT_LENGTH, length),
            ];
            let bytes = ReaderStream::new(file.take(length));
            (headers, sizes, Body::from_stream(bytes)).into_response()
        }
    })
}

/// `PUT /files`
pub(super) async fn write(
    State(agent): State<Arc<Agent>>,
    Query(which): Query<Which>,
    body: Body,
) -> Result<StatusCode, Error> {
    let mode = which.mode.as_deref().map(parse_mode).transpose()?;
    let mut upload = agent.workspace.write(RelPath::parse(&which.path)?, mode).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = timeout(BODY_PATIENCE, pieces.next())
        .await
        .map_err(|_| Error::TimedOut)?
    {
        let piece = piece.map_err(|_| Error::BadRequest("the body ended before its end".into()))?;
        upload.write(&piece).await?;
    }
    let path = upload.commit().await?;
    agent.activity.note();
    agent.journal.record(Journalled::Saved {
        path: path.to_string(),
    });
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /files`
pub(super) async fn remove(
    State(agent): State<Arc<Agent>>,
    Query(which): Query<Which>,
) -> Result<StatusCode, Error> {
    agent.workspace.remove(RelPath::parse(&which.path)?).await?;
    agent.activity.note();
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /files`
pub(super) async fn rename(
    State(agent): State<Arc<Agent>>,
    Query(which): Query<Which>,
) -> Result<StatusCode, Error> {
    let to = which
        .to
        .as_deref()
        .ok_or(Error::BadRequest("say where `to`".into()))?;
    agent
        .workspace
        .rename(RelPath::parse(&which.path)?, RelPath::parse(to)?)
        .await?;
    agent.activity.note();
    Ok(StatusCode::NO_CONTENT)
}

fn parse_mode(text: &str) -> Result<u16, Error> {
    u16::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o777)
        .ok_or_else(|| Error::BadRequest(format!("mode `{text}` is not three octal digits").into()))
}
