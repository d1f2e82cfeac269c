//! Every setting of the server, in one struct.
//!
//! Read from `drydock.toml` (or the file that `--config` names), then from the environment: `DRYDOCK_` and the
//! field's name, with two underscores between the names of nested ones (`DRYDOCK_SANDBOX__CAPACITY=30`).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Variables that begin like settings and are none: the log filter, where base images come from, and what the tests and `cargo xtask watch` use.
const NOT_SETTINGS: [&str; 4] = ["DRYDOCK_BASE", "DRYDOCK_BIN", "DRYDOCK_DEV", "DRYDOCK_LOG"];

/// The settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The address to serve on.
    pub listen: SocketAddr,
    /// The address that people type, `https://drydock.example.org`, without a slash at the end. Empty: whatever
    /// loopback name or IP address they used. Set it when Drydock is reached by a name or through a proxy;
    /// with `https` the session cookie is marked Secure.
    pub public_url: String,
    /// The domain whose every subdomain leads to this server, for previews of learners' own web servers: `previews.example.net`. It
    /// should have nothing to do with that of `public_url`. Empty: names below `localhost` where Drydock is reached by a loopback
    /// address, and sandboxed pages at a path of its own everywhere else.
    pub preview_domain: String,
    /// Where courses are. Empty: the ones that the binary carries.
    pub content: PathBuf,
    /// Where the database, the classroom images and the record of who has which sandbox are kept.
    pub data_dir: PathBuf,
    /// The host engine's address; empty: `DOCKER_HOST`, or the local socket.
    pub docker_host: String,
    /// How long a session cookie lasts without a visit, in days.
    pub session_days: u32,
    /// Days without a visit after which a learner is forgotten, with all progress; 0: never.
    pub learner_days: u32,
    /// When learners may see solutions, in lessons that do not say so themselves.
    pub solutions: drydock_lesson::Solutions,
    /// How sandboxes are made.
    pub sandbox: drydock_sandbox::Config,
    /// What sandboxes may reach.
    pub gateway: drydock_gateway::Config,
    /// The classroom's registry.
    pub registry: drydock_registry::Config,
    /// Submissions that the server grades.
    pub grading: Grading,
}

/// Submissions that the server grades: those of exercises with `check: submit`, and those of other systems.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grading {
    /// How many are graded at one time. Each takes a sandbox's seat.
    pub jobs: u16,
    /// How many may wait.
    pub queue: u32,
    /// Seconds that the commands of one may run, all together.
    pub timeout_s: u32,
    /// The SHA-256 of the token that other systems show, as 64 hexadecimal digits. Without it, there is nothing for them.
    pub token_sha256: Option<TokenHash>,
}

impl Default for Grading {
    fn default() -> Self {
        Self {
            jobs: 1,
            queue: 200,
            timeout_s: 300,
            token_sha256: None,
        }
    }
}

/// What is kept of a token: enough to know it again, and not enough to make it.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenHash(pub(crate) [u8; 32]);

impl TryFrom<String> for TokenHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WRONG: &str = "token_sha256 is 64 hexadecimal digits: what `printf %s TOKEN | sha256sum` prints, and not the token itself";
        if text.len() != 64 || !text.is_ascii() {
            return Err(WRONG);
        }
        let mut hash = [0; 32];
        for (byte, place) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[place..place + 2], 16).map_err(|_| WRONG)?;
        }
        Ok(Self(hash))
    }
}

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

impl Default for Settings {
    fn default() -> Self {
        let data_dir = default_data_dir();
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: String::new(),
            preview_domain: String::new(),
            content: PathBuf::new(),
            sandbox: drydock_sandbox::Config {
                data_dir: data_dir.clone(),
                ..Default::default()
            },
            gateway: drydock_gateway::Config::default(),
            registry: drydock_registry::Config::default(),
            grading: Grading::default(),
            data_dir,
            docker_host: String::new(),
            session_days: 30,
            learner_days: 365,
            solutions: drydock_lesson::Solutions::default(),
        }
    }
}

