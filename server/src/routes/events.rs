//! A page's events socket: the sandbox's state, verdicts, notices.

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use drydock_protocol::api::Problem;
use drydock_protocol::live::Event;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, interval};
use utoipa::IntoParams;

use crate::live::Presence;
use crate::live::sockets::{PING_EVERY, SILENCE_MAX, SocketCount};
use crate::problem::{ApiError, Query};
use crate::session::Learner;
use crate::state::App;

/// The lesson that the page shows, so that its exercises are watched. Without one, only the sandbox is.
#[derive(Debug, Deserialize, IntoParams)]
pub struct Showing {
    course: Option<String>,
    lesson: Option<String>,
}

/// Opens the events socket: text frames, one `Event` each, the sandbox first.
#[utoipa::path(get, path = "/events", tag = "progress", params(Showing),
    responses((status = 101, description = "A WebSocket of `Event`s", body = Event), (status = 404, body = Problem)))]
pub async fn open(
    State(app): State<App>,
    Learner(learner): Learner,
    Query(showing): Query<Showing>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let lesson = match (showing.course, showing.lesson) {
        (Some(course), Some(lesson)) => Some(app.lesson_key(&course, &lesson)?),
        _ => None,
    };
    let upgrade = upgrade.max_message_size(4096).max_frame_size(4096);
    Ok(upgrade.on_upgrade(async move |socket| {
        let _count = SocketCount::events();
        let presence = app.rooms.enter(&app, learner, lesson);
        serve(&app, socket, presence).await;
    }))
}

enum Turn {
    Event(Result<Event, RecvError>),
    Browser(Option<Result<Message, axum::Error>>),
    Ping,
}

async fn serve(app: &App, mut socket: WebSocket, mut presence: Presence) {
    let mut pings = interval(PING_EVERY);
    let mut heard = Instant::now();
    for event in presence.now(app) {
        if send(&mut socket, &event).await.is_err() {
            return;
        }
    }
    loop {
        let turn = tokio::select! {
            event = presence.next() => Turn::Event(event),
            message = socket.recv() => Turn::Browser(message),
            _ = pings.tick() => Turn::Ping,
        };
        let sent = match turn {
            Turn::Event(Ok(event)) => send(&mut socket, &event).await,
            // The page missed some: what counts now is the present state.
            Turn::Event(Err(RecvError::Lagged(_))) => {
                let mut sent = Ok(());
                for event in presence.now(app) {
                    sent = sent.and(send(&mut socket, &event).await);
                }
                sent
            }
            Turn::Event(Err(RecvError::Closed))
            | Turn::Browser(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            Turn::Browser(Some(Ok(_))) => {
                heard = Instant::now();
                Ok(())
            }
            Turn::Ping if heard.elapsed() > SILENCE_MAX => return,
            Turn::Ping => socket.send(Message::Ping(axum::body::Bytes::new())).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn send(socket: &mut WebSocket, event: &Event) -> Result<(), axum::Error> {
    // Events are plain data: writing them as JSON cannot fail.
    let text = serde_json::to_string(event).unwrap_or_default();
    socket.send(Message::Text(text.into())).await
}
