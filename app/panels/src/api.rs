//! The HTTP API, as far as panels ask it.

use drydock_protocol::api::{Listing, Problem};
use drydock_protocol::workbench::DockerfileProblem;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The HTTP status; 0 where nobody answered.
    pub(crate) status: u16,
    /// For the learner.
    pub(crate) said: String,
}

/// What stands at a path of the workspace.
pub(crate) enum Found {
    /// A folder's entries.
    Folder(Listing),
    /// A file's bytes.
    File(Vec<u8>),
}

/// What stands at an address of the API, or why not, for the learner.
pub(crate) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, String> {
    let response = ask("GET", path, None).await.map_err(|failure| failure.said)?;
    let bytes = bytes(&response).await;
    serde_json::from_slice(&bytes).map_err(|_| {
        "The server's answer cannot be read: reload the page, Drydock may have changed.".to_owned()
    })
}

/// Reads a folder or a file of the workspace.
pub(crate) async fn read(path: &str) -> Result<Found, Failure> {
    let response = ask("GET", &file(path), None).await?;
    let kind = response.headers().get("x-drydock-kind").ok().flatten();
    let bytes = bytes(&response).await;
    if kind.as_deref() != Some("folder") {
        return Ok(Found::File(bytes));
    }
    let listing = serde_json::from_slice(&bytes).map_err(|_| Failure {
        status: 0,
        said: "The server's answer cannot be read: reload the page, Drydock may have changed.".to_owned(),
    })?;
    Ok(Found::Folder(listing))
}

/// Writes a file of the workspace; folders on the way are made.
pub(crate) async fn write(path: &str, bytes: &[u8]) -> Result<(), Failure> {
    let body = js_sys::Uint8Array::from(bytes);
    ask("PUT", &file(path), Some(body.as_ref())).await.map(drop)
}

/// Removes a file of the workspace.
pub(crate) async fn remove(path: &str) -> Result<(), Failure> {
    ask("DELETE", &file(path), None).await.map(drop)
}

/// Moves a file of the workspace to where nothing is; folders on the way are made.
pub(crate) async fn rename(path: &str, to: &str) -> Result<(), Failure> {
    let target = format!("{}&to={}", file(path), js_sys::encode_uri_component(to));
    ask("POST", &target, None).await.map(drop)
}

/// What is wrong in a Dockerfile, or may be.
pub(crate) async fn problems(text: &str) -> Result<Vec<DockerfileProblem>, Failure> {
    let response = ask("POST", "/api/v1/dockerfile/problems", Some(&text.into())).await?;
    // What cannot be read marks nothing.
    Ok(serde_json::from_slice(&bytes(&response).await).unwrap_or_default())
}

/// The address of a file of the workspace.
pub(crate) fn file(path: &str) -> String {
    format!(
        "/api/v1/sandbox/files?path={}",
        js_sys::encode_uri_component(path)
    )
}

async fn ask(method: &str, path: &str, body: Option<&JsValue>) -> Result<Response, Failure> {
    let nobody = || Failure {
        status: 0,
        said: "The server does not answer. This is looked at again when it does.".to_owned(),
    };
    let window = web_sys::window().ok_or_else(nobody)?;
    let request = RequestInit::new();
    request.set_method(method);
    if let Some(body) = body {
        request.set_body(body);
    }
    let response = JsFuture::from(window.fetch_with_str_and_init(path, &request)).await;
    let Ok(Ok(response)) = response.map(JsCast::dyn_into::<Response>) else {
        return Err(nobody());
    };
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let said = match serde_json::from_slice::<Problem>(&bytes(&response).await) {
        Ok(problem) if !problem.detail.is_empty() => problem.detail,
        _ => format!("The server answered with status {status}."),
    };
    Err(Failure { status, said })
}

/// What an answer carries; nothing, if it breaks off.
async fn bytes(response: &Response) -> Vec<u8> {
    let Ok(buffer) = response.array_buffer() else {
        return Vec::new();
    };
    match JsFuture::from(buffer).await {
        Ok(buffer) => js_sys::Uint8Array::new(&buffer).to_vec(),
        Err(_) => Vec::new(),
    }
}

/// The address of a socket of this page's server.
pub(crate) fn socket(path: &str) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" {
        "wss"
    } else {
        "ws"
    };
    Some(format!("{scheme}://{}{path}", location.host().ok()?))
}
