//! What people in a terminal read when something is not let through, and what the audit log says of it.

use http::header::{CONNECTION, CONTENT_TYPE, PROXY_AUTHENTICATE, RETRY_AFTER};
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::ext::ReasonPhrase;

use crate::audit::Entry;
use crate::body::{Body, Outward, empty, whole};
use crate::dial::NoWay;
use crate::rules::{Decision, Rules};
use crate::target::{NoTarget, Target};

/// Names that a text mentions before it says "and others".
const NAMED: usize = 8;

/// An answer in place of the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    /// What clients show that show only the status line of an answer to CONNECT.
    phrase: &'static str,
    text: String,
    why: String,
}

impl Refusal {
    fn new(status: StatusCode, phrase: &'static str, text: String, why: impl Into<String>) -> Self {
        Self {
            status,
            phrase,
            text,
            why: why.into(),
        }
    }

    /// Nobody is known at the address.
    pub(crate) fn stranger() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "this address is no sandbox",
            "Drydock: this is the gateway of its sandboxes, and no sandbox is known at your address."
                .to_owned(),
            "nobody is known at this address",
        )
    }

    /// No password, or a wrong one.
    pub(crate) fn unproven() -> Self {
        Self::new(
            StatusCode::PROXY_AUTHENTICATION_REQUIRED,
            "the sandbox's proxy password is needed",
            "Drydock: the gateway wants this sandbox's password. It is in the address in HTTPS_PROXY; open a new terminal if that was changed.".to_owned(),
            "no proxy password, or a wrong one",
        )
    }

    /// Asked as a web server.
    pub(crate) fn not_a_server() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "this is a proxy",
            "Drydock: this is the gateway, the sandboxes' way out. It is a proxy and has no pages; docker, pip, npm, apt and curl use it by themselves.".to_owned(),
            "asked as a web server",
        )
    }

    pub(crate) fn too_many_connections(most: u32) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many connections from this sandbox",
            format!(
                "Drydock: this sandbox has {most} connections open already, which is the most. Wait for some to end."
            ),
            "too many connections",
        )
    }

    pub(crate) fn used_up(bytes: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "this hour's bytes are used up",
            format!(
                "Drydock: this sandbox has moved its {} of this hour. Try again later; images from the classroom registry do not count.",
                size(bytes)
            ),
            "this hour's bytes are used up",
        )
    }

    pub(crate) fn too_long() -> Self {
        Self::new(
            StatusCode::URI_TOO_LONG,
            "address too long",
            "Drydock: the address is longer than the gateway takes.".to_owned(),
            "address too long",
        )
    }

    pub(crate) fn malformed(why: &'static str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed request",
            format!("Drydock: the gateway does not understand the request: {why}."),
            why,
        )
    }

    pub(crate) fn not_a_target(why: NoTarget, asked: &str) -> Self {
        match why {
            NoTarget::Address => Self::new(
                StatusCode::FORBIDDEN,
                "addresses are not let through, only names",
                "Drydock: nothing is reached by its IP address from a sandbox, only by name. A container in this sandbox is reached with `curl --noproxy '*'`.".to_owned(),
                "an IP address",
            ),
            NoTarget::Dotless => {
                let name = asked.split(':').next().unwrap_or(asked);
                Self::new(
                    StatusCode::FORBIDDEN,
                    "a name on a Docker network, add it to NO_PROXY",
                    format!(
                        "Drydock: `{name}` is a name on a Docker network inside this sandbox, where the gateway cannot reach it. Go there directly: `curl --noproxy '*' …`, or add `{name}` to NO_PROXY."
                    ),
                    "a name without a dot",
                )
            }
            NoTarget::Malformed => Self::malformed("that is no name of a host, with a port"),
        }
    }

    pub(crate) fn decided(decision: &Decision, target: &Target, rules: &Rules) -> Self {
        let host = &target.host;
        match decision {
            Decision::WrongPort => Self::new(
                StatusCode::FORBIDDEN,
                "not on this port",
                format!(
                    "Drydock: port {} of {host} is not reachable from a sandbox this way; its usual port, 443 for https and 80 for http, may be.",
                    target.port
                ),
                "port not let through",
            ),
            Decision::RegistriesOnly => Self::new(
                StatusCode::FORBIDDEN,
                "only registries are reachable here",
                format!(
                    "Drydock: {host} is not reachable from a sandbox. In this classroom only registries are: docker pull, push, search and build work."
                ),
                "registries only",
            ),
            _ => Self::new(
                StatusCode::FORBIDDEN,
                "not on Drydock's allow-list",
                format!(
                    "Drydock: {host} is not reachable from a sandbox.{} Images come from the classroom registry.",
                    packages(&rules.names())
                ),
                "not on the allow-list",
            ),
        }
    }

    pub(crate) fn no_way(why: NoWay, target: &Target) -> Self {
        let host = &target.host;
        match why {
            NoWay::NoAddress => Self::new(
                StatusCode::BAD_GATEWAY,
                "the host's name is not known",
                format!("Drydock: no address was found for {host}. Perhaps this classroom has no internet."),
                "not resolved",
            ),
            NoWay::Forbidden(address) => Self::new(
                StatusCode::FORBIDDEN,
                "the name leads to a private address",
                format!(
                    "Drydock: {host} leads to an address that is not on the internet, which sandboxes do not reach."
                ),
                format!("leads to {address}"),
            ),
            NoWay::NoAnswer => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "the host does not answer",
                format!("Drydock: {host} does not answer. Perhaps this classroom has no internet."),
                "no answer",
            ),
        }
    }

    /// Whether the policy said no, and not the world.
    fn is_policy(&self) -> bool {
        !self.status.is_server_error()
    }

    pub(crate) fn answer(self, mut entry: Entry, method: &Method) -> Response<Body> {
        entry.status(self.status.as_u16());
        if self.is_policy() {
            entry.refused(self.why);
        } else {
            entry.why(self.why);
        }
        let body = if method == Method::HEAD {
            empty()
        } else {
            whole(format!("{}\n", self.text))
        };
        let mut response =
            Response::new(Outward::new(body, entry, None)).map(http_body_util::BodyExt::boxed_unsync);
        *response.status_mut() = self.status;
        response
            .extensions_mut()
            .insert(ReasonPhrase::from_static(self.phrase.as_bytes()));
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        // Whatever follows on the connection would have to be understood first.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        match self.status {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                headers.insert(
                    PROXY_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"Drydock\""),
                );
            }
            StatusCode::TOO_MANY_REQUESTS => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("30"));
            }
            _ => {}
        }
        response
    }

    /// The answer as bytes, where there is no time to wait for a request.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        format!(
            "HTTP/1.1 {} {}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}\n",
            self.status.as_u16(),
            self.phrase,
            self.text.len() + 1,
            self.text
        )
        .into_bytes()
    }

    pub(crate) fn note(&self, entry: &mut Entry) {
        entry.status(self.status.as_u16());
        entry.refused(self.why.clone());
    }
}

