//! Names with values: environment variables and labels, of images and of containers.

use std::collections::BTreeMap;

use drydock_lesson::expect::Settings;

use super::Failure;
use crate::text::{code, several, shown};

/// The first of the wanted settings that is not so. `owner` is what has them, in backticks; `noun` is what one is called; `look`
/// is the command that shows them.
pub(super) fn check(
    field: &'static str,
    noun: &str,
    owner: &str,
    look: &str,
    wanted: &Settings,
    found: &BTreeMap<String, String>,
) -> Option<Failure> {
    for (name, value) in &wanted.0 {
        let failure = match (found.get(name), value) {
            (Some(found), Some(value)) if found != value => Failure::new(
                field,
                format!(
                    "The {noun} `{name}` of {owner} is {}; it is to be {}. {look}",
                    code(found),
                    code(value)
                ),
            )
            .compare(
                format!("{name}={}", shown(value)),
                format!("{name}={}", shown(found)),
            ),
            (Some(_), _) => continue,
            (None, value) => {
                let wanted = value
                    .as_ref()
                    .map_or_else(|| name.clone(), |value| format!("{name}={}", shown(value)));
                let names = if found.is_empty() {
                    "it has none".to_owned()
                } else {
                    format!("it has {}", several(found.keys()))
                };
                Failure::new(
                    field,
                    format!("There is no {noun} `{name}` in {owner}: {names}. {look}"),
                )
                .compare(wanted, "not set")
            }
        };
        return Some(failure);
    }
    None
}
