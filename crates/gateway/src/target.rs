//! What a request wants to reach: a host's name and a port, parsed strictly. An address never passes for a name.

use std::fmt;

/// A host's name, in lower case, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Why an authority is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoTarget {
    /// An IP address, in whatever notation.
    Address,
    /// A name without a dot: a container's, not a host's.
    Dotless,
    /// Not a host's name at all.
    Malformed,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Target {
    /// Parses `host:port`, or `host` where there is a `default` port.
    pub(crate) fn parse(authority: &str, default: Option<u16>) -> Result<Self, NoTarget> {
        if authority.starts_with('[') {
            return Err(NoTarget::Address);
        }
        let (host, port) = match (authority.split_once(':'), default) {
            // Two colons: an IPv6 address that lacks its brackets.
            (Some((_, rest)), _) if rest.contains(':') => return Err(NoTarget::Address),
            (Some((host, port)), _) => (host, parse_port(port).ok_or(NoTarget::Malformed)?),
            (None, Some(default)) => (authority, default),
            (None, None) => return Err(NoTarget::Malformed),
        };
        let host = host.to_ascii_lowercase();
        check_name(&host)?;
        Ok(Self { host, port })
    }
}

fn parse_port(port: &str) -> Option<u16> {
    let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
    port.parse().ok().filter(|&port| digits && port != 0)
}

/// Whether this is a host's name: letters, digits, dashes and dots, with a last label that is no number.
pub(crate) fn check_name(host: &str) -> Result<(), NoTarget> {
    let bare = host.strip_suffix('.').unwrap_or(host);
    // What the C library, curl and browsers take for an address has a number as its last label: 127.1, 0x7f000001,
    // 2130706433, 0177.0.0.1 and the like.
    let last = bare.rsplit('.').next().unwrap_or(bare);
    if is_number(last) {
        return Err(NoTarget::Address);
    }
    let label_is_right = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.len() > 253 || !host.split('.').all(label_is_right) {
        return Err(NoTarget::Malformed);
    }
    if !host.contains('.') {
        return Err(NoTarget::Dotless);
    }
    Ok(())
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label
        .strip_prefix("0x")
        .or_else(|| label.strip_prefix("0X"))
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || (!label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_in_lower_case() {
        let target = Target::parse("PyPI.org:443", None).unwrap();
        assert_eq!((target.host.as_str(), target.port), ("pypi.org", 443));
        assert_eq!(Target::parse("deb.debian.org", Some(80)).unwrap().port, 80);
        assert_eq!(Target::parse("pypi.org", None), Err(NoTarget::Malformed));
        assert_eq!(Target::parse("web:80", None), Err(NoTarget::Dotless));
        assert_eq!(Target::parse("localhost:443", None), Err(NoTarget::Dotless));
    }

    #[test]
    fn an_address_in_any_notation_is_none() {
        for address in [
            "127.0.0.1:443",
            "127.0.0.1.:443",
            "127.1:443",
            "2130706433:443",
            "0x7f000001:443",
            "0x7f.1:443",
            "0X7F.0x0.0x0.0x1:443",
            "017700000001:443",
            "0177.0.0.1:443",
            "169.254.169.254:443",
            "[::1]:443",
            "[::ffff:127.0.0.1]:443",
            "[fe80::1%25eth0]:443",
            "[::1",
            "::1:443",
            "fe80::1",
            "0x:443",
            "a.0x1:443",
            "256.256.256.256:443",
            "1:443",
        ] {
            assert_eq!(Target::parse(address, None), Err(NoTarget::Address), "{address}");
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for authority in [
            "",
            ":443",
            "pypi.org:",
            "pypi.org:0",
            "pypi.org:65536",
            "pypi.org:+443",
            "pypi.org: 443",
            "pypi.org.:443",
            "pypi..org:443",
            ".pypi.org:443",
            "user@pypi.org:443",
            "pypi.org%00.evil.com:443",
            "pypi.org/x:443",
            "pypi.org#:443",
            "-a.org:443",
            "pypï.org:443",
            "pypi.org\\.evil.com:443",
        ] {
            assert_eq!(
                Target::parse(authority, None),
                Err(NoTarget::Malformed),
                "{authority}"
            );
        }
        assert!(Target::parse(&format!("{}.org:443", "a".repeat(64)), None).is_err());
        assert!(Target::parse(&format!("{}org:443", "a.".repeat(130)), None).is_err());
    }
}