fn packages(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > NAMED { " and others" } else { "" };
    format!(
        " Packages come from {}{more}.",
        names[..names.len().min(NAMED)].join(", ")
    )
}

/// Bytes, for people.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    UNITS.iter().find(|(unit, _)| bytes >= *unit).map_or_else(
        || format!("{bytes} bytes"),
        |(unit, name)| {
            let tenths = bytes * 10 / unit;
            match tenths % 10 {
                0 => format!("{} {name}", tenths / 10),
                tenth => format!("{}.{tenth} {name}", tenths / 10),
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn a_refusal_says_what_is_reachable() {
        let rules = Rules::new(&Config::default()).unwrap();
        let target = Target::parse("example.com:443", None).unwrap();
        let refusal = Refusal::decided(&Decision::Unlisted, &target, &rules);
        assert_eq!(
            refusal.text,
            "Drydock: example.com is not reachable from a sandbox. Packages come from pypi.org, files.pythonhosted.org, \
             registry.npmjs.org, deb.debian.org, security.debian.org. Images come from the classroom registry."
        );
        let web = Refusal::not_a_target(NoTarget::Dotless, "web:80");
        assert!(
            web.text.contains("`web`") && web.text.contains("--noproxy") && web.text.contains("NO_PROXY")
        );
    }

    #[test]
    fn sizes_are_for_people() {
        assert_eq!(size(1 << 30), "1 GiB");
        assert_eq!(size(1_610_612_736), "1.5 GiB");
        assert_eq!(size(12), "12 bytes");
    }
}
