//! Who is at an address of the sandboxes' network, and whether they are who they say they are.

use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::PROXY_AUTHORIZATION;
use subtle::ConstantTimeEq;

const USER: &str = "sandbox";

/// A sandbox, as the gateway has to know it.
#[derive(Clone, PartialEq, Eq)]
pub struct Guest {
    /// The sandbox's id.
    pub sandbox: String,
    /// Whose it is. None: it is still in the pool.
    pub learner: Option<String>,
    /// The password that it uses the gateway with.
    pub proxy_token: String,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest")
            .field("sandbox", &self.sandbox)
            .field("learner", &self.learner)
            .finish_non_exhaustive()
    }
}

/// Tells who is at an address. Asked for every request.
pub trait Guests: Send + Sync + 'static {
    /// The sandbox at this address of the sandboxes' network, if there is one. Must be quick.
    fn at(&self, address: IpAddr) -> Option<Guest>;
}

impl Guest {
    /// Whether the request carries this guest's password, and only that.
    pub(crate) fn proves(&self, headers: &HeaderMap) -> bool {
        let mut given = headers.get_all(PROXY_AUTHORIZATION).iter();
        let (Some(value), None) = (given.next(), given.next()) else {
            return false;
        };
        let said = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
        let right = format!("{USER}:{}", self.proxy_token);
        // An empty token would be one that everybody knows.
        !self.proxy_token.is_empty()
            && said.is_some_and(|said| bool::from(said.as_slice().ct_eq(right.as_bytes())))
    }
}

/// Whether a learner's id may become a part of a repository's name.
pub(crate) fn is_learner_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
        && bytes[0] != b'-'
        && bytes[bytes.len() - 1] != b'-'
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn guest(token: &str) -> Guest {
        Guest {
            sandbox: "s1".into(),
            learner: None,
            proxy_token: token.into(),
        }
    }

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(PROXY_AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    #[test]
    fn only_the_right_password_alone_proves_a_guest() {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        let right = basic("sandbox:secret");
        let proves = |values: &[&str]| guest("secret").proves(&headers(values));
        assert!(proves(&[&right]));
        assert!(proves(&[&right.replace("Basic", "basic")]));
        assert!(!proves(&[]));
        assert!(!proves(&[&right, &right]));
        assert!(!proves(&[&basic("sandbox:secre")]));
        assert!(!proves(&[&basic("sandbox:secret2")]));
        assert!(!proves(&[&basic("root:secret")]));
        assert!(!proves(&["Bearer secret"]));
        assert!(!proves(&["Basic"]));
        assert!(!proves(&["Basic ???"]));
        assert!(!guest("").proves(&headers(&[&basic("sandbox:")])));
    }

    #[test]
    fn a_guest_is_shown_without_its_token() {
        assert!(!format!("{:?}", guest("secret")).contains("secret"));
    }

    #[test]
    fn a_learners_id_is_of_one_shape() {
        assert!(is_learner_id("7f3a-01"));
        for id in ["", "-a", "a-", "A", "a/b", "..", "a_b", &"a".repeat(65)] {
            assert!(!is_learner_id(id), "{id}");
        }
    }
}
