//! The classroom registry for one who has something to do in it, whether a server keeps it running or not.

use std::net::SocketAddr;
use std::time::Duration;

use bollard::Docker;
use tokio::time::{Instant, interval};

use crate::client::Client;
use crate::host::Host;
use crate::raise;
use crate::spec::Spec;
use crate::{Config, Error};

/// How long somebody else may take who is starting it as well, and how often it is looked whether they have.
const PATIENCE: Duration = Duration::from_secs(20);
const AGAIN: Duration = Duration::from_millis(200);

/// The classroom registry, started if it was not running. [`Visit::end`] leaves it as it was found.
#[derive(Debug)]
pub struct Visit {
    host: Host,
    name: String,
    address: SocketAddr,
    started: bool,
}

impl Visit {
    /// Starts the classroom registry of an instance unless it runs. One that runs is taken as it is, whatever its settings.
    pub async fn begin(docker: Docker, instance: &str, config: &Config) -> Result<Self, Error> {
        config.check()?;
        let host = Host::new(docker);
        let spec = Spec::classroom(instance, config);
        let end = Instant::now() + PATIENCE;
        let mut pause = interval(AGAIN);
        let (address, started) = loop {
            pause.tick().await;
            match find_or_make(&host, &spec, instance, config).await {
                // A server that has just been started is making it, too: whoever is first makes it for both.
                Err(error) if is_in_the_way(&error) && Instant::now() < end => {}
                other => break other?,
            }
        };
        Ok(Self {
            host,
            name: spec.name,
            address,
            started,
        })
    }

    /// The registry.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Leaves the registry as it was found.
    pub async fn end(self) -> Result<(), Error> {
        if self.started {
            self.host.remove_container(&self.name).await?;
        }
        Ok(())
    }
}

/// Where it answers, and whether it had to be started for that.
async fn find_or_make(
    host: &Host,
    spec: &Spec,
    instance: &str,
    config: &Config,
) -> Result<(SocketAddr, bool), Error> {
    if let Some(address) = raise::find(host, spec, false).await?
        && Client::new(address).ready().await
    {
        return Ok((address, false));
    }
    // Only the classroom's own is wanted.
    let config = Config {
        upstreams: Vec::new(),
        ..config.clone()
    };
    raise::networks(host, instance, &config).await?;
    Ok((raise::make(host, spec).await?, true))
}

/// Whether an error is what comes of two who make the same thing at one time.
fn is_in_the_way(error: &Error) -> bool {
    matches!(error.status(), Some(400 | 404 | 409)) || matches!(error, Error::NotReady { .. })
}
