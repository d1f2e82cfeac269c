//! The pages, as documents.
//!
//! A lesson's page is the same for everyone who has the same values in it (most lessons have none), so it is rendered once for them
//! and each theme, compressed as hard as possible, and kept. The home and course pages show the learner's progress and are rendered for each request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use drydock_app::{Page, Site, Theme};
use drydock_lesson::{Draw, Lesson};
use drydock_protocol::api::Progress;
use drydock_protocol::page::CourseSummary;
use tower_sessions::Session;

use crate::assets;
use crate::live::draws::lesson_of;
use crate::problem::{ApiError, Path};
use crate::routes::progress;
use crate::session::Learner;
use crate::state::{App, LessonKey};

/// What a lesson's page depends on: the lesson, the values drawn for its variables, the theme.
type Place = (LessonKey, Draw, Theme);

/// Lesson pages that were rendered. There are as many as there are lessons, times their combinations of values, times three.
#[derive(Debug, Default)]
pub struct Pages {
    kept: Mutex<HashMap<Place, Arc<assets::Encoded>>>,
}

impl Pages {
    /// Renders all of them anew, because the lessons have changed.
    pub(crate) fn forget(&self) {
        lock(self).clear();
    }
}

/// `GET /`
pub async fn home(State(app): State<App>, learner: Option<Learner>, headers: HeaderMap) -> Response {
    personal(&app, learner, &headers, |courses, progress| {
        Some(Page::Home { courses, progress })
    })
    .await
}

/// `GET /courses/{course}`
pub async fn course(
    State(app): State<App>,
    learner: Option<Learner>,
    Path(slug): Path<String>,
    headers: HeaderMap,
) -> Response {
    personal(&app, learner, &headers, |courses, progress| {
        let course = courses.into_iter().find(|course| course.slug == slug)?;
        Some(Page::Course { course, progress })
    })
    .await
}

/// `GET /courses/{course}/{lesson}`
pub async fn lesson(
    State(app): State<App>,
    session: Session,
    Path((course, slug)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Ok(key) = app.lesson_key(&course, &slug) else {
        return not_found(&headers, format!("/courses/{course}/{slug}"));
    };
    let lesson = match drawn(&app, &session, &key).await {
        Ok(lesson) => lesson,
        Err(error) => return error_page(&headers, &error),
    };
    let theme = theme(&headers);
    let place = (key, lesson.draw.clone(), theme);
    let kept = lock(&app.pages).get(&place).cloned();
    let page = match kept {
        Some(page) => page,
        None => match rendered(lesson, theme).await {
            Ok(page) => {
                lock(&app.pages).insert(place, page.clone());
                page
            }
            Err(error) => return error_page(&headers, &error),
        },
    };
    let mut response = page.respond(&headers);
    if !lesson.vars.is_empty() {
        let private = HeaderValue::from_static("private, no-cache");
        response.headers_mut().insert(header::CACHE_CONTROL, private);
    }
    response
}

/// The lesson as whoever asks has it. Only where there is something to draw does it matter who that is.
async fn drawn<'a>(app: &'a App, session: &Session, key: &LessonKey) -> Result<&'a Lesson, ApiError> {
    let lesson = app.lesson(&key.course, &key.lesson)?;
    if lesson.vars.is_empty() {
        return Ok(lesson);
    }
    let Learner(learner) = Learner::behind(session, app).await?;
    lesson_of(app, Some(&learner), key).await
}

fn lock(pages: &Pages) -> std::sync::MutexGuard<'_, HashMap<Place, Arc<assets::Encoded>>> {
    pages.kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Renders and compresses a lesson's page, off the threads that answer requests.
async fn rendered(lesson: &Lesson, theme: Theme) -> Result<Arc<assets::Encoded>, ApiError> {
    let page = lesson.page.clone();
    let work = move || {
        let html = drydock_app::render(Page::Lesson { page: Box::new(page) }, &site(theme));
        assets::Encoded::page(html.into_bytes())
    };
    let page = tokio::task::spawn_blocking(work).await.map_err(|_| {
        ApiError::new(
            crate::problem::Kind::Internal,
            "The page could not be rendered. Tell the operator.",
        )
    })?;
    Ok(Arc::new(page))
}

/// A page that shows the learner's progress; `build` gives none where there is no such page.
async fn personal(
    app: &App,
    learner: Option<Learner>,
    headers: &HeaderMap,
    build: impl FnOnce(Vec<CourseSummary>, Progress) -> Option<Page>,
) -> Response {
    let progress = match progress::of(app, learner.as_ref().map(|Learner(id)| id)).await {
        Ok(progress) => progress,
        Err(error) => return error_page(headers, &error),
    };
    match build(app.courses(), progress) {
        Some(page) => document(StatusCode::OK, page, headers),
        None => not_found(headers, "this address".into()),
    }
}

/// `GET /favicon.ico`, which browsers ask for unasked.
pub async fn favicon() -> Redirect {
    Redirect::permanent(&format!("/assets/{}", assets::manifest().icon))
}

/// Everything else: a problem for programs, a page for people.
pub async fn fallback(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    if path.starts_with("/api/") {
        ApiError::not_found("such address").into_response()
    } else {
        not_found(request.headers(), path)
    }
}

fn not_found(headers: &HeaderMap, path: String) -> Response {
    document(StatusCode::NOT_FOUND, Page::NotFound { path }, headers)
}

fn error_page(headers: &HeaderMap, error: &ApiError) -> Response {
    let problem = error.to_problem();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    document(status, Page::Error { problem }, headers)
}

fn document(status: StatusCode, page: Page, headers: &HeaderMap) -> Response {
    let html = drydock_app::render(page, &site(theme(headers)));
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn site(theme: Theme) -> Site {
    Site {
        assets: assets::manifest().clone(),
        theme,
        version: env!("CARGO_PKG_VERSION").into(),
    }
}

/// The theme that the learner chose: the cookie `theme`, which the page's own toggle writes.
fn theme(headers: &HeaderMap) -> Theme {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let chosen = cookies
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("theme="));
    Theme::from_cookie(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_comes_from_its_cookie() {
        let headers = |cookie: &str| HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
        assert_eq!(theme(&headers("drydock=abc; theme=dark")), Theme::Dark);
        assert_eq!(theme(&headers("theme=light")), Theme::Light);
        assert_eq!(theme(&headers("theme=<script>")), Theme::Auto);
        assert_eq!(theme(&HeaderMap::new()), Theme::Auto);
    }
}
