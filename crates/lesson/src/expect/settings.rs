//! Lists and maps that authors may write in a short form.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::fields::{ContainerState, PortWanted};

/// Names with the values that they are to have (`env`, `labels`): a map, in which null means "any value", or a
/// list of names that are to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(
    /// Value by name; None for any value.
    pub BTreeMap<String, Option<String>>,
);

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Settings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with their values, or a list of names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
                let mut settings = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, Option<String>>()? {
                    settings.insert(name, value);
                }
                Ok(Settings(settings))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Settings, A::Error> {
                let mut settings = BTreeMap::new();
                while let Some(entry) = list.next_element::<String>()? {
                    match entry.split_once('=') {
                        Some((name, value)) => settings.insert(name.to_owned(), Some(value.to_owned())),
                        None => settings.insert(entry, None),
                    };
                }
                Ok(Settings(settings))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// Services of a Compose project with the states that they are to be in: a map, in which null means "any state", or a list
/// of services that are to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services(
    /// States by name, one of which is wanted; none for any state.
    pub BTreeMap<String, Vec<ContainerState>>,
);

impl<'de> Deserialize<'de> for Services {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Services;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("services with their states, such as `{web: running}`, or a list of services")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Services, A::Error> {
                let mut services = BTreeMap::new();
                while let Some((name, states)) =
                    map.next_entry::<String, Option<OneOrMany<ContainerState>>>()?
                {
                    services.insert(name, states.map(|states| states.0).unwrap_or_default());
                }
                some(services)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Services, A::Error> {
                let mut services = BTreeMap::new();
                while let Some(name) = list.next_element::<String>()? {
                    services.insert(name, Vec::new());
                }
                some(services)
            }
        }

        fn some<E: de::Error>(services: BTreeMap<String, Vec<ContainerState>>) -> Result<Services, E> {
            if services.is_empty() {
                return Err(E::custom("no service is named, so it asks for nothing"));
            }
            Ok(Services(services))
        }
        deserializer.deserialize_any(Either)
    }
}

/// One value, or a list of them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, or a list of values")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                T::deserialize(de::value::StrDeserializer::new(text)).map(|one| OneOrMany(vec![one]))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<OneOrMany<T>, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<OneOrMany<T>, E> {
                Err(E::custom(format!("put quotes round the number: `\"{number}\"`")))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMany<T>, A::Error> {
                let mut many = Vec::new();
                while let Some(one) = list.next_element()? {
                    many.push(one);
                }
                if many.is_empty() {
                    return Err(de::Error::custom("the list is empty, so it asks for nothing"));
                }
                Ok(OneOrMany(many))
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// Ports that an image declares: `80`, `53/udp`, or a list of such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports(
    /// In the order in which they were written.
    pub Vec<PortWanted>,
);

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OneOrMany::deserialize(deserializer).map(|ports| Self(ports.0))
    }
}
