//! Answers that are typed: texts, patterns, numbers.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::fact::{Fact, FactField, Thing};
use super::number::{Decimal, number};
use crate::expect::error::ExpectError;
use crate::expect::keys;
use crate::expect::pattern::{Glob, Pattern};
use crate::expect::quantity::Bounds;
use crate::expect::reference::ReferencePattern;

/// The longest answer that is looked for, in letters.
const TEXT_MAX: usize = 200;
/// How many answers may be right.
const ACCEPTED_MAX: usize = 40;
/// Keys of an answer that is written as a map.
const KEYS: [&str; 10] = [
    "min",
    "max",
    "pattern",
    "example",
    "image",
    "container",
    "network",
    "volume",
    "dangling",
    "field",
];

/// An answer that is taken.
#[derive(Clone, Debug, PartialEq)]
pub enum Accepted {
    /// This text.
    Text(String),
    /// A text that matches.
    Pattern {
        /// Found in it.
        pattern: Pattern,
        /// A text that does: for `lesson test`.
        example: String,
    },
    /// A number that lies within.
    Number(Bounds<Decimal>),
}

impl Accepted {
    /// Whether it is what was typed.
    pub fn takes(&self, typed: &str, exact: bool, unit: Option<&str>) -> bool {
        match self {
            Self::Text(text) if exact => typed.trim() == text.trim(),
            Self::Text(text) => plain(typed) == plain(text),
            Self::Pattern { pattern, .. } => pattern.is_match(&spaced(typed)),
            Self::Number(bounds) => number(typed, unit).is_some_and(|number| bounds.fits(number)),
        }
    }

    /// Whether it is a number.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// A text that it takes.
    pub fn example(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Pattern { example, .. } => example.clone(),
            Self::Number(bounds) => bounds
                .min
                .or(bounds.max)
                .map(|number| number.to_string())
                .unwrap_or_default(),
        }
    }

    fn text(text: &str) -> Result<Self, ExpectError> {
        if text.trim().is_empty() || text.chars().count() > TEXT_MAX {
            return Err(ExpectError::Range(format!(
                "an answer has 1 to {TEXT_MAX} letters"
            )));
        }
        Ok(Self::Text(text.trim().to_owned()))
    }

    fn exactly(number: &str) -> Result<Self, ExpectError> {
        number.parse().map(|number| Self::Number(Bounds::exactly(number)))
    }
}

/// A text with one space where there were any.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of which only the words matter.
fn plain(text: &str) -> String {
    spaced(text.trim().trim_matches('`')).to_lowercase()
}

/// What stands under `is:`: an answer, several, or a fact.
#[derive(Clone, Debug, PartialEq)]
pub enum Is {
    /// Any of these.
    Typed(Vec<Accepted>),
    /// What is read from the learner's engine.
    Read(Fact),
}

/// One of a list: no fact.
struct One(Accepted);

impl<'de> Deserialize<'de> for Is {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written { list: true })
    }
}

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(Written { list: false })? {
            Is::Typed(mut accepted) if accepted.len() == 1 => Ok(Self(accepted.remove(0))),
            _ => Err(de::Error::custom(
                "a fact stands alone\nhelp: give either values, or one fact",
            )),
        }
    }
}

/// Reads `is:` of a known wrong answer.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Accepted>, D::Error> {
    match Is::deserialize(deserializer)? {
        Is::Typed(accepted) => Ok(accepted),
        Is::Read(_) => Err(de::Error::custom(
            "a wrong answer is a value\nhelp: facts are for `is` alone",
        )),
    }
}

struct Written {
    /// Whether a list may stand here.
    list: bool,
}

