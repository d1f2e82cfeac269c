//! The instance's network: an internal bridge without traffic between sandboxes, closed towards the host.

use std::collections::HashMap;
use std::net::IpAddr;

use bollard::models::{NetworkCreateRequest, NetworkInspect};

use crate::helper::Helper;
use crate::host::Host;
use crate::names::{LABEL_INSTANCE, LABEL_ROLE, Role};
use crate::{Config, Error};

const FIREWALL: &str = "/usr/lib/drydock/firewall";

/// The network's name.
pub(crate) fn name(config: &Config) -> String {
    format!("drydock-{}", config.instance)
}

/// The host's end of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bridge {
    /// The interface's name on the host: Docker takes it from the network's id.
    interface: String,
    /// The host's address on it.
    pub(crate) address: Option<IpAddr>,
}

/// Makes the network, if it is not there, and closes the host's door to it, but for the gateway's port. Done again whenever
/// the host engine comes back: a restart of either may have lost the rules. `ask` is run by the same helper, and what it
/// prints comes back.
pub(crate) async fn ensure(host: &Host, config: &Config, ask: &str) -> Result<(Bridge, String), Error> {
    let bridge = if let Some(bridge) = find(host, config).await? {
        bridge
    } else {
        let (own, request) = (host.clone(), request(config));
        let making = async move {
            let call = own.docker().create_network(request);
            own.call("make the sandboxes' network", call).await
        };
        match host.see_through(making).await {
            // 409: another of our tasks was faster.
            Ok(_)
            | Err(Error::Host {
                status: Some(409), ..
            }) => {}
            Err(error) => return Err(error),
        }
        find_after_making(host, config).await?
    };
    let port = config
        .gateway
        .as_ref()
        .map(|gateway| gateway.port.to_string())
        .unwrap_or_default();
    let script = format!("{FIREWALL} {} {port} && {ask}", bridge.interface);
    let said = firewall(vec!["/bin/sh".to_owned(), "-c".to_owned(), script])
        .run(host, config)
        .await?;
    Ok((bridge, said))
}

/// Removes the network and its rules.
pub(crate) async fn remove(host: &Host, config: &Config) -> Result<(), Error> {
    let Some(bridge) = find(host, config).await? else {
        return Ok(());
    };
    firewall(vec![FIREWALL.to_owned(), "--remove".to_owned(), bridge.interface])
        .run(host, config)
        .await?;
    match host
        .call(
            "remove the sandboxes' network",
            host.docker().remove_network(&name(config)),
        )
        .await
    {
        Err(Error::Host {
            status: Some(404), ..
        }) => Ok(()),
        other => other,
    }
}

fn request(config: &Config) -> NetworkCreateRequest {
    let strings = |pairs: [(&str, &str); 2]| pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    NetworkCreateRequest {
        name: name(config),
        driver: Some("bridge".to_owned()),
        // No way out: neither a route nor a translation of addresses.
        internal: Some(true),
        enable_ipv6: Some(false),
        options: Some(HashMap::from(strings([
            // Sandboxes do not see each other.
            ("com.docker.network.bridge.enable_icc", "false"),
            ("com.docker.network.bridge.enable_ip_masquerade", "false"),
        ]))),
        labels: Some(HashMap::from(strings([
            (LABEL_INSTANCE, &config.instance),
            (LABEL_ROLE, Role::Network.as_str()),
        ]))),
        ..NetworkCreateRequest::default()
    }
}

/// The network's end on the host, if there is the network.
pub(crate) async fn find(host: &Host, config: &Config) -> Result<Option<Bridge>, Error> {
    let found = host
        .call(
            "look at the sandboxes' network",
            host.docker().inspect_network(&name(config), None),
        )
        .await;
    match found {
        Ok(network) => Ok(read(&network)),
        Err(Error::Host {
            status: Some(404), ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read(network: &NetworkInspect) -> Option<Bridge> {
    let interface = format!("br-{}", network.id.as_ref()?.get(..12)?);
    let address = network
        .ipam
        .as_ref()
        .and_then(|ipam| ipam.config.as_ref())
        .and_then(|subnets| subnets.first()?.gateway.as_ref())
        // Some engines write it with the length of the network's prefix.
        .and_then(|gateway| gateway.split('/').next()?.parse().ok());
    Some(Bridge { interface, address })
}

async fn find_after_making(host: &Host, config: &Config) -> Result<Bridge, Error> {
    find(host, config).await?.ok_or_else(|| Error::Host {
        doing: "make the sandboxes' network".to_owned(),
        why: "it was made and is gone again".to_owned(),
        status: None,
    })
}

fn firewall(command: Vec<String>) -> Helper {
    Helper {
        command,
        capabilities: vec!["NET_ADMIN", "NET_RAW"],
        host_network: true,
        ..Helper::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_leads_nowhere_and_keeps_sandboxes_apart() {
        let request = request(&Config::default());
        assert_eq!(request.internal, Some(true));
        assert_eq!(request.enable_ipv6, Some(false));
        let options = request.options.unwrap();
        assert_eq!(options["com.docker.network.bridge.enable_icc"], "false");
    }

    #[test]
    fn the_hosts_address_on_it_is_read() {
        let network = |gateway: &str| -> NetworkInspect {
            serde_json::from_value(serde_json::json!({
                "Id": "0123456789abcdef",
                "IPAM": { "Config": [{ "Subnet": "172.20.0.0/16", "Gateway": gateway }] },
            }))
            .unwrap()
        };
        let expected = Bridge {
            interface: "br-0123456789ab".to_owned(),
            address: Some("172.20.0.1".parse().unwrap()),
        };
        assert_eq!(read(&network("172.20.0.1")), Some(expected.clone()));
        assert_eq!(read(&network("172.20.0.1/16")), Some(expected));
        assert_eq!(read(&network("")).unwrap().address, None);
        assert_eq!(read(&NetworkInspect::default()), None);
    }
}
