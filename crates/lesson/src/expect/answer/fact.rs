//! Facts about a learner's engine that a question may ask for.

use std::fmt;
use std::str::FromStr;

use crate::expect::error::ExpectError;
use crate::expect::keys;
use crate::expect::pattern::Glob;
use crate::expect::quantity::from_scalar;
use crate::expect::reference::ReferencePattern;

/// A fact: a thing, and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Of several that match, the newest; with `count`, all.
    pub thing: Thing,
    /// What is asked.
    pub field: FactField,
}

/// What a fact is of.
#[derive(Clone, Debug, PartialEq)]
pub enum Thing {
    /// An image by its reference, or a pattern of references.
    Image(ReferencePattern),
    /// A container by its name.
    Container(Glob),
    /// A network by its name.
    Network(Glob),
    /// A volume by its name.
    Volume(Glob),
    /// Images without a tag.
    Dangling,
}

macro_rules! fields {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// What is asked of a thing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FactField {
            $(#[doc = concat!("`", $text, "`.")] $name),+
        }

        impl FactField {
            const ALL: &'static [Self] = &[$(Self::$name),+];

            /// As it is written.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

fields! {
    Count = "count",
    Layers = "layers",
    Size = "size",
    Id = "id",
    User = "user",
    Workdir = "workdir",
    Cmd = "cmd",
    Entrypoint = "entrypoint",
    Exposes = "exposes",
    State = "state",
    Image = "image",
    ExitCode = "exit_code",
    Command = "command",
    Driver = "driver",
}

/// How a fact is compared with what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactKind {
    /// As numbers.
    Number,
    /// As sizes, as far as people see them.
    Size,
    /// As the beginning of an ID.
    Id,
    /// As texts.
    Text,
}

impl FactField {
    /// How it is compared.
    pub fn kind(self) -> FactKind {
        match self {
            Self::Count | Self::Layers | Self::ExitCode => FactKind::Number,
            Self::Size => FactKind::Size,
            Self::Id => FactKind::Id,
            _ => FactKind::Text,
        }
    }
}

impl Thing {
    /// What may be asked of it.
    fn fields(&self) -> &'static [FactField] {
        use FactField as F;
        match self {
            Self::Image(_) => &[
                F::Count,
                F::Layers,
                F::Size,
                F::Id,
                F::User,
                F::Workdir,
                F::Cmd,
                F::Entrypoint,
                F::Exposes,
            ],
            Self::Container(_) => &[F::Count, F::Id, F::State, F::Image, F::ExitCode, F::Command],
            Self::Network(_) => &[F::Count, F::Id, F::Driver],
            Self::Volume(_) => &[F::Count, F::Driver],
            Self::Dangling => &[F::Count],
        }
    }
}

/// With its kind, for people: "the image `nginx:1.26`".
impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image(reference) => write!(f, "the image `{reference}`"),
            Self::Container(name) => write!(f, "the container `{}`", name.as_str()),
            Self::Network(name) => write!(f, "the network `{}`", name.as_str()),
            Self::Volume(name) => write!(f, "the volume `{}`", name.as_str()),
            Self::Dangling => f.write_str("an image without a tag"),
        }
    }
}

impl Fact {
    pub(super) fn new(thing: Thing, field: FactField) -> Result<Self, ExpectError> {
        let fields = thing.fields();
        if fields.contains(&field) {
            return Ok(Self { thing, field });
        }
        let known: Vec<&'static str> = fields.iter().map(|field| field.name()).collect();
        Err(ExpectError::Matcher(format!(
            "`{}` cannot be asked of {thing}{}",
            field.name(),
            keys::hint(field.name(), &known)
        )))
    }
}

impl FromStr for FactField {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let known: Vec<&'static str> = Self::ALL.iter().map(|field| field.name()).collect();
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.name() == text)
            .ok_or_else(|| {
                ExpectError::Matcher(format!(
                    "`{}` is not a field that can be asked for{}",
                    text.chars().take(40).collect::<String>(),
                    keys::hint(text, &known)
                ))
            })
    }
}

from_scalar! {
    FactField, "the name of a field";
}
