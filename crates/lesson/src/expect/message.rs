//! The author's own messages: `else:`, and the placeholders in it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::error::ExpectError;
use super::keys;
use super::quantity::from_scalar;

/// What stands under `else:`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Else {
    /// One message for whatever is wrong.
    pub any: Option<Template>,
    /// Messages by what is wrong: a field's name, or `missing`.
    pub by_field: BTreeMap<String, Template>,
}

impl Else {
    /// The author's message for a failure of this field.
    pub fn for_field(&self, field: &str) -> Option<&Template> {
        self.by_field.get(field).or(self.any.as_ref())
    }

    /// All messages, with the field that they are for.
    pub(super) fn all(&self) -> impl Iterator<Item = (Option<&str>, &Template)> {
        let any = self.any.iter().map(|template| (None, template));
        any.chain(
            self.by_field
                .iter()
                .map(|(field, template)| (Some(field.as_str()), template)),
        )
    }
}

impl<'de> Deserialize<'de> for Else {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Else;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message, or messages by field")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Else, E> {
                Ok(Else {
                    any: Some(text.parse().map_err(E::custom)?),
                    by_field: BTreeMap::new(),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Else, A::Error> {
                let mut by_field = BTreeMap::new();
                while let Some((field, template)) = map.next_entry::<String, Template>()? {
                    by_field.insert(field, template);
                }
                Ok(Else { any: None, by_field })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Which of the two that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What was found.
    Actual,
    /// What was asked for.
    Expected,
}

/// Something to be filled in: `${actual}`, `${expected.id}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Of which of the two.
    pub side: Side,
    /// Which fact of it. None: the value that was compared.
    pub fact: Option<String>,
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.side {
            Side::Actual => "actual",
            Side::Expected => "expected",
        })?;
        self.fact.as_ref().map_or(Ok(()), |fact| write!(f, ".{fact}"))
    }
}

/// A message with placeholders. `$${` stands for `${` itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Text, and the placeholder that follows it.
    parts: Vec<(String, Option<Placeholder>)>,
}

impl Template {
    /// What is to be filled in.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts
            .iter()
            .filter_map(|(_, placeholder)| placeholder.as_ref())
    }

    /// The message, filled in.
    pub fn render(&self, mut fill: impl FnMut(&Placeholder) -> String) -> String {
        let mut text = String::new();
        for (before, placeholder) in &self.parts {
            text.push_str(before);
            if let Some(placeholder) = placeholder {
                text.push_str(&fill(placeholder));
            }
        }
        text
    }
}

impl FromStr for Template {
    type Err = ExpectError;

    fn from_str(source: &str) -> Result<Self, ExpectError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source.trim_end();
        while let Some(at) = rest.find("${") {
            if rest[..at].ends_with('$') {
                text.push_str(&rest[..at - 1]);
                text.push_str("${");
                rest = &rest[at + 2..];
                continue;
            }
            text.push_str(&rest[..at]);
            let inside = &rest[at + 2..];
            let Some(end) = inside.find('}') else {
                return Err(placeholder_error(
                    inside.get(..20).unwrap_or(inside),
                    "there is no `}` after it",
                ));
            };
            parts.push((std::mem::take(&mut text), Some(placeholder(&inside[..end])?)));
            rest = &inside[end + 1..];
        }
        text.push_str(rest);
        parts.push((text, None));
        Ok(Self { parts })
    }
}

fn placeholder(name: &str) -> Result<Placeholder, ExpectError> {
    let (side, fact) = match name.split_once('.') {
        Some((side, fact)) => (side, Some(fact.to_owned())),
        None => (name, None),
    };
    let side = match side {
        "actual" => Side::Actual,
        "expected" => Side::Expected,
        _ if name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_') =>
        {
            return Err(placeholder_error(
                name,
                "no variable of that name stands under `vars:` in the front matter",
            ));
        }
        other => {
            let near = keys::nearest(other, ["actual", "expected"]);
            let why = near.map_or_else(
                || {
                    "a message knows `${actual…}` and `${expected…}`; write `$${` for the signs themselves"
                        .to_owned()
                },
                |near| {
                    format!(
                        "did you mean `${{{near}{}}}`?",
                        fact.map(|fact| format!(".{fact}")).unwrap_or_default()
                    )
                },
            );
            return Err(ExpectError::Placeholder {
                name: name.to_owned(),
                why,
            });
        }
    };
    Ok(Placeholder { side, fact })
}

fn placeholder_error(name: &str, why: &str) -> ExpectError {
    ExpectError::Placeholder {
        name: name.to_owned(),
        why: why.to_owned(),
    }
}

from_scalar! {
    Template, "a message";
}

/// The facts that a message of this matcher may speak of.
pub(super) fn facts(matcher: &str, side: Side) -> &'static [&'static str] {
    match (matcher, side) {
        ("image", Side::Actual) => &[
            "reference",
            "id",
            "size",
            "layers",
            "created",
            "user",
            "workdir",
            "cmd",
            "entrypoint",
            "count",
        ],
        ("image", Side::Expected) => &["reference", "id", "size", "layers"],
        ("dangling", Side::Actual) => &["count", "id"],
        ("container", Side::Actual) => &[
            "name",
            "id",
            "image",
            "state",
            "exit_code",
            "health",
            "command",
            "restart",
        ],
        ("network", Side::Actual) => &["name", "id", "driver"],
        ("volume", Side::Actual) => &["name", "driver"],
        ("compose", Side::Actual) => &["name", "services"],
        ("registry", Side::Actual) => &["reference", "id", "manifest"],
        ("registry" | "archive", Side::Expected) => &["reference", "id"],
        ("file", Side::Actual) => &["path", "size", "mode"],
        ("dockerfile", Side::Actual) => &["path", "stages", "from", "user"],
        ("build_context", Side::Actual) => &["path", "size", "files"],
        ("archive", Side::Actual) => &["path", "holds", "id"],
        ("http", Side::Actual) => &["port", "path", "status"],
        ("script", Side::Actual) => &["exit", "said"],
        ("ran", Side::Actual) => &["command", "exit"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{Side, Template};

    #[test]
    fn placeholders_are_filled_in() {
        let template: Template = "`${actual.reference}` is ${actual.id}, not ${expected}."
            .parse()
            .unwrap();
        let text = template.render(
            |placeholder| match (placeholder.side, placeholder.fact.as_deref()) {
                (Side::Actual, Some("reference")) => "a:b".to_owned(),
                (Side::Actual, _) => "1".to_owned(),
                (Side::Expected, _) => "2".to_owned(),
            },
        );
        assert_eq!(text, "`a:b` is 1, not 2.");
    }

    #[test]
    fn what_a_learner_wrote_is_not_a_template() {
        let template: Template = "it is ${actual}".parse().unwrap();
        assert_eq!(template.render(|_| "${expected}".to_owned()), "it is ${expected}");
    }

    #[test]
    fn two_dollars_stand_for_one() {
        let template: Template = "use $${HOME} for $5".parse().unwrap();
        assert_eq!(template.render(|_| unreachable!()), "use ${HOME} for $5");
    }

    #[test]
    fn unknown_placeholders_are_refused_with_help() {
        for (text, help) in [
            ("${acutal.id}", "did you mean `${actual.id}`?"),
            ("${VERSION}", "under `vars:`"),
            ("${something.else}", "knows `${actual…}`"),
            ("${actual.id", "no `}` after it"),
        ] {
            let error = text.parse::<Template>().unwrap_err().to_string();
            assert!(error.contains(help), "{text}: {error}");
        }
    }
}
