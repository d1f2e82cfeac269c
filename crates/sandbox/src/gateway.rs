//! The way out of a sandbox, as far as sandboxes are concerned: where it is, whom they trust there, and who they are to it.

use std::fmt;
use std::net::IpAddr;

use sha2::{Digest, Sha256};

use crate::names::{self, Owner, SandboxId};

/// What a sandbox reaches without the gateway: itself, and the containers in it.
pub const NO_PROXY: &str = "localhost,127.0.0.0/8,::1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16";

/// The user's name that sandboxes give to the gateway; who they are, their token says.
const USER: &str = "sandbox";
/// Hexadecimal digits of a sandbox's token for the gateway.
const TOKEN_DIGITS: usize = 32;

/// How sandboxes use the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayAccess {
    /// The TCP port at which it listens, on the host's address on the sandboxes' network; see [`crate::Sandboxes::bridge`].
    pub port: u16,
    /// The certificate that the sandboxes' engines trust beside the usual ones, as PEM.
    pub ca_pem: String,
    /// What is reached without it, as `NO_PROXY` says it.
    pub no_proxy: String,
}

impl GatewayAccess {
    /// The gateway at this port, with this certificate, for everything but [`NO_PROXY`].
    pub fn new(port: u16, ca_pem: impl Into<String>) -> Self {
        Self {
            port,
            ca_pem: ca_pem.into(),
            no_proxy: NO_PROXY.to_owned(),
        }
    }

    /// A sandbox's proxy, as its environment has it.
    pub(crate) fn proxy(&self, bridge: IpAddr, proxy_token: &str) -> String {
        // An IPv6 address would want brackets; the network has none.
        format!("http://{USER}:{proxy_token}@{bridge}:{}", self.port)
    }

    /// Tells these settings from others: a sandbox that was made with others does not get out.
    pub(crate) fn mark(&self, bridge: IpAddr) -> String {
        let mut hash = Sha256::new();
        for part in [
            &bridge.to_string(),
            &self.port.to_string(),
            &self.ca_pem,
            &self.no_proxy,
        ] {
            hash.update(part);
            hash.update([0]);
        }
        hex(&hash.finalize(), 16)
    }
}

/// Who is at an address of the sandboxes' network.
#[derive(Clone, PartialEq, Eq)]
pub struct GuestView {
    /// Which sandbox.
    pub sandbox: SandboxId,
    /// Whose; None while it is nobody's.
    pub owner: Option<Owner>,
    /// What it has to show to the gateway. A secret between the two.
    pub proxy_token: String,
}

impl fmt::Debug for GuestView {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GuestView")
            .field("sandbox", &self.sandbox)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// A sandbox's token for the gateway, from its agent's: a later server that finds the one knows the other. What opens the
/// gateway does not open the agent.
pub(crate) fn proxy_token(agent_token: &str) -> String {
    derived("gateway", agent_token)
}

/// A sandbox's name in the addresses of its previews. What is in the sandbox can work it out; nobody else can.
pub(crate) fn preview_name(proxy_token: &str) -> String {
    derived("preview", proxy_token)
}

fn derived(purpose: &str, secret: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(purpose);
    hash.update([0]);
    hash.update(secret);
    hex(&hash.finalize(), TOKEN_DIGITS)
}

/// The first of these bytes as so many hexadecimal digits.
pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    let mut text = names::hex(bytes);
    text.truncate(digits);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIDGE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(172, 20, 0, 1));

    #[test]
    fn a_sandbox_is_known_by_a_token_that_is_not_its_agents() {
        let token = proxy_token("0123456789abcdef0123456789abcdef");
        assert_eq!(token.len(), TOKEN_DIGITS);
        assert!(token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(token, "0123456789abcdef0123456789abcdef");
        assert_eq!(token, proxy_token("0123456789abcdef0123456789abcdef"));
        assert_ne!(token, proxy_token("1123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn the_proxy_is_an_address_with_the_token() {
        assert_eq!(
            GatewayAccess::new(3128, "pem").proxy(BRIDGE, "abc"),
            "http://sandbox:abc@172.20.0.1:3128"
        );
    }

    #[test]
    fn every_setting_is_in_the_mark() {
        let gateway = GatewayAccess::new(3128, "pem");
        let mark = gateway.mark(BRIDGE);
        assert_eq!(mark, gateway.clone().mark(BRIDGE));
        assert_ne!(mark, gateway.mark("172.21.0.1".parse().unwrap()));
        for other in [
            GatewayAccess {
                port: 3129,
                ..gateway.clone()
            },
            GatewayAccess {
                ca_pem: "another".into(),
                ..gateway.clone()
            },
            GatewayAccess {
                no_proxy: "localhost".into(),
                ..gateway.clone()
            },
        ] {
            assert_ne!(mark, other.mark(BRIDGE), "{other:?}");
        }
    }

    #[test]
    fn the_token_is_not_printed() {
        let guest = GuestView {
            sandbox: SandboxId::random(),
            owner: None,
            proxy_token: "secret".to_owned(),
        };
        assert!(!format!("{guest:?}").contains("secret"));
    }
}
