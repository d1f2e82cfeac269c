//! A client's WebSocket: frames to and from its terminal.

use std::future::pending;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use drydock_protocol::live::ToTerminal;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};

use super::client::Attached;
use super::outbox::Frame;
use crate::activity::Activity;

/// After the last frame was put in line, the client may take so long to receive all and say good-bye.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(5);

/// Serves one client until it leaves, its terminal ends or it is let go.
pub(crate) async fn serve(socket: WebSocket, attached: Attached, activity: &Activity) {
    let (sink, stream) = socket.split();
    tokio::select! {
        // Both directions at once: a client may well receive nothing before it has sent all it has.
        () = send(sink, &attached) => {}
        () = receive(stream, &attached, activity) => {}
        // A client that takes nothing never gets to its last frame.
        () = async { attached.outbox.closed().await; tokio::time::sleep(FAREWELL_PATIENCE).await } => {}
    }
}

/// Sends what comes. Returns when that fails; after the last frame, it is the client's turn to leave.
async fn send(mut sink: SplitSink<WebSocket, Message>, attached: &Attached) {
    loop {
        let (message, last) = match attached.outbox.next().await {
            Frame::Bytes(bytes) => (Message::Binary(bytes), false),
            Frame::Control(control) => match serde_json::to_string(&control) {
                Ok(text) => (Message::Text(text.into()), false),
                Err(_) => continue,
            },
            Frame::Close(code, reason) => (
                Message::Close(Some(CloseFrame {
                    code,
                    reason: reason.into(),
                })),
                true,
            ),
        };
        if sink.send(message).await.is_err() {
            return;
        }
        if last {
            pending::<()>().await;
        }
    }
}

/// Takes what comes, until the client leaves or says something that is not of the protocol.
async fn receive(mut stream: SplitStream<WebSocket>, attached: &Attached, activity: &Activity) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Binary(bytes) => {
                activity.note();
                attached.type_in(bytes).await;
            }
            Message::Text(text) => {
                let Ok(control) = serde_json::from_str::<ToTerminal>(&text) else {
                    // The close frame goes out after what is in line; nothing more is taken meanwhile.
                    attached
                        .outbox
                        .close(close_code::POLICY, "a text frame was not terminal control");
                    return pending().await;
                };
                attached.control(control).await;
            }
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Close(_) => return,
        }
    }
}
