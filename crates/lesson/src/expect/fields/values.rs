//! Values of fields that are one word or a few: states, ports, mounts, policies.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::expect::error::ExpectError;
use crate::expect::quantity::from_scalar;
use crate::expect::reference::Reference;

/// An enum whose values are words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal { $($(#[$case_doc:meta])* $case:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$case_doc])* $case),+
        }

        impl $name {
            /// The word that authors and the engine use for it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$case => $word),+ }
            }
        }

        impl FromStr for $name {
            type Err = ExpectError;

            fn from_str(text: &str) -> Result<Self, ExpectError> {
                match text {
                    $($word => Ok(Self::$case),)+
                    _ => Err(ExpectError::Value {
                        text: text.chars().take(80).collect(),
                        what: $what,
                        allowed: concat!("allowed are", $(" `", $word, "`"),+).to_owned(),
                    }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        from_scalar! { $name, $what; }
    };
}

words! {
    /// Where a container is in its life.
    ContainerState, "a container's state" {
        /// Made, never started.
        Created = "created",
        /// Its process runs.
        Running = "running",
        /// Its process is frozen.
        Paused = "paused",
        /// It ended and is about to be started again.
        Restarting = "restarting",
        /// It is being removed.
        Removing = "removing",
        /// Its process ended.
        Exited = "exited",
        /// It could not be removed.
        Dead = "dead",
    }
}

words! {
    /// What a container's health check says.
    Health, "a container's health" {
        /// The check passes.
        Healthy = "healthy",
        /// The check fails.
        Unhealthy = "unhealthy",
        /// It is too early to say.
        Starting = "starting",
        /// There is no check.
        None = "none",
    }
}

words! {
    /// The transport of a port.
    Protocol, "a protocol" {
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// SCTP.
        Sctp = "sctp",
    }
}

fn value(text: &str, what: &'static str, allowed: &str) -> ExpectError {
    ExpectError::Value {
        text: text.chars().take(80).collect(),
        what,
        allowed: allowed.to_owned(),
    }
}

/// A port that an image declares: `80`, `53/udp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortWanted {
    /// Its number.
    pub port: u16,
    /// Its transport; TCP where none is written.
    pub protocol: Protocol,
}

impl FromStr for PortWanted {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        match port.parse() {
            Ok(port) if port != 0 => Ok(Self {
                port,
                protocol: protocol.parse()?,
            }),
            _ => Err(value(
                text,
                "a port",
                "write a number from 1 to 65535, and `/udp` after it if it is not TCP",
            )),
        }
    }
}

impl fmt::Display for PortWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.protocol {
            Protocol::Tcp => write!(f, "{}", self.port),
            other => write!(f, "{}/{other}", self.port),
        }
    }
}

/// A port that a container publishes: `8080:80`, `127.0.0.1:8080:80`, or `80` for "published somewhere".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedPort {
    /// The address on the host, if it matters.
    pub address: Option<IpAddr>,
    /// The port on the host, if it matters.
    pub host: Option<u16>,
    /// The port in the container.
    pub container: PortWanted,
}

impl FromStr for PublishedPort {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let wrong = || {
            value(
                text,
                "a published port",
                "write `80`, `8080:80` or `127.0.0.1:8080:80`",
            )
        };
        let Some((before, container)) = text.rsplit_once(':') else {
            return Ok(Self {
                address: None,
                host: None,
                container: text.parse()?,
            });
        };
        let (address, host) = match before.rsplit_once(':') {
            Some((address, host)) => {
                let address = address.trim_start_matches('[').trim_end_matches(']');
                (Some(address.parse().map_err(|_| wrong())?), host)
            }
            None => (None, before),
        };
        Ok(Self {
            address,
            host: Some(host.parse().map_err(|_| wrong())?),
            container: container.parse()?,
        })
    }
}

impl fmt::Display for PublishedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = self.address {
            write!(f, "{address}:")?;
        }
        if let Some(host) = self.host {
            write!(f, "{host}:")?;
        }
        self.container.fmt(f)
    }
}

/// A mount: `/data`, `volume:/data`, `./site:/usr/share/nginx/html:ro`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountWanted {
    /// A volume's name, or a path on the host (`./…` is relative to the workspace). None: whatever it is.
    pub source: Option<String>,
    /// Where it is in the container.
    pub target: String,
    /// Whether it is read-only, if that matters.
    pub read_only: Option<bool>,
}

impl FromStr for MountWanted {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let (rest, read_only) = match text.rsplit_once(':') {
            Some((rest, "ro")) => (rest, Some(true)),
            Some((rest, "rw")) => (rest, Some(false)),
            _ => (text, None),
        };
        let (source, target) = match rest.split_once(':') {
            Some((source, target)) => (Some(source.to_owned()), target),
            None => (None, rest),
        };
        if !target.starts_with('/') || target.contains(':') || source.as_deref() == Some("") {
            return Err(value(
                text,
                "a mount",
                "write `/in/container`, `volume:/in/container` or `./folder:/in/container:ro`",
            ));
        }
        Ok(Self {
            source,
            target: target.to_owned(),
            read_only,
        })
    }
}

impl fmt::Display for MountWanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}:")?;
        }
        f.write_str(&self.target)?;
        match self.read_only {
            Some(true) => f.write_str(":ro"),
            Some(false) => f.write_str(":rw"),
            None => Ok(()),
        }
    }
}

/// A restart policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restart {
    /// Never.
    No,
    /// Whatever the reason.
    Always,
    /// Unless somebody stopped it.
    UnlessStopped,
    /// When it failed; with a number, at most so many times.
    OnFailure(Option<u32>),
}

