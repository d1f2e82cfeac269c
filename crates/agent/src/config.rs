//! How the agent is started: environment variables, and `--listen` for tests.
//!
//! | variable | default | what |
//! |---|---|---|
//! | `DRYDOCK_TOKEN` | none, required | the bearer token of every request |
//! | `DRYDOCK_LISTEN` | `0.0.0.0:7070` | the address that `--listen` overrides |
//! | `HOME` | `/home/learner` | the workspace |
//! | `DRYDOCK_BASHRC` | `/etc/drydock/bashrc` | what a terminal's shell reads at its start |
//! | `DRYDOCK_ENGINE` | `/usr/lib/drydock/engine` | the program that is the learner's engine |
//! | `DRYDOCK_ENGINE_SOCKET` | `/run/docker.sock` | where that engine listens |
//! | `DRYDOCK_ENGINE_DATA` | `/data/docker` | the disk whose use `/status` tells |
//! | `DRYDOCK_EXAMINE` | none | set: what a learner left behind is looked at, and only one and the same engine is believed |
//! | `DRYDOCK_PROXY` | none | the way out, with this sandbox's token in it: `http://user:token@address:port` |
//! | `DRYDOCK_NO_PROXY` | none | what is reached without it, as `NO_PROXY` says it |
//! | `DRYDOCK_CA` | none | the certificate that is trusted on the way out, as PEM |
//! | `DRYDOCK_CA_BUNDLE` | `/run/drydock/ca-certificates.crt` | where it is written to, beside those of the system |

use std::ffi::OsString;
use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use drydock_protocol::agent::PORT;
use thiserror::Error;

use crate::environment::Environment;
use crate::gateway::Gateway;

/// The environment variable of the token; kept from everything that the agent starts.
pub(crate) const TOKEN_VARIABLE: &str = "DRYDOCK_TOKEN";

/// Shorter tokens are a mistake of whoever started the agent.
const TOKEN_MIN_BYTES: usize = 16;

/// How the agent was started.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What every request must carry.
    pub token: Token,
    /// The learner's home folder, which is the workspace.
    pub home: PathBuf,
    /// What a terminal's shell reads at its start.
    pub bashrc: PathBuf,
    /// The program that is the learner's engine.
    pub engine_program: PathBuf,
    /// Where the learner's engine listens.
    pub engine_socket: PathBuf,
    /// A folder on the engine's disk.
    pub engine_data: PathBuf,
    /// Whether a learner's machine is looked at after their last command: see [`crate::engine`].
    pub examine: bool,
    /// The way out, where there is one.
    pub gateway: Option<Gateway>,
}

/// What a terminal's shell needs.
#[derive(Clone, Debug)]
pub(crate) struct ShellConfig {
    pub(crate) home: PathBuf,
    pub(crate) bashrc: PathBuf,
    pub(crate) environment: Environment,
}

/// What the engine's supervisor needs.
#[derive(Clone, Debug)]
pub(crate) struct EngineConfig {
    pub(crate) program: PathBuf,
    pub(crate) socket: PathBuf,
    pub(crate) examine: bool,
    pub(crate) environment: Environment,
}

/// The secret that a request must carry. Never printed.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Compares in a time that depends on the lengths only.
    pub fn matches(&self, offered: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differing = own
            .iter()
            .zip(offered)
            .fold(0u8, |sum, (a, b)| black_box(sum | (a ^ b)));
        own.len() == offered.len() && differing == 0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why the agent cannot start as it was asked to.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// No token, or one that can be guessed.
    #[error("{TOKEN_VARIABLE} must hold a token of {TOKEN_MIN_BYTES} characters or more")]
    Token,
    /// An address that is none.
    #[error("`{0}` is not an address to listen on; give one like 0.0.0.0:{PORT}")]
    Listen(String),
    /// An argument that there is not.
    #[error("unknown argument `{0}`; the only one is --listen ADDRESS")]
    Argument(String),
}

impl Config {
    /// From this process's arguments and environment.
    ///
    /// # Errors
    /// If something is missing or malformed; the text says what.
    pub fn from_process() -> Result<Self, ConfigError> {
        Self::from(std::env::args().skip(1), |name| {
            std::env::var_os(name).filter(|value| !value.is_empty())
        })
    }

