//! What a container prints, read along while somebody looks.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::{api, tail};

/// A log that is read along, until it is dropped.
pub(crate) struct Log {
    socket: WebSocket,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Log {
    /// Opens the log of a container. What it prints is added to `text`; how it ended is put into `ended`.
    pub(crate) fn open(
        container: &str,
        text: RwSignal<String>,
        ended: RwSignal<Option<&'static str>>,
    ) -> Option<Self> {
        let address = api::socket(&format!("/api/v1/sandbox/containers/{container}/logs"))?;
        let socket = WebSocket::new(&address).ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(piece) = message.data().as_string() {
                // The panel may be gone already.
                let _ = text.try_update(|text| tail::add(text, &piece));
            }
        });
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |close: CloseEvent| {
            let said = if close.code() == 1000 {
                "The container has ended."
            } else {
                "The connection to the log was lost. Close it and open it again."
            };
            let _ = ended.try_set(Some(said));
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            _on_message: on_message,
            _on_close: on_close,
        })
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // It fails only for codes that are not ones.
        let _ = self.socket.close();
    }
}
