//! A learner's terminals: a socket from the browser, joined to one to the agent in the sandbox.
//!
//! The server looks at the frames' sizes and at the shape of control frames in both directions, for neither end
//! is to be trusted, and counts bytes. It keeps none: what one end does not take, the other has to keep.

use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use drydock_protocol::api::Problem;
use drydock_protocol::live::{
    CLOSE_NO_SANDBOX, CLOSE_TOO_SLOW, FromTerminal, TERMINAL_FRAME_MAX, ToTerminal,
};
use drydock_sandbox::AgentSocket;
use futures::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, interval, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::live::sockets::{PING_EVERY, SILENCE_MAX, SocketCount, close};
use crate::problem::{ApiError, Kind, Path};
use crate::session::Learner;
use crate::state::App;

/// A browser that does not take a frame for this long is let go. It may come back and is shown the screen.
const SEND_TIMEOUT: Duration = Duration::from_secs(15);
/// WebSocket close code: the other end broke the rules.
const POLICY: u16 = 1008;
const GONE: &str = "the sandbox is gone";

/// Opens a terminal: a WebSocket. Binary frames are its bytes, text frames are control (`ToTerminal`, `FromTerminal`).
/// A terminal that does not exist yet is made; one that does is shown as it is.
#[utoipa::path(get, path = "/sandbox/terminals/{name}", tag = "sandbox", params(("name" = String, Path)),
    responses((status = 101), (status = 409, body = Problem)))]
pub async fn open(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(name): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    let name = checked(name)?;
    let sandbox = app.ready_sandbox(learner.as_ref());
    let upgrade = upgrade
        .max_message_size(TERMINAL_FRAME_MAX)
        .max_frame_size(TERMINAL_FRAME_MAX);
    Ok(match sandbox {
        Ok(sandbox) => upgrade.on_upgrade(async move |socket| {
            let _count = SocketCount::terminal();
            match sandbox.agent().terminal(&name).await {
                Ok(agent) => join(socket, agent, || app.touch(learner.as_ref())).await,
                Err(error) => close(socket, CLOSE_NO_SANDBOX, &error.to_string()).await,
            }
        }),
        // A browser cannot read the answer to a failed upgrade, but it can read why a socket was closed.
        Err(_) => upgrade.on_upgrade(|socket| close(socket, CLOSE_NO_SANDBOX, "no sandbox is running")),
    })
}

/// Ends a terminal and the programs in it.
#[utoipa::path(delete, path = "/sandbox/terminals/{name}", tag = "sandbox", params(("name" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
pub async fn end(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    app.ready_sandbox(learner.as_ref())?
        .agent()
        .end_terminal(&checked(name)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Names are part of an address inside the sandbox: letters, digits and dashes.
fn checked(name: String) -> Result<String, ApiError> {
    let fine = (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fine {
        Ok(name)
    } else {
        Err(ApiError::new(
            Kind::BadRequest,
            "A terminal's name has 1 to 32 lower-case letters, digits and dashes.",
        ))
    }
}

/// What can happen to a joined pair of sockets.
enum Turn {
    Browser(Option<Result<Message, axum::Error>>),
    Agent(Option<Result<Frame, tokio_tungstenite::tungstenite::Error>>),
    Ping,
}

async fn join(mut browser: WebSocket, mut agent: AgentSocket, touch: impl Fn()) {
    let mut pings = interval(PING_EVERY);
    let mut heard = Instant::now();
    loop {
        let turn = tokio::select! {
            message = browser.recv() => Turn::Browser(message),
            frame = agent.next() => Turn::Agent(frame),
            _ = pings.tick() => Turn::Ping,
        };
        match turn {
            Turn::Browser(Some(Ok(message))) => {
                heard = Instant::now();
                let frame = match message {
                    Message::Binary(bytes) => {
                        touch();
                        Frame::Binary(bytes)
                    }
                    Message::Text(text) => match understood::<ToTerminal>(&text) {
                        Some(control) => Frame::text(control),
                        None => return close(browser, POLICY, "a control frame was not understood").await,
                    },
                    Message::Ping(_) | Message::Pong(_) => continue,
                    Message::Close(_) => return,
                };
                match timeout(SEND_TIMEOUT, agent.send(frame)).await {
                    Ok(Ok(())) => {}
                    _ => return close(browser, CLOSE_NO_SANDBOX, GONE).await,
                }
            }
            Turn::Browser(_) => return,
            Turn::Agent(Some(Ok(frame))) => {
                let message = match frame {
                    Frame::Binary(bytes) => Message::Binary(bytes),
                    Frame::Text(text) => match understood::<FromTerminal>(&text) {
                        Some(control) => Message::Text(control.into()),
                        None => continue,
                    },
                    Frame::Close(Some(frame)) => {
                        return close(browser, frame.code.into(), &frame.reason).await;
                    }
                    Frame::Close(None) => return close(browser, CLOSE_NO_SANDBOX, GONE).await,
                    Frame::Ping(_) | Frame::Pong(_) | Frame::Frame(_) => continue,
                };
                match timeout(SEND_TIMEOUT, browser.send(message)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(_) => return close(browser, CLOSE_TOO_SLOW, "the browser was too slow").await,
                }
            }
            Turn::Agent(_) => return close(browser, CLOSE_NO_SANDBOX, GONE).await,
            Turn::Ping if heard.elapsed() > SILENCE_MAX => {
                return close(browser, CLOSE_TOO_SLOW, "the browser said nothing").await;
            }
            Turn::Ping => match timeout(
                SEND_TIMEOUT,
                browser.send(Message::Ping(axum::body::Bytes::new())),
            )
            .await
            {
                Ok(Ok(())) => {}
                _ => return,
            },
        }
    }
}

/// A control frame, read and written again, so that nothing but what was understood goes on.
fn understood<Control: Serialize + DeserializeOwned>(text: &str) -> Option<String> {
    let control: Control = serde_json::from_str(text).ok()?;
    serde_json::to_string(&control).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names() {
        for name in ["t1", "build-2", "a"] {
            assert!(checked(name.into()).is_ok());
        }
        for name in ["", "..", "a/b", "T1", "ü", &"a".repeat(33)] {
            assert!(checked(name.into()).is_err(), "{name}");
        }
    }
}
