//! Grading for other systems, which show a token. Whoever has none finds nothing here.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use drydock_protocol::api::Problem;
use drydock_protocol::grade::GradingView;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::{ApiError, Kind, Path, Query, Upload};
use crate::settings::TokenHash;
use crate::state::App;
use crate::store::{Grading, HandedIn, Taken};

/// Bodies larger than this are refused before they are read.
#[allow(clippy::cast_possible_truncation)] // 32 MiB
pub const BODY_MAX_BYTES: usize = drydock_submission::limits::ARCHIVE_MAX_BYTES as usize;
/// The longest name of a student, or of a request, in characters.
const NAME_MAX: usize = 128;

/// What is to be graded.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The course's slug.
    course: String,
    /// The lesson's slug.
    lesson: String,
    /// Whose submission it is, for whoever reads the grade.
    student: String,
}

/// The header that names a request, so that the same one again is no other.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Lets through who shows the token that the settings have the hash of.
fn admit(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(hash) = &app.settings.grading.token_sha256 else {
        return Err(ApiError::not_found(
            "grading for other systems: its operator sets `grading.token_sha256`",
        ));
    };
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if shown.is_some_and(|token| hash.is_of(token)) {
        Ok(())
    } else {
        Err(ApiError::new(
            Kind::Unauthorized,
            "Send the token that this Drydock was set up with: `Authorization: Bearer …`.",
        ))
    }
}

/// The name of a request, if it has one that can be one.
pub fn request_name(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let name = value.to_str().ok().filter(|name| {
        !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(|byte| byte.is_ascii_graphic())
    });
    name.map(|name| Some(name.to_owned())).ok_or_else(|| {
        ApiError::new(
            Kind::BadRequest,
            "An Idempotency-Key has 1 to 128 letters, digits and signs, and no spaces.",
        )
    })
}

/// Too much waits.
pub fn full() -> ApiError {
    ApiError::new(
        Kind::Busy,
        "As much waits to be graded as may. Nothing was taken: try again in a few minutes.",
    )
}

fn view(grading: Grading) -> GradingView {
    GradingView {
        id: grading.id,
        state: grading.state,
        reason: grading.reason,
        handed_in_at: grading.handed_in_at,
        grade: grading.grade,
    }
}

/// Hands in an archive (tar, tar.gz or zip) to be graded. It waits its turn, also across a restart of the server; `Location` says
/// where its state and its grade are. The same `Idempotency-Key` again gives what there is; one that could not be graded is tried again.
#[utoipa::path(post, path = "/grade", tag = "grading", params(Wanted, ("idempotency-key" = Option<String>, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), security(("grading" = [])),
    responses((status = 202, body = GradingView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 413, body = Problem), (status = 503, body = Problem)))]
pub async fn hand_in(
    State(app): State<App>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
    Upload(body): Upload<BODY_MAX_BYTES>,
) -> Result<Response, ApiError> {
    admit(&app, &headers)?;
    let key = app.lesson_key(&wanted.course, &wanted.lesson)?;
    let student: String = wanted
        .student
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    if student.trim().is_empty() || student.chars().count() > NAME_MAX {
        return Err(ApiError::new(
            Kind::BadRequest,
            "Say whose it is: `student=`, 1 to 128 characters.",
        ));
    }
    if body.is_empty() {
        return Err(ApiError::new(
            Kind::BadRequest,
            "The body is the archive that is to be graded: a tar, a tar.gz or a zip.",
        ));
    }
    let request = request_name(&headers)?.unwrap_or_else(|| crate::store::LearnerId::passing().to_string());
    let new = HandedIn {
        learner: None,
        student: &student,
        key: &key.exercise(""),
        request: &request,
        archive: &body,
    };
    let grading = match app.store.hand_in(&new, app.settings.grading.queue).await? {
        Taken::New(grading) => grading,
        Taken::Known(known) => {
            if app.store.grade_again(&known.id).await? {
                app.store.grading(&known.id).await?.unwrap_or(known)
            } else {
                known
            }
        }
        Taken::Full => return Err(full()),
    };
    app.desk.ring();
    let place = format!("/api/v1/grade/{}", grading.id);
    let mut response = (StatusCode::ACCEPTED, Json(view(grading))).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// How far something is that was handed in, and its grade. It is kept for 30 days.
#[utoipa::path(get, path = "/grade/{id}", tag = "grading", params(("id" = String, Path)), security(("grading" = [])),
    responses((status = 200, body = GradingView), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<GradingView>, ApiError> {
    admit(&app, &headers)?;
    let grading = app.store.grading(&id).await?;
    grading
        .map(|grading| Json(view(grading)))
        .ok_or_else(|| ApiError::not_found("submission of that id"))
}

impl TokenHash {
    /// Whether this is the token. How long that takes says nothing about it.
    fn is_of(&self, token: &[u8]) -> bool {
        use sha2::{Digest, Sha256};
        let shown: [u8; 32] = Sha256::digest(token).into();
        let differing = self
            .0
            .iter()
            .zip(shown)
            .fold(0u8, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
        differing == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash() {
        // Of `secret`.
        let hash: TokenHash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
            .to_owned()
            .try_into()
            .unwrap();
        assert!(hash.is_of(b"secret"));
        assert!(!hash.is_of(b"Secret") && !hash.is_of(b""));
    }

    #[test]
    fn a_request_may_have_a_name() {
        let named = |name: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(name).unwrap());
            request_name(&headers)
        };
        assert_eq!(request_name(&HeaderMap::new()).unwrap(), None);
        assert_eq!(named("a-1").unwrap().as_deref(), Some("a-1"));
        for bad in ["", "a b", &"x".repeat(129)] {
            assert!(named(bad).is_err(), "{bad}");
        }
    }
}
