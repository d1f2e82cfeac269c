//! What a layer of one of the learner's images adds, changes and removes.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use bollard::Docker;
use drydock_grader::layer_files;
use drydock_protocol::api::Problem;
use drydock_protocol::workbench::LayerFiles;
use drydock_sandbox::{SandboxId, chain};
use futures::TryStreamExt;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::io::StreamReader;

use super::engine;
use crate::problem::{ApiError, Kind, Path};
use crate::session::Learner;
use crate::state::App;

/// How long the engine may take to send the image: it copies all of it first.
const PATIENCE: Duration = Duration::from_secs(60);
/// Images that are read at one time, of all learners.
static READING: Semaphore = Semaphore::const_new(4);
/// Sandboxes that one is read of: each has one turn, so that none takes all of them.
static READ: Mutex<BTreeSet<SandboxId>> = Mutex::new(BTreeSet::new());

/// A sandbox's turn.
struct Turn(SandboxId);

impl Turn {
    fn of(id: &SandboxId) -> Option<Self> {
        let is_free = READ
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone());
        is_free.then(|| Self(id.clone()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        READ.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.0);
    }
}

/// What a layer does to those below it: files added, changed and removed, with their sizes. `layer` counts the image's layers from
/// the bottom, from 0. The engine writes the whole image out for it, so it may take a while, and one is looked at at a time.
#[utoipa::path(get, path = "/sandbox/images/{id}/layers/{layer}", tag = "sandbox",
    params(("id" = String, Path), ("layer" = usize, Path)),
    responses((status = 200, body = LayerFiles), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 503, body = Problem)))]
pub async fn show(
    State(app): State<App>,
    learner: Option<Learner>,
    Path((id, layer)): Path<(String, usize)>,
) -> Result<Json<LayerFiles>, ApiError> {
    let hex = id.strip_prefix("sha256:").unwrap_or(&id);
    // It becomes part of an address at the learner's engine.
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(ApiError::new(
            Kind::BadRequest,
            "An image is named by its whole ID: `sha256:` and 64 hexadecimal digits.",
        ));
    }
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let Some(_turn) = Turn::of(sandbox.id()) else {
        return Err(ApiError::new(
            Kind::Busy,
            "Another layer is being looked into. Try again in a moment.",
        ));
    };
    let read = async {
        // The semaphore is never closed.
        let _permit = READING.acquire().await.ok();
        look(sandbox.engine(), hex, layer).await
    };
    tokio::select! {
        answer = timeout(PATIENCE, read) => answer.unwrap_or_else(|_| Err(ApiError::new(
            Kind::Engine,
            "Your engine did not send the image within a minute. It may be busy, or the image too large to look into.",
        ))),
        () = sandbox.ended().cancelled() => Err(ApiError::no_sandbox()),
    }
    .map(Json)
}

async fn look(engine: &Docker, id: &str, layer: usize) -> Result<LayerFiles, ApiError> {
    let image = engine::answer(engine.inspect_image(id)).await?;
    let mut stack = image.root_fs.and_then(|root| root.layers).unwrap_or_default();
    if layer >= stack.len() {
        return Err(ApiError::not_found("such layer in this image"));
    }
    stack.truncate(layer + 1);
    let archive = engine
        .export_image(id)
        .map_err(|error| io::Error::other(chain(&error)));
    layer_files(StreamReader::new(Box::pin(archive)), &stack)
        .await
        .map_err(|error| ApiError::new(Kind::Engine, chain(&error)))
}
