//! The host engine: every call with a deadline, and every failure told apart: not there, or said no.

use std::collections::HashMap;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error as Bollard;
use bollard::models::{ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::{
    ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder,
};
use drydock_sandbox::{LABEL_INSTANCE, LABEL_ROLE};
use futures::StreamExt;
use tokio::time::timeout;

use crate::Error;
use crate::error::chain;
use crate::names::ROLE;

/// How long a call may take. Starting or removing a container on a busy machine takes seconds.
const CALL: Duration = Duration::from_secs(60);
/// How much of a container's output is kept for a message.
const SAID_MAX: usize = 1024;

/// The host engine.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) docker: Docker,
}

impl Host {
    /// Awaits a call: `doing` says it as a verb with its object.
    pub(crate) async fn call<T>(
        &self,
        doing: impl Into<String>,
        call: impl Future<Output = Result<T, Bollard>>,
    ) -> Result<T, Error> {
        let doing = doing.into();
        match timeout(CALL, call).await {
            Ok(answer) => answer.map_err(|error| explain(doing, error)),
            Err(_) => Err(Error::HostEngine {
                why: format!("no answer within {} s to: {doing}", CALL.as_secs()),
            }),
        }
    }

    /// A container as it is, or None if there is none of that name.
    pub(crate) async fn inspect(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        let asked = self
            .call(
                format!("look at container {name}"),
                self.docker.inspect_container(name, None),
            )
            .await;
        unless_missing(asked)
    }

    /// Removes a container, running or not. It is no error that it is gone.
    pub(crate) async fn remove_container(&self, name: &str) -> Result<(), Error> {
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let removed = self.call(
            format!("remove container {name}"),
            self.docker.remove_container(name, Some(options)),
        );
        match removed.await {
            // 409: someone else is removing it just now.
            Err(Error::Host {
                status: Some(404 | 409),
                ..
            }) => Ok(()),
            other => other,
        }
    }

    /// The registries of an instance, running or not.
    pub(crate) async fn registries(&self, instance: &str) -> Result<Vec<ContainerSummary>, Error> {
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&ours(instance))
            .build();
        self.call("list containers", self.docker.list_containers(Some(options)))
            .await
    }

    /// The names of running containers that have this volume.
    pub(crate) async fn users_of(&self, volume: &str) -> Result<Vec<String>, Error> {
        let filters = HashMap::from([("volume", vec![volume])]);
        let options = ListContainersOptionsBuilder::new().filters(&filters).build();
        let found = self
            .call("list containers", self.docker.list_containers(Some(options)))
            .await?;
        Ok(found.into_iter().filter_map(|one| name_of(&one)).collect())
    }

    /// The id of an image, or None if there is none of that name.
    pub(crate) async fn image_id(&self, reference: &str) -> Result<Option<String>, Error> {
        let asked = self
            .call(
                format!("look at image {reference}"),
                self.docker.inspect_image(reference),
            )
            .await;
        Ok(unless_missing(asked)?.and_then(|image| image.id))
    }

    /// The tail of what a container has printed; for messages, so an empty text if it cannot be had.
    pub(crate) async fn said(&self, name: &str) -> String {
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .tail("5")
            .build();
        let mut logs = self.docker.logs(name, Some(options));
        let mut text = String::new();
        let reading = async {
            while let Some(Ok(line)) = logs.next().await {
                text.push_str(&String::from_utf8_lossy(&line.into_bytes()));
                if text.len() > 16 * SAID_MAX {
                    break;
                }
            }
        };
        let _ = timeout(Duration::from_secs(5), reading).await;
        let text = text.trim();
        let mut start = text.len().saturating_sub(SAID_MAX);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        text[start..].to_owned()
    }
}

/// What is not there is an answer, not an error.
pub(crate) fn unless_missing<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Err(Error::Host {
            status: Some(404), ..
        }) => Ok(None),
        other => other.map(Some),
    }
}

/// A container's name without the slash that the engine puts before it.
pub(crate) fn name_of(container: &ContainerSummary) -> Option<String> {
    let name = container.names.as_ref()?.first()?;
    Some(name.trim_start_matches('/').to_owned())
}

/// The filter for everything of this crate's of an instance.
pub(crate) fn ours(instance: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([(
        "label".to_owned(),
        vec![
            format!("{LABEL_INSTANCE}={instance}"),
            format!("{LABEL_ROLE}={ROLE}"),
        ],
    )])
}

fn explain(doing: String, error: Bollard) -> Error {
    match error {
        Bollard::DockerResponseServerError { status_code, message } => Error::Host {
            doing,
            why: message,
            status: Some(status_code),
        },
        Bollard::DockerStreamError { error } => Error::Host {
            doing,
            why: error,
            status: None,
        },
        Bollard::JsonDataError { message, .. } => Error::Host {
            doing,
            why: message,
            status: None,
        },
        // Whatever else there is, is a connection that was not made or that broke.
        other => Error::HostEngine { why: chain(&other) },
    }
}
