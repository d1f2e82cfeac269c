//! JSON to the protocol's types, by their own derived `Deserialize`.
//!
//! The browser reads the text, and this module what the browser made of it: a parser of our own would be an eighth of the
//! module. Errors have no words: `serde_json`'s say what was expected where, for every field of every type, and nobody in a
//! browser reads them (another eighth). What is missing or of another type is `None`, for the whole: half a verdict is no
//! verdict.

use std::fmt::{self, Display, Formatter};

use drydock_protocol::live::Event;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

/// A value, as JSON has them.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Reads text as JSON, and that as a value of the protocol.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Option<T> {
    Json::of(text)?.read()
}

/// Reads a frame of the events socket; `None` if it is none that this page knows.
///
/// By its tag, and not by the derived `Deserialize` of the whole: that would keep each frame in a form of its own until it has seen the
/// tag, and would bring every type that is in a frame a second time, read from that form.
pub(crate) fn event(text: &str) -> Option<Event> {
    let mut frame = Json::of(text)?;
    Some(match frame.take("event")?.read::<String>()?.as_str() {
        "sandbox" => Event::Sandbox {
            sandbox: frame.take("sandbox")?.read()?,
        },
        "verdict" => Event::Verdict {
            verdict: frame.take("verdict")?.read()?,
            progress: frame.take("progress")?.read()?,
        },
        "submission" => Event::Submission {
            exercise: frame.take("exercise")?.read()?,
            submission: frame.take("submission")?.read()?,
        },
        "ran" => Event::Ran {
            command: frame.take("command")?.read()?,
            exit: frame.take("exit")?.read()?,
            earlier: frame.take("earlier")?.read()?,
        },
        "service" => Event::Service {
            problem: frame.take("problem")?.read()?,
        },
        "replay" => Event::Replay(frame.read()?),
        "notice" => Event::Notice(frame.read()?),
        _ => return None,
    })
}

impl Json {
    /// What the text says, if it is JSON.
    #[cfg(not(test))]
    pub(crate) fn of(text: &str) -> Option<Self> {
        js_sys::JSON::parse(text).ok().map(Self::from)
    }

    /// The same where there is no browser.
    #[cfg(test)]
    pub(crate) fn of(text: &str) -> Option<Self> {
        serde_json::from_str::<serde_json::Value>(text)
            .ok()
            .map(Self::from)
    }

    /// Takes a field out of an object.
    pub(crate) fn take(&mut self, name: &str) -> Option<Self> {
        let Self::Object(fields) = self else { return None };
        let at = fields.iter().position(|(known, _)| known == name)?;
        Some(fields.swap_remove(at).1)
    }

    /// Reads it as a value of the protocol.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Option<T> {
        T::deserialize(self).ok()
    }
}

/// What `JSON.parse` made: nothing else can be in it.
impl From<wasm_bindgen::JsValue> for Json {
    fn from(value: wasm_bindgen::JsValue) -> Self {
        use wasm_bindgen::JsCast;

        if let Some(text) = value.as_string() {
            Self::Text(text)
        } else if let Some(number) = value.as_f64() {
            Self::Number(number)
        } else if let Some(bool) = value.as_bool() {
            Self::Bool(bool)
        } else if js_sys::Array::is_array(&value) {
            let list: js_sys::Array = value.unchecked_into();
            Self::List(list.iter().map(Self::from).collect())
        } else if value.is_object() {
            let fields = js_sys::Object::entries(value.unchecked_ref());
            let field = |field: wasm_bindgen::JsValue| {
                let field: js_sys::Array = field.unchecked_into();
                Some((field.get(0).as_string()?, Self::from(field.get(1))))
            };
            Self::Object(fields.iter().filter_map(field).collect())
        } else {
            Self::Null
        }
    }
}

#[cfg(test)]
impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value;

        match value {
            Value::Null => Self::Null,
            Value::Bool(bool) => Self::Bool(bool),
            // As in a browser, where there are no other numbers.
            Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            Value::String(text) => Self::Text(text),
            Value::Array(list) => Self::List(list.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| (name, Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// Up to here a browser's numbers are exact: 2^53.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// It is not one of these. That is all.
#[derive(Debug)]
pub(crate) struct Mismatch;

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

impl IntoDeserializer<'_, Mismatch> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Null => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            Self::Number(number) if number.fract() == 0.0 && number.abs() <= WHOLE_MAX => {
                #[allow(clippy::cast_possible_truncation)] // whole, and within what is exact
                visitor.visit_i64(number as i64)
            }
            Self::Number(number) => visitor.visit_f64(number),
            Self::Text(text) => visitor.visit_string(text),
            Self::List(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter())),
            Self::Object(fields) => visitor.visit_map(MapDeserializer::new(fields.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if matches!(self, Self::Null) {
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
        match self {
            Self::Text(name) => visitor.visit_enum(name.into_deserializer()),
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

    use drydock_protocol::api::{
        Limits, Progress, Queue, Replay, ReplayStep, SandboxState, SandboxView, StopReason, Usage,
    };
    use drydock_protocol::grade::{GradingState, SubmissionView};
    use drydock_protocol::live::{Level, Notice};
    use drydock_protocol::verdict::Verdict;
    use serde::Serialize;

    use super::*;
    use crate::sample;

    /// Writes as the server does, and reads as the browser does.
    fn same<T: DeserializeOwned + Serialize + PartialEq + Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(parse::<T>(&text).as_ref(), Some(value), "{text}");
    }

    fn heard(value: &Event) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(event(&text).as_ref(), Some(value), "{text}");
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
            heard(&Event::Sandbox {
                sandbox: Some(SandboxView {
                    id: "abc".into(),
                    state,
                    limits,
                    usage: Some(usage),
                    out_of_memory: 1,
                    expires_at: Some(1_780_000_000),
                    can_extend: true,
                }),
            });
        }
        let standing = sample::standing();
        heard(&Event::Verdict {
            verdict: standing.verdict.clone().unwrap(),
            progress: standing,
        });
        heard(&Event::Ran {
            command: "docker ps".into(),
            exit: -1,
            earlier: true,
        });
        heard(&Event::Notice(Notice {
            level: Level::Warn,
            text: "Hear.".into(),
        }));
        heard(&Event::Service { problem: None });
        heard(&Event::Replay(Replay {
            course: "docker".into(),
            lesson: "images".into(),
            to: "tag".into(),
            total: 3,
            done: 1,
            step: ReplayStep::Exercise { id: "pull".into() },
        }));
        heard(&Event::Submission {
            exercise: "last".into(),
            submission: Box::new(SubmissionView {
                state: GradingState::Queued,
                reason: None,
                handed_in_at: 1_780_000_000,
                verdict: sample::standing().verdict,
                result: None,
            }),
        });
        same::<Progress>(&sample::progress());
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        assert_eq!(parse::<Verdict>(r#"{"exercise":"x"}"#), None);
        assert_eq!(event(r#"{"event":"something-new"}"#), None);
        assert_eq!(
            event(r#"{"event":"ran","command":"ls","exit":"0","earlier":false}"#),
            None
        );
        assert_eq!(event(r#"["event"]"#), None);
        assert_eq!(event("not json"), None);
    }
}