/// `/var/lib/drydock` for root, the user's own data folder otherwise.
fn default_data_dir() -> PathBuf {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    match (std::env::var_os("XDG_DATA_HOME"), home) {
        (Some(data), _) => PathBuf::from(data).join("drydock"),
        (None, Some(home)) if home != Path::new("/root") => home.join(".local/share/drydock"),
        _ => PathBuf::from("/var/lib/drydock"),
    }
}

/// Why settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file or the environment says something that is not a setting, or not of its kind.
    #[error("the settings cannot be used: {0}. Each setting is described in deploy/drydock.toml")]
    Invalid(#[from] config::ConfigError),
    /// `public_url` is not an address.
    #[error(
        "public_url is `{0}`, which is not an address like https://drydock.example.org (no path, no slash at the end)"
    )]
    PublicUrl(String),
    /// `preview_domain` is not a domain, or is one that `public_url` is in.
    #[error(
        "preview_domain is `{0}`, which is not a domain that is free for previews, like previews.example.net: a name without scheme and port, which public_url is not in"
    )]
    PreviewDomain(String),
}

impl Settings {
    /// Reads `file` (which must exist if it is named; else `drydock.toml` is read where there is one) and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let source = match file {
            Some(path) => config::File::from(path).required(true),
            None => config::File::from(Path::new("drydock.toml")).required(false),
        };
        let named = std::env::vars()
            .filter(|(name, _)| !NOT_SETTINGS.contains(&name.as_str()))
            .collect();
        let environment = config::Environment::with_prefix("DRYDOCK")
            .prefix_separator("_")
            .separator("__")
            .try_parsing(true)
            .source(Some(named));
        let mut settings: Self = config::Config::builder()
            .add_source(source)
            .add_source(environment)
            .build()?
            .try_deserialize()?;
        settings.sandbox.data_dir.clone_from(&settings.data_dir);
        if !settings.public_url.is_empty() && !is_origin(&settings.public_url) {
            return Err(SettingsError::PublicUrl(settings.public_url));
        }
        if !settings.preview_domain.is_empty() && !is_free(&settings.preview_domain, &settings.public_url) {
            return Err(SettingsError::PreviewDomain(settings.preview_domain));
        }
        Ok(settings)
    }

    /// Whether people come over TLS, so that cookies may say Secure.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// Whether `url` is a scheme, a host and perhaps a port, and nothing more.
fn is_origin(url: &str) -> bool {
    url.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
            && !url.ends_with('/')
            && uri.path() == "/"
            && uri.query().is_none()
    })
}

/// Whether `domain` is a name that hosts of ours are not in.
fn is_free(domain: &str, public_url: &str) -> bool {
    let is_name = domain.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    });
    let ours = public_url.parse::<http::Uri>().ok();
    let ours = ours
        .as_ref()
        .and_then(http::Uri::host)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let domain = domain.to_ascii_lowercase();
    is_name && domain.len() <= 200 && ours != domain && !ours.ends_with(&format!(".{domain}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_have_a_domain_that_we_are_not_in() {
        let ours = "https://drydock.example.org";
        assert!(is_free("previews.example.net", ours));
        assert!(is_free("localhost", ""));
        for domain in [
            "example.org",
            "drydock.example.org",
            "https://previews.example.net",
            "a..b",
            "a:80",
            "a b",
            "",
        ] {
            assert!(!is_free(domain, ours), "{domain}");
        }
    }

    /// The file that operators copy from says what the defaults are; it must not drift from them.
    #[test]
    fn the_described_settings_are_the_defaults() {
        let described: Settings = config::Config::builder()
            .add_source(config::File::from(Path::new(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../deploy/drydock.toml"
            ))))
            .build()
            .unwrap()
            .try_deserialize()
            .unwrap();
        let mut defaults = Settings::default();
        defaults.sandbox.data_dir.clone_from(&described.sandbox.data_dir);
        assert_eq!(format!("{described:?}"), format!("{defaults:?}"));
    }

    #[test]
    fn a_public_url_is_an_origin() {
        assert!(is_origin("https://drydock.example.org"));
        assert!(is_origin("http://10.0.0.5:3000"));
        assert!(!is_origin("https://drydock.example.org/"));
        assert!(!is_origin("https://drydock.example.org/learn"));
        assert!(!is_origin("drydock.example.org"));
    }
}
