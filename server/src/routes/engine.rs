//! Questions to a learner's engine, which may never answer.

use std::time::Duration;

use bollard::errors::Error as EngineError;
use tokio::time::timeout;

use crate::problem::{ApiError, Kind};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the engine answers, or why it does not, for the learner.
pub(super) async fn answer<T>(asking: impl Future<Output = Result<T, EngineError>>) -> Result<T, ApiError> {
    match timeout(PATIENCE, asking).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(EngineError::DockerResponseServerError { status_code: 404, .. })) => {
            Err(ApiError::not_found("such thing in your engine"))
        }
        Ok(Err(error)) => Err(ApiError::new(
            Kind::Engine,
            format!("Your engine answered with an error: {error}"),
        )),
        Err(_) => Err(ApiError::new(
            Kind::Engine,
            "Your engine did not answer within 10 seconds. It may be busy or out of memory.",
        )),
    }
}
