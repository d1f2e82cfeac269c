//! The browser's side of `/api/v1`: one function a call, errors as the problems that the server states.

use drydock_protocol::api::{
    ExerciseProgress, Hint, Problem, RecoveryCode, Replay, Restarted, SandboxView, Solution,
};
use drydock_protocol::grade::SubmissionView;
use drydock_protocol::verdict::{Given, Verdict};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

use crate::json::{self, Json};
use crate::live::Place;

/// The problem kind of a request that found no server.
pub(crate) const OFFLINE: &str = "offline";

/// The problem kind of an answer that is not what this page expects: the server is newer or older than it.
const STRANGE: &str = "strange";

/// `POST /sandbox`: starts the learner's sandbox, with what this lesson needs, or fetches it.
pub(crate) async fn start(place: &Place) -> Result<SandboxView, Problem> {
    let body = json_body(&[("course", &place.course), ("lesson", &place.lesson)]);
    json(call("POST", "sandbox", Some(body)).await?).await
}

/// `POST /sandbox/extend`.
pub(crate) async fn extend() -> Result<SandboxView, Problem> {
    json(call("POST", "sandbox/extend", None).await?).await
}

/// `POST /sandbox/reset`: a fresh sandbox in place of this one.
pub(crate) async fn reset() -> Result<(), Problem> {
    call("POST", "sandbox/reset", None).await.map(drop)
}

/// `DELETE /sandbox`.
pub(crate) async fn stop() -> Result<(), Problem> {
    call("DELETE", "sandbox", None).await.map(drop)
}

/// `DELETE /sandbox/terminals/{name}`: ends the shell of a closed tab.
pub(crate) async fn close_terminal(name: &str) -> Result<(), Problem> {
    call("DELETE", &format!("sandbox/terminals/{name}"), None)
        .await
        .map(drop)
}

/// `GET /progress`: the learner's standings in one lesson, by exercise id.
pub(crate) async fn progress(place: &Place) -> Result<Vec<(String, ExerciseProgress)>, Problem> {
    let response = call("GET", "progress", None).await?;
    let said = text(&response).await?;
    standings(&said, &place.key()).ok_or_else(|| strange(response.status(), &said))
}

/// The learner's standings in one lesson, out of those in all.
fn standings(said: &str, lesson: &str) -> Option<Vec<(String, ExerciseProgress)>> {
    let Some(Json::Object(exercises)) = Json::of(said)?.take("lessons")?.take(lesson) else {
        return Some(Vec::new());
    };
    exercises
        .into_iter()
        .map(|(id, standing)| Some((id, standing.read()?)))
        .collect()
}

/// `POST …/exercises/{id}/check`.
pub(crate) async fn check(place: &Place, exercise: &str) -> Result<Verdict, Problem> {
    json(call("POST", &exercise_path(place, exercise, "check"), None).await?).await
}

/// `POST …/exercises/{id}/answer`: an answer to one of its questions.
pub(crate) async fn answer(
    place: &Place,
    exercise: &str,
    expectation: u32,
    given: &Given,
) -> Result<Verdict, Problem> {
    let object = js_sys::Object::new();
    let choices: js_sys::Array = given
        .choices
        .iter()
        .map(|number| JsValue::from(*number))
        .collect();
    set(&object, "expectation", &expectation.into());
    set(&object, "choices", &choices);
    set(&object, "text", &given.text.as_str().into());
    json(
        call(
            "POST",
            &exercise_path(place, exercise, "answer"),
            Some(as_json(&object)),
        )
        .await?,
    )
    .await
}

/// `POST …/exercises/{id}/submit`. The same request again submits nothing twice.
pub(crate) async fn submit(place: &Place, exercise: &str, request: &str) -> Result<SubmissionView, Problem> {
    let path = exercise_path(place, exercise, "submit");
    json(call_with("POST", &path, None, &[("idempotency-key", request)]).await?).await
}

/// `POST …/exercises/{id}/hint`: the next hint, if one is due.
pub(crate) async fn hint(place: &Place, exercise: &str) -> Result<Hint, Problem> {
    json(call("POST", &exercise_path(place, exercise, "hint"), None).await?).await
}

/// The problem kind of a solution that would end what its exercise can bring.
pub(crate) const GIVES_UP: &str = "/problems/gives-up";

/// `POST …/exercises/{id}/solution`, if it is due; and if it ends what the exercise can bring, only with `give_up`.
pub(crate) async fn solution(place: &Place, exercise: &str, give_up: bool) -> Result<Solution, Problem> {
    let verb = if give_up {
        "solution?give_up=true"
    } else {
        "solution"
    };
    json(call("POST", &exercise_path(place, exercise, verb), None).await?).await
}

/// `POST …/exercises/{id}/reset`: its setup, once more.
pub(crate) async fn restart(place: &Place, exercise: &str) -> Result<Restarted, Problem> {
    json(call("POST", &exercise_path(place, exercise, "reset"), None).await?).await
}

/// `POST …/exercises/{id}/skip`: what comes before it is done for the learner.
pub(crate) async fn skip(place: &Place, exercise: &str) -> Result<Replay, Problem> {
    json(call("POST", &exercise_path(place, exercise, "skip"), None).await?).await
}

