//! Dockerfiles, looked through while they are written.

use axum::Json;
use axum::body::Bytes;
use drydock_grader::dockerfile_problems;
use drydock_protocol::api::Problem;
use drydock_protocol::workbench::DockerfileProblem;

use crate::problem::{ApiError, Kind};

/// What is wrong in a Dockerfile, or may be: at most 50 problems, by line. The body is its text, in UTF-8. Nothing is built or kept.
#[utoipa::path(post, path = "/dockerfile/problems", tag = "files", request_body(content = String, content_type = "text/plain"),
    responses((status = 200, body = Vec<DockerfileProblem>), (status = 400, body = Problem), (status = 413, body = Problem)))]
pub async fn problems(body: Bytes) -> Result<Json<Vec<DockerfileProblem>>, ApiError> {
    let text = std::str::from_utf8(&body)
        .map_err(|_| ApiError::new(Kind::BadRequest, "A Dockerfile is text in UTF-8."))?;
    Ok(Json(dockerfile_problems(text)))
}
