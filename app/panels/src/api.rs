//! The HTTP API, as far as panels ask it.

use drydock_protocol::api::Problem;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// What stands at an address of the API, or why not, for the learner.
pub(crate) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, String> {
    let window = web_sys::window().ok_or("The page is going away.")?;
    let response = JsFuture::from(window.fetch_with_str(path)).await;
    let Ok(Ok(response)) = response.map(JsCast::dyn_into::<Response>) else {
        return Err("The server does not answer. This is looked at again when it does.".to_owned());
    };
    let text = match response.text().map(JsFuture::from) {
        Ok(text) => text.await.ok().and_then(|text| text.as_string()),
        Err(_) => None,
    }
    .unwrap_or_default();
    if response.ok() {
        return serde_json::from_str(&text).map_err(|_| {
            "The server's answer cannot be read: reload the page, Drydock may have changed.".to_owned()
        });
    }
    Err(match serde_json::from_str::<Problem>(&text) {
        Ok(problem) if !problem.detail.is_empty() => problem.detail,
        _ => format!("The server answered with status {}.", response.status()),
    })
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
