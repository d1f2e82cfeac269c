//! The classroom registry for one who has something to do in it, whether a server keeps it running or not.

use std::net::SocketAddr;

use bollard::Docker;

use crate::client::Client;
use crate::host::Host;
use crate::raise;
use crate::spec::Spec;
use crate::{Config, Error};

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
        let host = Host { docker };
        let spec = Spec::classroom(instance, config);
        let found = raise::find(&host, &spec, false).await?;
        let (address, started) = match found {
            Some(address) if Client::new(address).ready().await => (address, false),
            _ => {
                let config = Config {
                    upstreams: Vec::new(),
                    ..config.clone()
                };
                raise::networks(&host, instance, &config).await?;
                (raise::make(&host, &spec).await?, true)
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
