//! What answers on a port of the sandbox.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::expect::error::ExpectError;
use crate::expect::keys;
use crate::expect::pattern::Pattern;
use crate::expect::quantity::Bounds;

/// The longest path.
const PATH_MAX: usize = 1_000;

/// `http: 8080/path`: holds when something answers there, and the answer has all that is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpExpect {
    /// What is asked for.
    pub target: HttpTarget,
    /// The answer's status.
    pub status: Option<Bounds<u64>>,
    /// Expressions that its text has.
    pub has: Option<Vec<Pattern>>,
}

impl HttpExpect {
    /// The keys of all its fields.
    pub const FIELDS: [&'static str; 2] = ["status", "has"];

    /// The fields that the author asks for, in the order in which they are looked at.
    pub fn asked(&self) -> Vec<&'static str> {
        asked!(self: status, has)
    }
}

/// A published port of the sandbox, and a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpTarget {
    /// Not 0.
    pub port: u16,
    /// Begins with a slash; with the query, if there is one.
    pub path: String,
}

impl HttpTarget {
    fn new(port: u64, path: &str) -> Result<Self, ExpectError> {
        let port = u16::try_from(port).ok().filter(|port| *port > 0);
        let sound = path.starts_with('/')
            && path.len() <= PATH_MAX
            && path.chars().all(|c| c.is_ascii_graphic() && c != '#');
        match port {
            Some(port) if sound => Ok(Self {
                port,
                path: path.to_owned(),
            }),
            _ => Err(wrong(&format!("{}{path}", port.unwrap_or(0)))),
        }
    }
}

fn wrong(text: &str) -> ExpectError {
    ExpectError::Value {
        text: text.chars().take(80).collect(),
        what: "an address in the sandbox",
        allowed: "write a port and a path: `8080`, `8080/health`, or `{ port: 8080, path: /health }`"
            .to_owned(),
    }
}

impl FromStr for HttpTarget {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let (port, path) = match text.find('/') {
            Some(at) => text.split_at(at),
            None => (text, "/"),
        };
        let port = port.strip_prefix(':').unwrap_or(port);
        Self::new(port.parse().map_err(|_| wrong(text))?, path)
    }
}

impl fmt::Display for HttpTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.port, self.path)
    }
}

impl<'de> Deserialize<'de> for HttpTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = HttpTarget;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port and a path, such as `8080/health`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<HttpTarget, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, port: u64) -> Result<HttpTarget, E> {
                HttpTarget::new(port, "/").map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HttpTarget, A::Error> {
                let (mut port, mut path) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "port" => port = Some(map.next_value::<u64>()?),
                        "path" => path = Some(map.next_value::<String>()?),
                        _ => {
                            let hint = keys::hint(&key, &["port", "path"]);
                            return Err(de::Error::custom(ExpectError::UnknownKey { key, hint }));
                        }
                    }
                }
                let port = port.ok_or_else(|| de::Error::custom("the address has no `port:`"))?;
                HttpTarget::new(port, path.as_deref().unwrap_or("/")).map_err(de::Error::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