impl<'de> Visitor<'de> for Written {
    type Value = Is;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer: a text, a number, a list of them, `{min: …, max: …}`, `{pattern: …, example: …}`, or a fact such as `{image: nginx:1.26, field: layers}`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Is, E> {
        Accepted::text(text)
            .map(|one| Is::Typed(vec![one]))
            .map_err(E::custom)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Is, E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Is, E> {
        exactly(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Is, E> {
        exactly(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Is, E> {
        exactly(&number.to_string())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Is, A::Error> {
        if !self.list {
            return Err(de::Error::custom("a list does not stand in a list"));
        }
        let mut all = Vec::new();
        while let Some(One(accepted)) = sequence.next_element()? {
            all.push(accepted);
        }
        if all.is_empty() || all.len() > ACCEPTED_MAX {
            return Err(de::Error::custom(format!(
                "there are 1 to {ACCEPTED_MAX} answers in a list"
            )));
        }
        Ok(Is::Typed(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Is, A::Error> {
        let mut draft = Draft::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "min" => draft.min = Some(map.next_value()?),
                "max" => draft.max = Some(map.next_value()?),
                "pattern" => draft.pattern = Some(map.next_value()?),
                "example" => draft.example = Some(map.next_value()?),
                "field" => draft.field = Some(map.next_value()?),
                "image" => draft
                    .things
                    .push(Thing::Image(map.next_value::<ReferencePattern>()?)),
                "container" => draft.things.push(Thing::Container(map.next_value::<Glob>()?)),
                "network" => draft.things.push(Thing::Network(map.next_value::<Glob>()?)),
                "volume" => draft.things.push(Thing::Volume(map.next_value::<Glob>()?)),
                "dangling" if map.next_value::<bool>()? => draft.things.push(Thing::Dangling),
                "dangling" => {
                    return Err(de::Error::custom("write `dangling: true`"));
                }
                _ => {
                    let hint = keys::hint(&key, &KEYS);
                    return Err(de::Error::custom(ExpectError::UnknownKey { key, hint }));
                }
            }
        }
        draft.finish().map_err(de::Error::custom)
    }
}

fn exactly<E: de::Error>(number: &str) -> Result<Is, E> {
    Accepted::exactly(number)
        .map(|one| Is::Typed(vec![one]))
        .map_err(E::custom)
}

/// An answer that is written as a map, as far as it has been read.
#[derive(Default)]
struct Draft {
    min: Option<Decimal>,
    max: Option<Decimal>,
    pattern: Option<Pattern>,
    example: Option<String>,
    field: Option<FactField>,
    things: Vec<Thing>,
}

impl Draft {
    fn finish(mut self) -> Result<Is, ExpectError> {
        let is_range = self.min.is_some() || self.max.is_some();
        let is_pattern = self.pattern.is_some() || self.example.is_some();
        let is_fact = self.field.is_some() || !self.things.is_empty();
        if u8::from(is_range) + u8::from(is_pattern) + u8::from(is_fact) != 1 {
            return Err(ExpectError::Matcher(
                "it is not clear which answer this is\nhelp: give `min` and `max`, or `pattern` and `example`, or a thing and its `field`"
                    .to_owned(),
            ));
        }
        if is_range {
            if let (Some(min), Some(max)) = (self.min, self.max)
                && min > max
            {
                return Err(ExpectError::Bounds {
                    min: min.to_string(),
                    max: max.to_string(),
                });
            }
            return Ok(Is::Typed(vec![Accepted::Number(Bounds {
                min: self.min,
                max: self.max,
            })]));
        }
        if is_fact {
            let (Some(field), 1) = (self.field, self.things.len()) else {
                return Err(ExpectError::Matcher(
                    "a fact is one thing and one `field` of it\nhelp: such as `{image: nginx:1.26, field: layers}`".to_owned(),
                ));
            };
            return Fact::new(self.things.remove(0), field).map(Is::Read);
        }
        let (Some(pattern), Some(example)) = (self.pattern, self.example) else {
            return Err(ExpectError::Matcher(
                "a `pattern` has an `example`\nhelp: give a text that it matches: `lesson test` answers with it".to_owned(),
            ));
        };
        if !pattern.is_match(&spaced(&example)) {
            return Err(ExpectError::Matcher(format!(
                "the example `{example}` does not match the pattern"
            )));
        }
        Ok(Is::Typed(vec![Accepted::Pattern { pattern, example }]))
    }
}
