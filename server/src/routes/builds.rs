//! Builds in the learner's engine, as they happen.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use drydock_protocol::api::Problem;
use drydock_protocol::live::CLOSE_NO_SANDBOX;
use drydock_sandbox::{Builds, Sandbox, chain};
use futures::stream;
use tokio::time::sleep;

use crate::live::sockets::{SocketCount, close, pass_on};
use crate::problem::ApiError;
use crate::session::Learner;
use crate::state::App;

/// What happens within this time is told in one frame.
const GATHER: Duration = Duration::from_millis(60);
/// WebSocket close code: the builder has gone and may come back, as when the engine is restarted.
const CLOSE_TRY_AGAIN: u16 = 1013;

/// Opens the builds of the learner's engine: a WebSocket of text frames, each the newest build as it is then (`BuildView`), from the last
/// one before on. It closes with 1013 when the builder goes, and with 4004 where there is no sandbox.
#[utoipa::path(get, path = "/sandbox/builds", tag = "sandbox",
    responses((status = 101), (status = 409, body = Problem)))]
pub async fn follow(
    State(app): State<App>,
    learner: Option<Learner>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let sandbox = app.ready_sandbox(learner.as_ref())?;
    let upgrade = upgrade.max_message_size(1024).max_frame_size(1024);
    Ok(upgrade.on_upgrade(async move |socket| {
        let _count = SocketCount::builds();
        tell(socket, &sandbox).await;
    }))
}

async fn tell(socket: WebSocket, sandbox: &Sandbox) {
    let builds = match sandbox.builds().await {
        Ok(builds) => builds,
        Err(error) => return close(socket, CLOSE_TRY_AGAIN, &chain(&error)).await,
    };
    let texts = stream::unfold(builds, async |mut builds: Builds| {
        // Before it is looked at, so that what is told is how it is now.
        sleep(GATHER).await;
        let view = tokio::select! {
            view = builds.next() => view?,
            () = sandbox.ended().cancelled() => return Some((Err((CLOSE_NO_SANDBOX, "the sandbox has ended".to_owned())), builds)),
        };
        // It consists of texts and numbers.
        let text = serde_json::to_string(&view).unwrap_or_default();
        Some((Ok(text.into()), builds))
    });
    pass_on(
        socket,
        texts,
        (CLOSE_TRY_AGAIN, "the builder has gone".to_owned()),
    )
    .await;
}
