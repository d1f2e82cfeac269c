//! Who is asking: the learner behind a session cookie.
//!
//! A learner is made the first time that somebody does something (a POST, or a page opening its events socket), and when they open
//! a lesson whose variables have to be drawn for them; never by other reading. The cookie holds a random session id; the session, in the database, holds the learner's id.

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::{ExpiredDeletion, Expiry, Session, SessionManagerLayer};

use crate::problem::{ApiError, Kind};
use crate::settings::Settings;
use crate::state::App;
use crate::store::{LearnerId, Sessions, Store};

const LEARNER: &str = "learner";

/// The layer that reads and writes the session cookie. It is HttpOnly; Lax, so that a link into the site arrives
/// with it and a form on another site does not; Secure where people come over TLS.
pub fn layer(settings: &Settings, store: &Store) -> SessionManagerLayer<Sessions> {
    let sessions = store.sessions();
    tokio::spawn(delete_expired(sessions.clone()));
    SessionManagerLayer::new(sessions)
        .with_name("drydock")
        .with_same_site(SameSite::Lax)
        .with_http_only(true)
        .with_secure(settings.is_https())
        .with_expiry(Expiry::OnInactivity(Duration::days(i64::from(
            settings.session_days,
        ))))
}

/// Removes sessions that nobody can use any more, for as long as the process lives.
async fn delete_expired(sessions: Sessions) {
    let mut hourly = tokio::time::interval(std::time::Duration::from_secs(3600));
    loop {
        hourly.tick().await;
        if let Err(error) = sessions.delete_expired().await {
            tracing::warn!(error = %error, "session.not_cleaned");
        }
    }
}

/// The learner who asks. As an argument it makes one where there is none; as `Option<Learner>` it does not.
#[derive(Clone, Debug)]
pub struct Learner(pub LearnerId);

impl Learner {
    /// The learner behind a session; one is made where there is none.
    pub async fn behind(session: &Session, app: &App) -> Result<Self, ApiError> {
        if let Some(learner) = known(session, &app.store).await? {
            return Ok(learner);
        }
        let id = app.store.create_learner().await?;
        become_learner(session, &id).await?;
        tracing::info!(learner = %id, "learner.created");
        Ok(Self(id))
    }
}

/// Who a session belongs to, if the learner still exists.
async fn known(session: &Session, store: &Store) -> Result<Option<Learner>, ApiError> {
    match session.get::<LearnerId>(LEARNER).await? {
        Some(id) if store.saw_learner(&id).await? => Ok(Some(Learner(id))),
        _ => Ok(None),
    }
}

/// Makes the session belong to a learner. The session's id changes, so that one which was planted is of no use.
pub async fn become_learner(session: &Session, learner: &LearnerId) -> Result<(), ApiError> {
    session.cycle_id().await?;
    session.insert(LEARNER, learner).await?;
    Ok(())
}

async fn session_of<S: Sync + Send>(parts: &mut Parts, state: &S) -> Result<Session, ApiError> {
    Session::from_request_parts(parts, state)
        .await
        .map_err(|(_, message)| ApiError::new(Kind::Internal, message))
}

impl<S> FromRequestParts<S> for Learner
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let session = session_of(parts, state).await?;
        Self::behind(&session, &App::from_ref(state)).await
    }
}

impl<S> OptionalFromRequestParts<S> for Learner
where
    S: Send + Sync,
    App: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, ApiError> {
        let session = session_of(parts, state).await?;
        known(&session, &App::from_ref(state).store).await
    }
}
