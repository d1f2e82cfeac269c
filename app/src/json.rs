//! JSON to the protocol's types, by their own derived `Deserialize`.
//!
//! Why there is a deserializer of our own between them and `serde_json`: errors. Theirs say in words what was expected
//! where, for every field of every type, and nobody in a browser reads them. One that says nothing makes the module smaller
//! by an eighth (10 kB of what is sent). What is missing or of another type is `None`, for the whole: half a verdict is
//! no verdict.

use std::fmt::{self, Display, Formatter};

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// Reads text as JSON, and that as a value of the protocol.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    read(serde_json::from_str(text).ok()?)
}

/// Reads a value of the protocol.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
    T::deserialize(Json(value)).ok()
}

/// It is not one of these. That is all.
#[derive(Debug)]
struct Mismatch;

impl Display for Mismatch {
    fn fmt(&self, _: &mut Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Mismatch {}

// Each one that is not here would be made of its words.
impl de::Error for Mismatch {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self
    }

    fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self
    }

    fn missing_field(_: &'static str) -> Self {
        Self
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self
    }
}

/// JSON as something to read from.
struct Json(Value);

impl IntoDeserializer<'_, Mismatch> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => {
                if let Some(number) = number.as_u64() {
                    visitor.visit_u64(number)
                } else if let Some(number) = number.as_i64() {
                    visitor.visit_i64(number)
                } else {
                    visitor.visit_f64(number.as_f64().ok_or(Mismatch)?)
                }
            }
            Value::String(text) => visitor.visit_string(text),
            Value::Array(all) => visitor.visit_seq(SeqDeserializer::new(all.into_iter().map(Json))),
            Value::Object(all) => {
                let fields = all.into_iter().map(|(name, value)| (name, Json(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        // All enums of the protocol are names, or objects with a tag, which serde reads as maps.
        match self.0 {
            Value::String(name) => visitor.visit_enum(name.into_deserializer()),
            _ => Err(Mismatch),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use drydock_protocol::api::{Limits, Progress, Queue, SandboxState, SandboxView, StopReason, Usage};
    use drydock_protocol::live::{Event, Level, Notice};
    use drydock_protocol::verdict::Verdict;
    use serde::Serialize;

    use super::*;
    use crate::sample;

    /// Writes as the server does, and reads as the browser does.
    fn same<T: DeserializeOwned + Serialize + PartialEq + Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(parse::<T>(&text).as_ref(), Some(value), "{text}");
    }

    #[test]
    fn numbers_names_tags_and_flattened_fields_come_through() {
        let limits = Limits {
            memory_bytes: 1 << 40,
            disk_bytes: 4 << 30,
            home_bytes: 0,
            pids: 512,
            cpus: 1.5,
        };
        let usage = Usage {
            memory_bytes: 1,
            disk_bytes: 2,
            home_bytes: 3,
            pids: 4,
            cpu_millis: 250,
        };
        let states = [
            SandboxState::Queued {
                queue: Queue {
                    place: 3,
                    estimate_s: None,
                },
            },
            SandboxState::Ready,
            SandboxState::Gone {
                reason: StopReason::Expired,
            },
        ];
        for state in states {
            same(&Event::Sandbox {
                sandbox: Some(SandboxView {
                    id: "abc".into(),
                    state,
                    limits,
                    usage: Some(usage),
                    expires_at: Some(1_780_000_000),
                    can_extend: true,
                }),
            });
        }
        let standing = sample::standing();
        same(&Event::Verdict {
            verdict: standing.verdict.clone().unwrap(),
            progress: standing,
        });
        same(&Event::Ran {
            command: "docker ps".into(),
            exit: -1,
            earlier: true,
        });
        same(&Event::Notice(Notice {
            level: Level::Warn,
            text: "Hear.".into(),
        }));
        same(&Event::Service { problem: None });
        same::<Progress>(&sample::progress());
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        assert_eq!(parse::<Verdict>(r#"{"exercise":"x"}"#), None);
        assert_eq!(parse::<Event>(r#"{"event":"something-new"}"#), None);
        assert_eq!(
            parse::<Event>(r#"{"event":"ran","command":"ls","exit":"0"}"#),
            None
        );
        assert_eq!(parse::<Event>("not json"), None);
    }
}