/// `GET /sandbox/files?path=` of a file: its text, or `None` where there is none yet.
pub(crate) async fn read_file(path: &str) -> Result<Option<String>, Problem> {
    match call("GET", &files(path), None).await {
        Ok(response) => text(&response).await.map(Some),
        Err(problem) if problem.status == 404 => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// `PUT /sandbox/files?path=`.
pub(crate) async fn write_file(path: &str, content: &str) -> Result<(), Problem> {
    call(
        "PUT",
        &files(path),
        Some(Body {
            content: content.to_owned(),
            kind: "application/octet-stream",
        }),
    )
    .await
    .map(drop)
}

/// `POST /recovery`: the code that brings this learner's progress back.
pub(crate) async fn recovery_code() -> Result<RecoveryCode, Problem> {
    json(call("POST", "recovery", None).await?).await
}

/// `POST /recovery/redeem`: this browser becomes the learner that the code was made for.
pub(crate) async fn redeem(code: &str) -> Result<(), Problem> {
    let body = json_body(&[("code", code)]);
    call("POST", "recovery/redeem", Some(body)).await.map(drop)
}

/// `DELETE /learner`: nothing is kept of this learner any more.
pub(crate) async fn forget() -> Result<(), Problem> {
    call("DELETE", "learner", None).await.map(drop)
}

fn files(path: &str) -> String {
    format!(
        "sandbox/files?path={}",
        String::from(js_sys::encode_uri_component(path))
    )
}

fn exercise_path(place: &Place, exercise: &str, verb: &str) -> String {
    format!(
        "courses/{}/lessons/{}/exercises/{exercise}/{verb}",
        place.course, place.lesson
    )
}

struct Body {
    content: String,
    kind: &'static str,
}

/// An object of strings, as JSON.
fn json_body(fields: &[(&str, &str)]) -> Body {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        set(&object, name, &(*value).into());
    }
    as_json(&object)
}

fn set(object: &js_sys::Object, name: &str, value: &JsValue) {
    // It fails only for objects that refuse new fields.
    let _ = js_sys::Reflect::set(object, &name.into(), value);
}

fn as_json(object: &js_sys::Object) -> Body {
    let content = js_sys::JSON::stringify(object)
        .map(String::from)
        .unwrap_or_default();
    Body {
        content,
        kind: "application/json",
    }
}

async fn call(method: &str, path: &str, body: Option<Body>) -> Result<Response, Problem> {
    call_with(method, path, body, &[]).await
}

async fn call_with(
    method: &str,
    path: &str,
    body: Option<Body>,
    named: &[(&str, &str)],
) -> Result<Response, Problem> {
    let init = RequestInit::new();
    init.set_method(method);
    let headers = web_sys::Headers::new().map_err(|_| offline())?;
    for (name, value) in named {
        headers.set(name, value).map_err(|_| offline())?;
    }
    init.set_headers(&headers);
    if let Some(body) = body {
        headers.set("content-type", body.kind).map_err(|_| offline())?;
        init.set_body(&JsValue::from_str(&body.content));
    }
    let window = web_sys::window().ok_or_else(offline)?;
    let fetched = window.fetch_with_str_and_init(&format!("/api/v1/{path}"), &init);
    let response: Response = JsFuture::from(fetched)
        .await
        .map_err(|_| offline())?
        .dyn_into()
        .map_err(|_| offline())?;
    if response.ok() {
        return Ok(response);
    }
    let status = response.status();
    let said = text(&response).await?;
    Err(json::parse(&said).unwrap_or_else(|| strange(status, &said)))
}

async fn text(response: &Response) -> Result<String, Problem> {
    let promise = response.text().map_err(|_| offline())?;
    let text = JsFuture::from(promise).await.map_err(|_| offline())?;
    Ok(text.as_string().unwrap_or_default())
}

async fn json<T: DeserializeOwned>(response: Response) -> Result<T, Problem> {
    let said = text(&response).await?;
    json::parse(&said).ok_or_else(|| strange(response.status(), &said))
}

fn offline() -> Problem {
    Problem {
        kind: OFFLINE.into(),
        title: "No connection".into(),
        status: 0,
        detail: "The server did not answer. Nothing is lost; try again when the connection is back.".into(),
    }
}

fn strange(status: u16, said: &str) -> Problem {
    let said: String = said.chars().take(120).collect();
    Problem {
        kind: STRANGE.into(),
        title: "Unexpected answer".into(),
        status,
        detail: format!(
            "The server answered {status} in a way this page does not know. Reload the page. ({said})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn progress_is_read_for_one_lesson() {
        let text = serde_json::to_string(&sample::progress()).unwrap();
        let standings_of = |lesson| standings(&text, lesson).unwrap();
        assert_eq!(standings_of("docker/images").len(), 2);
        assert_eq!(
            standings_of("docker/images")[1],
            ("two-tags".to_owned(), sample::standing())
        );
        assert!(standings_of("docker/volumes").is_empty());
        assert!(standings("{}", "docker/images").is_none());
    }
}
