//! Where a preview is, as an address, and back.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;

use crate::settings::Settings;

/// Hexadecimal digits of a sandbox's name.
const NAME_DIGITS: usize = 32;
/// Every name below it is this machine, for browsers.
const LOOPBACK: &str = "localhost";

/// A port of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The sandbox's name in addresses.
    pub name: String,
    /// The port, where it is published in the sandbox.
    pub port: u16,
}

impl Target {
    /// From the two, as they stand in a path.
    pub fn parse(name: &str, port: &str) -> Option<Self> {
        let is_name = name.len() == NAME_DIGITS
            && name
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let port = port.parse().ok().filter(|port| *port > 0)?;
        is_name.then(|| Self {
            name: name.to_owned(),
            port,
        })
    }

    /// From the first label of a host's name: `8080-NAME`.
    fn of_label(label: &str) -> Option<Self> {
        let (port, name) = label.split_once('-')?;
        Self::parse(&name.to_ascii_lowercase(), port)
    }

    /// What a path of ours to it begins with, with a slash at the end.
    pub fn path(&self) -> String {
        format!("/preview/{}/{}/", self.name, self.port)
    }
}

/// What a host's name says of previews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// It is none of a preview's.
    Other,
    /// It is below the previews' domain, and means nothing.
    Nothing,
    /// It is this one's.
    Preview(Target),
}

/// The settings that say where previews are.
#[derive(Clone, Copy, Debug)]
pub struct Addresses<'a> {
    public_url: &'a str,
    domain: &'a str,
}

impl<'a> Addresses<'a> {
    /// As the operator has it.
    pub fn new(settings: &'a Settings) -> Self {
        Self {
            public_url: &settings.public_url,
            domain: &settings.preview_domain,
        }
    }

    /// What is at the host that was asked for.
    pub(super) fn named(self, host: &str) -> Named {
        let Some(domain) = self.domain_or_loopback() else {
            return Named::Other;
        };
        let Some(authority) = host.parse::<Authority>().ok() else {
            return Named::Other;
        };
        let name = authority.host();
        let below = name.len().checked_sub(domain.len() + 1).filter(|end| {
            name.is_char_boundary(*end)
                && name[*end..].starts_with('.')
                && name[*end + 1..].eq_ignore_ascii_case(domain)
        });
        match below.map(|end| Target::of_label(&name[..end])) {
            None => Named::Other,
            Some(None) => Named::Nothing,
            Some(Some(target)) => Named::Preview(target),
        }
    }

    /// Where a browser that reached us with these headers finds a preview, and whether that has an origin of its own.
    pub fn of(self, target: &Target, headers: &HeaderMap) -> (String, bool) {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let asked = host.and_then(|host| host.parse::<Authority>().ok());
        let ours = self.public_url.split_once("://");
        let domain = if !self.domain.is_empty() {
            self.domain
        } else if ours.is_none() && asked.as_ref().is_some_and(is_loopback) {
            LOOPBACK
        } else {
            return (target.path(), false);
        };
        let (scheme, port) = match ours {
            Some((scheme, authority)) => (
                scheme,
                authority
                    .parse::<Authority>()
                    .ok()
                    .and_then(|ours| ours.port_u16()),
            ),
            None => ("http", asked.and_then(|asked| asked.port_u16())),
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let Target { name, port: number } = target;
        (format!("{scheme}://{number}-{name}.{domain}{port}/"), true)
    }

    /// What a page of ours may show in a frame, as a security policy lists it.
    pub fn frames(self) -> String {
        match (self.domain, self.public_url.split_once("://")) {
            ("", None) => format!("'self' http://*.{LOOPBACK}:*"),
            ("", Some(_)) => "'self'".to_owned(),
            (domain, Some(("https", _))) => format!("'self' https://*.{domain}:*"),
            (domain, _) => format!("'self' http://*.{domain}:*"),
        }
    }

    /// Who may show a preview in a frame, likewise.
    pub(super) fn parents(self) -> String {
        if self.public_url.is_empty() {
            "http://localhost:* http://127.0.0.1:*".to_owned()
        } else {
            self.public_url.to_owned()
        }
    }

    fn domain_or_loopback(self) -> Option<&'a str> {
        match (self.domain, self.public_url) {
            ("", "") => Some(LOOPBACK),
            ("", _) => None,
            (domain, _) => Some(domain),
        }
    }
}

fn is_loopback(authority: &Authority) -> bool {
    let name = authority.host().trim_start_matches('[').trim_end_matches(']');
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case(LOOPBACK) || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "0123456789abcdef0123456789abcdef";

    fn target() -> Target {
        Target::parse(NAME, "8080").unwrap()
    }

    fn at<'a>(public_url: &'a str, domain: &'a str) -> Addresses<'a> {
        Addresses { public_url, domain }
    }

    fn asked(host: &str) -> HeaderMap {
        HeaderMap::from_iter([(HOST, host.parse().unwrap())])
    }

    #[test]
    fn an_address_leads_back_to_its_port() {
        for (public_url, domain, host) in [
            ("", "", "127.0.0.1:3000"),
            ("", "", "localhost:3000"),
            ("", "", "[::1]:3000"),
            (
                "https://drydock.example.org",
                "previews.example.net",
                "drydock.example.org",
            ),
            (
                "http://drydock.example.org:8000",
                "previews.example.net",
                "drydock.example.org:8000",
            ),
        ] {
            let addresses = at(public_url, domain);
            let (url, own) = addresses.of(&target(), &asked(host));
            assert!(own, "{url}");
            let found = url.split_once("://").unwrap().1.trim_end_matches('/');
            assert_eq!(addresses.named(found), Named::Preview(target()), "{url}");
        }
    }

    #[test]
    fn where_there_is_no_domain_it_is_a_path() {
        for (public_url, host) in [
            ("", "192.0.2.7:3000"),
            ("https://drydock.example.org", "drydock.example.org"),
        ] {
            let (url, own) = at(public_url, "").of(&target(), &asked(host));
            assert_eq!((url.as_str(), own), (&*format!("/preview/{NAME}/8080/"), false));
        }
    }

    #[test]
    fn a_host_that_is_no_previews_is_left_to_others() {
        let addresses = at("https://drydock.example.org", "previews.example.net");
        let named = |host: &str| addresses.named(host);
        assert_eq!(named("drydock.example.org"), Named::Other);
        assert_eq!(named("previews.example.net"), Named::Other);
        assert_eq!(named(&format!("8080-{NAME}.localhost")), Named::Other);
        assert_eq!(named("x.previews.example.net"), Named::Nothing);
        assert_eq!(named(&format!("0-{NAME}.previews.example.net")), Named::Nothing);
        assert_eq!(
            named(&format!("a.8080-{NAME}.previews.example.net")),
            Named::Nothing
        );
        assert_eq!(
            at("https://drydock.example.org", "").named(&format!("80-{NAME}.localhost")),
            Named::Other
        );
    }

    #[test]
    fn a_name_is_digits() {
        assert!(Target::parse(NAME, "80").is_some());
        for (name, port) in [
            ("..", "80"),
            ("", "80"),
            (NAME, "0"),
            (NAME, "65536"),
            (NAME, "a"),
            (&NAME[1..], "80"),
        ] {
            assert!(Target::parse(name, port).is_none(), "{name} {port}");
        }
    }
}
