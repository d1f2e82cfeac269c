//! The host engine: every call with a deadline, and every failure told apart: not there, or said no.

mod container;

use std::collections::HashMap;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error as Bollard;
use bollard::models::{ContainerInspectResponse, ContainerSummary};
use bollard::query_parameters::{
    ListContainersOptionsBuilder, LogsOptionsBuilder, RemoveVolumeOptionsBuilder,
};
use futures::StreamExt;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::Error;
use crate::names::LABEL_INSTANCE;

/// How long a call may take. Starting or removing a container on a busy machine takes seconds.
const CALL: Duration = Duration::from_secs(60);

/// How much of a container's output is read at all: two lines for each of 200 sandboxes are a tenth of it.
const PRINTED_MAX: usize = 256 * 1024;

/// How much of a container's output is kept for a message.
const SAID_MAX: usize = 2048;

/// The host engine, as all that work with it ask it: every call has a deadline, and says what it was for when it fails.
#[derive(Clone, Debug)]
pub struct Host {
    docker: Docker,
    /// What goes on when nobody waits for it any more: all of it.
    all: TaskTracker,
    /// And the part of it that was begun through this handle and its clones.
    own: TaskTracker,
}

impl Host {
    /// At the end of this connection.
    pub fn new(docker: Docker) -> Self {
        Self {
            docker,
            all: tracker(),
            own: tracker(),
        }
    }

    /// A handle of its own for one undertaking, so that what is left of that can be waited for: [`Host::settled`].
    pub(crate) fn apart(&self) -> Self {
        Self {
            own: tracker(),
            ..self.clone()
        }
    }

    /// Does something to its end, whether or not anybody waits for it.
    fn go_on(&self, work: impl Future<Output = ()> + Send + 'static) {
        let work = self.all.track_future(self.own.track_future(work));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(work);
        }
    }

    /// Awaits something that makes a thing, and lets it come to its end even if the caller is given up: the thing is then there,
    /// and can be found and removed, once this handle has settled.
    pub(crate) async fn see_through<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let (give, taken) = oneshot::channel();
        self.go_on(async move {
            let _ = give.send(work.await);
        });
        taken.await.unwrap_or(Err(Error::ShuttingDown))
    }

    /// Waits until nothing goes on that was begun through this handle: containers that were being made when they were given
    /// up are gone again, and have let go of their volumes.
    pub(crate) async fn settled(&self) {
        self.own.wait().await;
    }

    /// The same, for all handles.
    pub(crate) async fn all_settled(&self) {
        self.all.wait().await;
    }

    /// The connection, for what is to be asked.
    pub fn docker(&self) -> &Docker {
        &self.docker
    }

    /// Awaits a call: `doing` says it as a verb with its object.
    pub async fn call<T>(
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

    /// Removes a volume. It is no error that it is gone: whether it was there is the answer.
    pub(crate) async fn remove_volume(&self, name: &str) -> Result<bool, Error> {
        let options = RemoveVolumeOptionsBuilder::new().build();
        let removed = self.call(
            format!("remove volume {name}"),
            self.docker.remove_volume(name, Some(options)),
        );
        match removed.await {
            Err(Error::Host {
                status: Some(404), ..
            }) => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Whether there is a volume of this name.
    pub(crate) async fn has_volume(&self, name: &str) -> Result<bool, Error> {
        match self
            .call(format!("look at volume {name}"), self.docker.inspect_volume(name))
            .await
        {
            Err(Error::Host {
                status: Some(404), ..
            }) => Ok(false),
            other => other.map(|_| true),
        }
    }

    /// A container as it is, or None if there is none of that name.
    pub async fn inspect(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        match self
            .call(
                format!("look at container {name}"),
                self.docker.inspect_container(name, None),
            )
            .await
        {
            Err(Error::Host {
                status: Some(404), ..
            }) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Every container of an instance, running or not.
    pub(crate) async fn containers(&self, instance: &str) -> Result<Vec<ContainerSummary>, Error> {
        let options = ListContainersOptionsBuilder::new()
            .all(true)
            .filters(&of_instance(instance))
            .build();
        self.call("list containers", self.docker.list_containers(Some(options)))
            .await
    }

    /// The tail of what a container has printed; for messages, so an empty text if it cannot be had.
    pub async fn said(&self, name: &str) -> String {
        tail(self.printed(name, "20").await.trim())
    }

    /// All that a container has printed, as far as it can be had.
    pub(crate) async fn printed_all(&self, name: &str) -> String {
        self.printed(name, "all").await
    }

    async fn printed(&self, name: &str, lines: &str) -> String {
        let options = LogsOptionsBuilder::new()
            .stdout(true)
            .stderr(true)
            .tail(lines)
            .build();
        let mut logs = self.docker.logs(name, Some(options));
        let mut text = String::new();
        let reading = async {
            while let Some(Ok(line)) = logs.next().await {
                text.push_str(&String::from_utf8_lossy(&line.into_bytes()));
                if text.len() > PRINTED_MAX {
                    break;
                }
            }
        };
        let _ = timeout(Duration::from_secs(5), reading).await;
        text
    }
}

/// It takes more after it was closed; being closed is what lets it be waited for.
fn tracker() -> TaskTracker {
    let tracker = TaskTracker::new();
    tracker.close();
    tracker
}

/// The filter for everything of an instance.
pub(crate) fn of_instance(instance: &str) -> HashMap<String, Vec<String>> {
    HashMap::from([("label".to_owned(), vec![format!("{LABEL_INSTANCE}={instance}")])])
}

/// The last part of a text, for a message.
pub(crate) fn tail(text: &str) -> String {
    let mut start = text.len().saturating_sub(SAID_MAX);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    text[start..].to_owned()
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

/// An error with its causes, since "client error (Connect)" alone tells nobody anything.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_not_an_absence() {
        let refused = explain(
            "start container x".to_owned(),
            Bollard::DockerResponseServerError {
                status_code: 500,
                message: "no".into(),
            },
        );
        assert!(matches!(
            refused,
            Error::Host {
                status: Some(500),
                ..
            }
        ));
        assert!(explain("ping".to_owned(), Bollard::RequestTimeoutError).is_host_gone());
    }

    #[tokio::test]
    async fn an_engine_that_is_not_there_is_said_to_be() {
        let docker = Docker::connect_with_http("127.0.0.1:1", 2, bollard::API_DEFAULT_VERSION).unwrap();
        let error = Host::new(docker.clone())
            .call("ping", docker.ping())
            .await
            .unwrap_err();
        assert!(error.is_host_gone(), "{error:?}");
        assert!(error.to_string().contains("refused"), "{error}");
    }

    #[test]
    fn a_tail_is_cut_between_letters() {
        let text = "ü".repeat(3000);
        assert!(tail(&text).len() <= SAID_MAX);
        assert_eq!(tail("short"), "short");
    }
}