    fn from(
        mut arguments: impl Iterator<Item = String>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let mut listen = variable("DRYDOCK_LISTEN").map(|value| value.to_string_lossy().into_owned());
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--listen" => listen = Some(arguments.next().unwrap_or_default()),
                _ => return Err(ConfigError::Argument(argument)),
            }
        }
        let listen = match listen {
            Some(text) => text.parse().map_err(|_| ConfigError::Listen(text))?,
            None => SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)),
        };
        let token = variable(TOKEN_VARIABLE)
            .and_then(|value| value.into_string().ok())
            .filter(|token| token.len() >= TOKEN_MIN_BYTES)
            .ok_or(ConfigError::Token)?;
        let path = |name, default: &str| variable(name).map_or_else(|| PathBuf::from(default), PathBuf::from);
        let text = |name| variable(name).and_then(|value| value.into_string().ok());
        let gateway = text("DRYDOCK_PROXY").map(|proxy| Gateway {
            proxy,
            no_proxy: text("DRYDOCK_NO_PROXY").unwrap_or_default(),
            ca: text("DRYDOCK_CA").unwrap_or_default(),
            bundle: path("DRYDOCK_CA_BUNDLE", "/run/drydock/ca-certificates.crt"),
        });
        Ok(Self {
            listen,
            token: Token(token),
            home: path("HOME", "/home/learner"),
            bashrc: path("DRYDOCK_BASHRC", "/etc/drydock/bashrc"),
            engine_program: path("DRYDOCK_ENGINE", "/usr/lib/drydock/engine"),
            engine_socket: path("DRYDOCK_ENGINE_SOCKET", "/run/docker.sock"),
            engine_data: path("DRYDOCK_ENGINE_DATA", "/data/docker"),
            examine: variable("DRYDOCK_EXAMINE").is_some(),
            gateway,
        })
    }

    pub(crate) fn shell(&self) -> ShellConfig {
        ShellConfig {
            home: self.home.clone(),
            bashrc: self.bashrc.clone(),
            environment: self.environment(),
        }
    }

    pub(crate) fn engine(&self) -> EngineConfig {
        EngineConfig {
            program: self.engine_program.clone(),
            socket: self.engine_socket.clone(),
            examine: self.examine,
            environment: self.environment(),
        }
    }

    /// What the agent's children find.
    pub(crate) fn environment(&self) -> Environment {
        Environment::new(self.gateway.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(arguments: &[&str], token: Option<&str>) -> Result<Config, ConfigError> {
        let token = token.map(OsString::from);
        Config::from(arguments.iter().map(ToString::to_string), |name| {
            token.clone().filter(|_| name == TOKEN_VARIABLE)
        })
    }

    #[test]
    fn defaults_are_those_of_the_sandbox() {
        let config = config(&[], Some("0123456789abcdef")).unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:7070");
        assert_eq!(config.home, PathBuf::from("/home/learner"));
    }

    #[test]
    fn without_a_token_it_does_not_start() {
        assert!(matches!(config(&[], None), Err(ConfigError::Token)));
        assert!(matches!(config(&[], Some("short")), Err(ConfigError::Token)));
    }

    #[test]
    fn without_a_proxy_there_is_no_gateway() {
        let token = Some("0123456789abcdef");
        assert!(config(&[], token).unwrap().gateway.is_none());
        let config = Config::from([].into_iter(), |name| match name {
            "DRYDOCK_TOKEN" => Some("0123456789abcdef".into()),
            "DRYDOCK_PROXY" => Some("http://sandbox:secret@172.20.0.1:3128".into()),
            _ => None,
        })
        .unwrap();
        assert!(!format!("{config:?}").contains("secret"));
        let bundle = config.gateway.unwrap().bundle;
        assert_eq!(bundle, PathBuf::from("/run/drydock/ca-certificates.crt"));
    }

    #[test]
    fn arguments_are_checked() {
        let token = Some("0123456789abcdef");
        assert_eq!(
            config(&["--listen", "127.0.0.1:0"], token)
                .unwrap()
                .listen
                .to_string(),
            "127.0.0.1:0"
        );
        assert!(matches!(
            config(&["--listen"], token),
            Err(ConfigError::Listen(_))
        ));
        assert!(matches!(
            config(&["--serve"], token),
            Err(ConfigError::Argument(_))
        ));
    }

    #[test]
    fn a_token_matches_itself_only() {
        let token = Token("0123456789abcdef".to_owned());
        assert!(token.matches(b"0123456789abcdef"));
        for other in [
            &b""[..],
            b"0123456789abcde",
            b"0123456789abcdeF",
            b"0123456789abcdef0",
        ] {
            assert!(!token.matches(other));
        }
        assert!(!format!("{token:?}").contains("0123"));
    }
}
