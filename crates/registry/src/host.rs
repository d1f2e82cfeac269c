//! The host engine, as registries need it.

use std::collections::HashMap;

use bollard::Docker;
use bollard::errors::Error as Bollard;
use bollard::models::{ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::ListContainersOptionsBuilder;
use drydock_sandbox::{LABEL_INSTANCE, LABEL_ROLE};

use crate::Error;
use crate::names::ROLE;

/// The host engine, with what registries ask of it.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    engine: drydock_sandbox::Host,
    pub(crate) docker: Docker,
}

impl Host {
    pub(crate) fn new(docker: Docker) -> Self {
        Self {
            engine: drydock_sandbox::Host::new(docker.clone()),
            docker,
        }
    }

    /// Awaits a call: `doing` says it as a verb with its object.
    pub(crate) async fn call<T>(
        &self,
        doing: impl Into<String>,
        call: impl Future<Output = Result<T, Bollard>>,
    ) -> Result<T, Error> {
        // Boxed: the futures of calls are large, and whoever makes several would be the sum of them.
        Ok(self.engine.call(doing, Box::pin(call)).await?)
    }

    /// A container as it is, or None if there is none of that name.
    pub(crate) async fn inspect(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        Ok(self.engine.inspect(name).await?)
    }

    /// Removes a container, running or not. It is no error that it is gone.
    pub(crate) async fn remove_container(&self, name: &str) -> Result<(), Error> {
        Ok(self.engine.remove_container(name).await?)
    }

    /// The tail of what a container has printed; for messages, so an empty text if it cannot be had.
    pub(crate) async fn said(&self, name: &str) -> String {
        self.engine.said(name).await
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
}

/// What is not there is an answer, not an error.
pub(crate) fn unless_missing<T>(asked: Result<T, Error>) -> Result<Option<T>, Error> {
    match asked {
        Err(error) if error.status() == Some(404) => Ok(None),
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
