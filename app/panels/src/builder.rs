//! Builds, heard from the learner's engine while the pictures of images are open.

use std::cell::RefCell;
use std::time::Duration;

use drydock_protocol::live::CLOSE_NO_SANDBOX;
use drydock_protocol::workbench::BuildView;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::api;

/// After so long, a connection that was lost is made again.
const AGAIN: Duration = Duration::from_secs(3);

/// What is heard of builds.
pub(crate) struct Builder {
    /// The newest build.
    pub(crate) newest: ArcRwSignal<Option<BuildView>>,
    is_wanted: std::cell::Cell<bool>,
}

// They are objects of the page's, and not values that views may carry.
struct Connection {
    socket: WebSocket,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // It fails only for codes that are not ones.
        let _ = self.socket.close();
    }
}

thread_local! {
    static BUILDER: &'static Builder = Box::leak(Box::new(Builder {
        newest: ArcRwSignal::new(None),
        is_wanted: std::cell::Cell::new(false),
    }));
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

impl Builder {
    /// The one of this page. It is never dropped.
    pub(crate) fn of_page() -> &'static Self {
        BUILDER.with(|builder| *builder)
    }

    /// Somebody looks: builds are heard of from now on.
    pub(crate) fn listen(&'static self) {
        if !self.is_wanted.replace(true) {
            self.connect();
        }
    }

    /// The page has another sandbox, or none: nothing of what was heard is true of it.
    pub(crate) fn belongs_to(&'static self, sandbox: &str) {
        self.newest.set(None);
        CONNECTION.take();
        if self.is_wanted.get() && !sandbox.is_empty() {
            self.connect();
        }
    }

    fn connect(&'static self) {
        let Some(socket) =
            api::socket("/api/v1/sandbox/builds").and_then(|address| WebSocket::new(&address).ok())
        else {
            return;
        };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            if let Ok(build) = serde_json::from_str::<BuildView>(&text) {
                self.newest.set(Some(build));
            }
        });
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new(move |close: CloseEvent| {
            // Of a sandbox that has gone, nothing more is heard; whether there is another, the page is told.
            if close.code() != CLOSE_NO_SANDBOX {
                set_timeout(move || self.connect(), AGAIN);
            }
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        CONNECTION.set(Some(Connection {
            socket,
            _on_message: on_message,
            _on_close: on_close,
        }));
    }
}
