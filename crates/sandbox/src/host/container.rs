//! Containers of the host engine's that are never forgotten: whatever becomes of whoever asked for one.

use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, StopContainerOptionsBuilder,
};
use tokio::sync::oneshot;

use super::Host;
use crate::Error;

/// A container that was made and started. It is removed when this is dropped, unless it is kept.
#[derive(Debug)]
pub(crate) struct Container {
    host: Host,
    id: String,
    kept: bool,
}

impl Container {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Leaves it where it is.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if !self.kept {
            let (host, id) = (self.host.clone(), std::mem::take(&mut self.id));
            // What fails is found by its label.
            self.host.go_on(async move {
                let _ = host.remove_container(&id).await;
            });
        }
    }
}

impl Host {
    /// Makes a container and starts it. If it does not start, or if nobody waits for it any more, it is removed.
    pub(crate) async fn run(&self, name: &str, body: ContainerCreateBody) -> Result<Container, Error> {
        let (give, taken) = oneshot::channel();
        let (host, name) = (self.clone(), name.to_owned());
        // The engine makes it whether or not we wait for its answer. So the answer is always waited for: only with it do we
        // know that there is something to remove.
        self.go_on(async move {
            let made = match host.make(&name, body).await {
                Ok(container) if !give.is_closed() => host.start(&name, container).await,
                made => made,
            };
            // A container that nobody takes is dropped, and thereby removed.
            let _ = give.send(made);
        });
        taken.await.unwrap_or(Err(Error::ShuttingDown))
    }

    async fn make(&self, name: &str, body: ContainerCreateBody) -> Result<Container, Error> {
        let image = body.image.clone().unwrap_or_default();
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        let made = self
            .call(
                format!("make container {name}"),
                self.docker.create_container(Some(options), body),
            )
            .await;
        match made {
            Ok(made) => Ok(Container {
                host: self.clone(),
                id: made.id,
                kept: false,
            }),
            Err(Error::Host {
                status: Some(404), ..
            }) => Err(Error::ImageMissing { image }),
            Err(error) => {
                if error.is_host_gone() {
                    // No answer is not a no.
                    let _ = self.remove_container(name).await;
                }
                Err(error)
            }
        }
    }

    async fn start(&self, name: &str, container: Container) -> Result<Container, Error> {
        self.call(
            format!("start container {name}"),
            self.docker.start_container(container.id(), None),
        )
        .await?;
        Ok(container)
    }

    /// Asks a container to end, and waits until it has; after so many seconds it is killed.
    pub(crate) async fn stop_container(&self, name: &str, seconds: i32) -> Result<(), Error> {
        let options = StopContainerOptionsBuilder::new().t(seconds).build();
        self.call(
            format!("stop container {name}"),
            self.docker.stop_container(name, Some(options)),
        )
        .await
    }

    /// Removes a container, running or not. It is no error that it is gone.
    pub async fn remove_container(&self, name: &str) -> Result<(), Error> {
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
}