impl FromStr for Restart {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let wrong = || {
            value(
                text,
                "a restart policy",
                "allowed are `no`, `always`, `unless-stopped`, `on-failure` and `on-failure:3`",
            )
        };
        match text {
            "no" => Ok(Self::No),
            "always" => Ok(Self::Always),
            "unless-stopped" => Ok(Self::UnlessStopped),
            "on-failure" => Ok(Self::OnFailure(None)),
            _ => {
                let times = text.strip_prefix("on-failure:").ok_or_else(wrong)?;
                times
                    .parse()
                    .map(|times| Self::OnFailure(Some(times)))
                    .map_err(|_| wrong())
            }
        }
    }
}

impl fmt::Display for Restart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::No => f.write_str("no"),
            Self::Always => f.write_str("always"),
            Self::UnlessStopped => f.write_str("unless-stopped"),
            Self::OnFailure(None) => f.write_str("on-failure"),
            Self::OnFailure(Some(times)) => write!(f, "on-failure:{times}"),
        }
    }
}

/// The user that an image runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// `non-root`: anybody but root.
    NonRoot,
    /// This one: a name or a number, with or without a group.
    Is(String),
}

impl User {
    /// Whether the user of an image's configuration is meant.
    pub fn matches(&self, found: &str) -> bool {
        let name = found.split(':').next().unwrap_or_default();
        let is_root = matches!(name, "" | "root" | "0");
        match self {
            Self::NonRoot => !is_root,
            Self::Is(wanted) if matches!(wanted.as_str(), "root" | "0") => is_root,
            Self::Is(wanted) => wanted == found || wanted == name,
        }
    }
}

impl FromStr for User {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        match text {
            "" => Err(value(text, "a user", "write a name, a number or `non-root`")),
            "non-root" | "nonroot" => Ok(Self::NonRoot),
            name => Ok(Self::Is(name.to_owned())),
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NonRoot => f.write_str("anybody but root"),
            Self::Is(name) => f.write_str(name),
        }
    }
}

/// The moment after which an image is to have been made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreatedAfter {
    /// `start`: the moment at which the exercise was first looked at.
    Start,
    /// A date, or a date and a time in UTC; seconds since 1970.
    Time(i64),
    /// The making of another image.
    Image(Reference),
}

impl FromStr for CreatedAfter {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        if text == "start" {
            return Ok(Self::Start);
        }
        if let Some(seconds) = unix_seconds(text) {
            return Ok(Self::Time(seconds));
        }
        text.parse().map(Self::Image).map_err(|_| {
            value(text, "a moment", "write `start`, a date such as `2026-11-23`, a time such as `2026-11-23T15:00:00Z`, or an image")
        })
    }
}

/// `2026-11-23` or `2026-11-23T15:00:00Z` in seconds since 1970.
fn unix_seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    let numbers = |text: &str, by: char| -> Option<[i64; 3]> {
        text.split(by)
            .map(|part| part.parse::<i64>().ok())
            .collect::<Option<Vec<_>>>()?
            .try_into()
            .ok()
    };
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time.strip_suffix('Z')?, ':')?;
    let sound = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..61).contains(&second);
    // Days since 1970 in the Gregorian calendar, with years that begin in March so that leap days come last.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719_468;
    sound.then_some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

from_scalar! {
    PortWanted, "a port such as `80` or `53/udp`";
    PublishedPort, "a published port such as `8080:80`";
    MountWanted, "a mount such as `volume:/data`";
    Restart, "a restart policy";
    User, "a user: a name, a number or `non-root`";
    CreatedAfter, "`start`, a date, a time or an image";
}

#[cfg(test)]
mod tests {
    use super::{CreatedAfter, MountWanted, PublishedPort, Restart, User};

    #[test]
    fn published_ports_round_trip() {
        for text in ["80", "8080:80", "53:53/udp", "127.0.0.1:8080:80"] {
            assert_eq!(text.parse::<PublishedPort>().unwrap().to_string(), text);
        }
        for text in ["", "0", "web:80", "8080:99999", "nowhere:1:2"] {
            assert!(text.parse::<PublishedPort>().is_err(), "{text}");
        }
    }

    #[test]
    fn mounts_round_trip() {
        for text in [
            "/data",
            "data:/data",
            "./site:/srv:ro",
            "/home/learner/site:/srv:rw",
        ] {
            assert_eq!(text.parse::<MountWanted>().unwrap().to_string(), text);
        }
        assert!("data".parse::<MountWanted>().is_err());
        assert!(":/data".parse::<MountWanted>().is_err());
    }

    #[test]
    fn users_are_compared_without_their_group() {
        assert!(User::Is("node".into()).matches("node:node"));
        assert!(User::Is("root".into()).matches(""));
        assert!(User::NonRoot.matches("1000"));
        assert!(!User::NonRoot.matches("0:0"));
        assert!(!User::Is("node".into()).matches("nodes"));
    }

    #[test]
    fn moments_are_dates_times_or_images() {
        assert_eq!("start".parse(), Ok(CreatedAfter::Start));
        assert_eq!("1970-01-02".parse(), Ok(CreatedAfter::Time(86_400)));
        assert_eq!(
            "2024-02-29T12:00:01Z".parse(),
            Ok(CreatedAfter::Time(1_709_208_001))
        );
        assert!(matches!("my-app:v1".parse(), Ok(CreatedAfter::Image(_))));
        assert!("Next Tuesday".parse::<CreatedAfter>().is_err());
    }

    #[test]
    fn restart_policies_round_trip() {
        for text in ["no", "always", "unless-stopped", "on-failure", "on-failure:3"] {
            assert_eq!(text.parse::<Restart>().unwrap().to_string(), text);
        }
        assert!("on-failure:x".parse::<Restart>().is_err());
    }
}
