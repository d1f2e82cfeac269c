//! Every address of the server, in one place, grouped by who calls it.

pub mod builds;
pub mod containers;
pub mod courses;
pub mod dockerfile;
mod engine;
pub mod events;
pub mod exercises;
pub mod files;
pub mod grade;
pub mod health;
pub mod images;
pub mod layers;
pub mod learner;
pub mod pages;
pub mod preview;
pub mod progress;
pub mod recovery;
pub mod sandbox;
pub mod solutions;
pub mod submissions;
pub mod terminals;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get};
use axum::{Json, Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tower_sessions::SessionManagerLayer;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::assets;
use crate::author::Author;
use crate::middleware::{headers, origin};
use crate::preview::{Addresses, by_host, by_path};
use crate::problem::{ApiError, Kind};
use crate::state::App;
use crate::store::Sessions;

/// No request but a socket, a command and a file takes longer than this.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// A command may run for ten minutes; a little more, so that the agent's own limit is the one that is met.
const EXEC_TIMEOUT: Duration = Duration::from_secs(615);
/// JSON bodies are small.
const BODY_MAX_BYTES: usize = 256 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Drydock",
        description = "The API that Drydock's own pages use. A learner is known by the session cookie; errors are \
                       application/problem+json. Requests that change something and sockets must come from the same origin.",
        license(name = "Apache-2.0")
    ),
    tags(
        (name = "courses", description = "Courses and lessons, without solutions"),
        (name = "files", description = "What is written, looked through"),
        (name = "sandbox", description = "The learner's own machine"),
        (name = "progress", description = "Verdicts, hints, points, and the code that carries them to another device"),
        (name = "grading", description = "Grading for other systems, which show a token"),
        (name = "operation", description = "For whoever runs Drydock")
    ),
    modifiers(&GradingToken)
)]
struct Document;

/// Describes the token that other systems show.
struct GradingToken;

impl Modify for GradingToken {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("grading", scheme);
    }
}

/// The API's routes and their description.
fn api() -> OpenApiRouter<App> {
    let quick = OpenApiRouter::new()
        .routes(routes!(courses::list))
        .routes(routes!(courses::lesson))
        .routes(routes!(sandbox::start, sandbox::show, sandbox::stop))
        .routes(routes!(sandbox::extend))
        .routes(routes!(sandbox::reset))
        .routes(routes!(images::list))
        .routes(routes!(containers::list))
        .routes(routes!(preview::list))
        .routes(routes!(dockerfile::problems))
        .routes(routes!(exercises::check))
        .routes(routes!(exercises::answer))
        .routes(routes!(exercises::hint))
        .routes(routes!(solutions::show))
        .routes(routes!(solutions::skip, solutions::skipped))
        .routes(routes!(submissions::submit))
        .routes(routes!(grade::show))
        .routes(routes!(progress::show))
        .routes(routes!(recovery::make))
        .routes(routes!(recovery::redeem))
        .routes(routes!(learner::forget))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIMEOUT,
        ));
    let files = OpenApiRouter::new()
        .routes(routes!(files::read, files::write, files::rename, files::remove))
        .layer(DefaultBodyLimit::max(files::BODY_MAX_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIMEOUT,
        ));
    let archives = OpenApiRouter::new()
        .routes(routes!(grade::hand_in))
        .layer(DefaultBodyLimit::max(grade::BODY_MAX_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIMEOUT,
        ));
    let commands = OpenApiRouter::new()
        .routes(routes!(sandbox::exec))
        .routes(routes!(solutions::reset))
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            EXEC_TIMEOUT,
        ));
    let sockets = OpenApiRouter::new()
        .routes(routes!(terminals::open, terminals::end))
        .routes(routes!(containers::logs))
        .routes(routes!(builds::follow))
        // Has a deadline of its own.
        .routes(routes!(layers::show))
        // As long as it takes to send it.
        .routes(routes!(files::archive))
        .routes(routes!(events::open));
    quick.merge(files).merge(archives).merge(commands).merge(sockets)
}

/// The OpenAPI description as it is served.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, described) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", api())
        .split_for_parts();
    described
}

/// The whole server. From the outside in: a panic becomes an answer, the request is traced, headers are added,
/// foreign origins are refused, the session is read, and the route is found.
pub fn router(app: App, sessions: SessionManagerLayer<Sessions>, author: Option<&Author>) -> Router {
    let (api, described) = OpenApiRouter::with_openapi(Document::openapi())
        .nest("/api/v1", api())
        .split_for_parts();

    let learners = Router::new()
        .route("/", get(pages::home))
        .route("/courses/{course}", get(pages::course))
        // Reads the session only where a lesson's variables are drawn.
        .route("/courses/{course}/{lesson}", get(pages::lesson))
        .merge(api.fallback(pages::fallback));

    // What is the same for everyone does not read the session.
    let everyone = Router::new()
        .route("/favicon.ico", get(pages::favicon))
        .route("/assets/{*path}", get(assets::serve))
        .route(
            "/api/v1/openapi.json",
            get(move || std::future::ready(Json(described.clone()))),
        )
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics));

    let previews = Router::new()
        .route("/preview/{name}/{port}", any(by_path))
        .route("/preview/{name}/{port}/", any(by_path))
        .route("/preview/{name}/{port}/{*rest}", any(by_path));
    let policy = headers::policy(&Addresses::new(&app.settings).frames());

    // Only `drydock lesson dev` has an author; where there is none, there is no address of author mode.
    let (everyone, learners) = match author {
        Some(author) => (
            Author::with_pane(everyone),
            Author::with_pane(learners).merge(author.routes()),
        ),
        None => (everyone, learners),
    };
    everyone
        .merge(learners.layer(sessions))
        .layer(middleware::from_fn_with_state(app.clone(), origin::same_origin))
        .layer(middleware::from_fn_with_state(policy, headers::secure))
        // Pages of strangers: none of what is ours is around them.
        .merge(previews)
        .layer(middleware::from_fn_with_state(app.clone(), by_host))
        .layer(TraceLayer::new_for_http())
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("http.panicked");
            ApiError::new(Kind::Internal, "The request was dropped because of a fault of ours. Trying again may work; if not, tell the operator.")
                .into_response()
        }))
        .with_state(app)
}
